# The least that has to be said: a manager and a worker, with public addresses,
# reached from one place.

provider "scaleway" {
  zone   = "fr-par-1"
  region = "fr-par"
}

module "scaleway" {
  source = "../.."

  cluster   = terraform.workspace
  groups    = { worker = { count = 1 } }
  ssh_cidrs = var.ssh_cidrs
}

module "swarm" {
  source = "../../../swarm"

  cluster = terraform.workspace
  nodes   = module.scaleway.nodes
  prepare = module.scaleway.prepare
  network = module.scaleway.network
  ssh = merge(module.scaleway.ssh, {
    private_key     = var.private_key
    known_hosts     = "${path.root}/.swarm/${terraform.workspace}.known_hosts"
    host_key_policy = "accept-new"
  })
  teardown_file = "${path.root}/.swarm/${terraform.workspace}.teardown"
}

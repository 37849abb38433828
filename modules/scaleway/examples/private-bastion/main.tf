# Nothing but a gateway has a public address: it is the bastion on the way in, and
# the way out.

provider "scaleway" {
  zone   = "nl-ams-1"
  region = "nl-ams"
}

# Both modules have to know of the ports.
locals {
  swarm = { listen_port = 2400, data_path_port = 7789 }
}

module "scaleway" {
  source = "../.."

  cluster   = terraform.workspace
  zone      = "nl-ams-1"
  groups    = { worker = { count = 1 } }
  network   = "private"
  subnet    = "10.207.2.0/24"
  ssh_cidrs = var.ssh_cidrs
  swarm     = local.swarm
}

module "swarm" {
  source = "../../../swarm"

  cluster = terraform.workspace
  nodes   = module.scaleway.nodes
  prepare = module.scaleway.prepare
  network = module.scaleway.network
  swarm   = local.swarm
  ssh = merge(module.scaleway.ssh, {
    private_key     = var.private_key
    known_hosts     = "${path.root}/.swarm/${terraform.workspace}.known_hosts"
    host_key_policy = "accept-new"
  })
  teardown_file = "${path.root}/.swarm/${terraform.workspace}.teardown"
}

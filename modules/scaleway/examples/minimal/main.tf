# The least that has to be said: a manager and a worker, with public addresses,
# reached from one place.

provider "scaleway" {
  zone   = "fr-par-1"
  region = "fr-par"
}

module "scaleway" {
  source = "../.."

  cluster      = terraform.workspace
  worker_count = 1
  ssh_cidrs    = var.ssh_cidrs
  ssh = {
    private_key = var.private_key
    known_hosts = "${path.root}/.swarm/${terraform.workspace}.known_hosts"
  }
}

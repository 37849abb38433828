# Nothing but a gateway has a public address: it is the bastion on the way in, and
# the way out.

provider "scaleway" {
  zone   = "nl-ams-1"
  region = "nl-ams"
}

module "scaleway" {
  source = "../.."

  cluster        = terraform.workspace
  zone           = "nl-ams-1"
  manager_count  = 1
  worker_count   = 1
  public_ips     = "none"
  private_subnet = "10.207.2.0/24"
  ssh_cidrs      = var.ssh_cidrs
  ssh = {
    private_key = var.private_key
    known_hosts = "${path.root}/.swarm/${terraform.workspace}.known_hosts"
  }
  swarm = { listen_port = 2400, data_path_port = 7789 }
}

# Nothing but the bastion has a public address. Workers of two groups, Docker on a disk
# of its own on the batch ones, ports of the swarm's that are not Docker's.

provider "aws" {
  region = "us-east-1"
}

# Both modules have to know of the ports.
locals {
  swarm = { listen_port = 2400, data_path_port = 7789 }
}

module "aws" {
  source = "../.."

  cluster       = terraform.workspace
  groups        = { manager = { count = var.manager_count }, worker = { count = var.worker_count }, batch = var.batch }
  network       = "private"
  vpc_cidr      = "10.65.0.0/16"
  ssh_cidrs     = var.ssh_cidrs
  public_key    = var.public_key
  image         = var.image
  swarm         = local.swarm
  ingress_ports = [{ port = 80, cidrs = ["10.65.0.0/16"] }]
}

module "swarm" {
  source = "../../../swarm"

  cluster = terraform.workspace
  nodes   = module.aws.nodes
  prepare = module.aws.prepare
  network = module.aws.network
  swarm   = local.swarm
  ssh = merge(module.aws.ssh, {
    private_key     = var.private_key
    known_hosts     = "${path.root}/.swarm/${terraform.workspace}.known_hosts"
    host_key_policy = "accept-new"
  })
  teardown_file = "${path.root}/.swarm/${terraform.workspace}.teardown"
}

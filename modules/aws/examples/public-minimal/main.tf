# The least that has to be said: one manager and two workers with public addresses, in a
# VPC of their own, reached from one place.

provider "aws" {
  region = "us-east-1"
}

module "aws" {
  source = "../.."

  cluster    = terraform.workspace
  groups     = { manager = { count = var.manager_count }, worker = { count = var.worker_count } }
  ssh_cidrs  = var.ssh_cidrs
  public_key = var.public_key
  image      = var.image
}

module "swarm" {
  source = "../../../swarm"

  cluster = terraform.workspace
  nodes   = module.aws.nodes
  prepare = module.aws.prepare
  network = module.aws.network
  ssh = merge(module.aws.ssh, {
    private_key     = var.private_key
    known_hosts     = "${path.root}/.swarm/${terraform.workspace}.known_hosts"
    host_key_policy = "accept-new"
  })
  teardown_file = "${path.root}/.swarm/${terraform.workspace}.teardown"
}

# In a VPC that is there already, found by its name, with the subnets that are tagged for
# this; a key pair of the account's.

provider "aws" {
  region = "us-east-1"
}

data "aws_vpc" "this" {
  filter {
    name   = "tag:Name"
    values = [var.vpc_name]
  }
}

data "aws_subnets" "public" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.this.id]
  }

  tags = {
    tier = "public"
  }
}

module "aws" {
  source = "../.."

  cluster    = terraform.workspace
  groups     = { manager = { count = var.manager_count }, worker = { count = var.worker_count } }
  vpc_id     = data.aws_vpc.this.id
  subnet_ids = sort(data.aws_subnets.public.ids)
  ssh_cidrs  = var.ssh_cidrs
  key_name   = var.key_name
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

# A swarm on AWS: one workspace is one cluster.

locals {
  cluster = terraform.workspace

  # Only a file of this workspace's own is ever written to.
  known_hosts = try(var.ssh.known_hosts, null) == null ? "${path.root}/.swarm/${local.cluster}.known_hosts" : var.ssh.known_hosts
}

# Names of attributes, for the validations in variables.tf
module "attributes" {
  source = "../../modules/attributes"
}

module "aws" {
  source = "../../modules/aws"

  cluster = local.cluster

  manager_count      = var.manager_count
  worker_count       = var.worker_count
  roles              = var.roles
  labels             = var.labels
  availability       = var.availability
  pools              = var.pools
  network            = var.network
  zones              = var.zones
  zone_count         = var.zone_count
  vpc_cidr           = var.vpc_cidr
  public_cidrs       = var.public_cidrs
  private_cidrs      = var.private_cidrs
  nat                = var.nat
  vpc_id             = var.vpc_id
  subnet_ids         = var.subnet_ids
  bastion            = var.bastion
  ssh_cidrs          = var.ssh_cidrs
  ingress_ports      = var.ingress_ports
  security_group_ids = var.security_group_ids
  public_key         = var.public_key
  key_name           = var.key_name
  ssh_keys           = var.ssh_keys
  host_keys          = var.host_keys
  image              = var.image
  manager_type       = var.manager_type
  worker_type        = var.worker_type
  worker_spot        = var.worker_spot
  manager_disk       = var.manager_disk
  worker_disk        = var.worker_disk
  kms_key_id         = var.kms_key_id
  protect_managers   = var.protect_managers
  monitoring         = var.monitoring
  instance_profile   = var.instance_profile
  tags               = var.tags
  docker_version     = var.docker_version
  docker             = var.docker
  script             = var.script
  swarm              = var.swarm
}

module "swarm" {
  source = "../../modules/swarm"

  cluster = local.cluster
  nodes   = module.aws.nodes
  ssh     = merge({ host_key_policy = "accept-new" }, var.ssh, { known_hosts = local.known_hosts }, module.aws.ssh)
  prepare = module.aws.prepare
  network = module.aws.network

  swarm                 = var.swarm
  token_delivery        = var.token_delivery
  drain_timeout         = var.drain_timeout
  on_drain_timeout      = var.on_drain_timeout
  standalone_containers = var.standalone_containers
  from_other_swarm      = var.from_other_swarm
  detect_drift          = var.detect_drift
  teardown_file         = "${path.root}/.swarm/${local.cluster}.teardown"
  timeouts              = var.timeouts
  helpers               = var.helpers
}

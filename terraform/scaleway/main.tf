# A swarm on Scaleway: one workspace is one cluster.

locals {
  cluster = terraform.workspace

  # Only a file of this workspace's own is ever written to.
  known_hosts = try(var.ssh.known_hosts, null) == null ? "${path.root}/.swarm/${local.cluster}.known_hosts" : var.ssh.known_hosts
}

# Names of attributes, for the validations in variables.tf
module "attributes" {
  source = "../../modules/attributes"
}

module "scaleway" {
  source = "../../modules/scaleway"

  cluster = local.cluster

  manager_count      = var.manager_count
  worker_count       = var.worker_count
  roles              = var.roles
  labels             = var.labels
  availability       = var.availability
  zone               = var.zone
  region             = var.region
  project_id         = var.project_id
  tags               = var.tags
  manager_type       = var.manager_type
  worker_type        = var.worker_type
  image              = var.image
  manager_volume     = var.manager_volume
  worker_volume      = var.worker_volume
  spread_managers    = var.spread_managers
  private_network_id = var.private_network_id
  private_subnet     = var.private_subnet
  vpc_id             = var.vpc_id
  public_ips         = var.public_ips
  gateway_type       = var.gateway_type
  bastion            = var.bastion
  ssh_cidrs          = var.ssh_cidrs
  ingress_ports      = var.ingress_ports
  member_cidrs       = var.member_cidrs
  ssh_keys           = var.ssh_keys
  host_keys          = var.host_keys
  docker_version     = var.docker_version
  docker             = var.docker
  script             = var.script
  swarm              = var.swarm
}

module "swarm" {
  source = "../../modules/swarm"

  cluster = local.cluster
  nodes   = module.scaleway.nodes
  ssh     = merge({ host_key_policy = "accept-new" }, var.ssh, { known_hosts = local.known_hosts }, module.scaleway.ssh)
  prepare = module.scaleway.prepare
  network = module.scaleway.network

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

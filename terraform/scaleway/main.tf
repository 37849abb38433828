# A swarm on Scaleway: one workspace is one cluster, and one file says what it is.

locals {
  cluster = terraform.workspace
  own     = module.cluster.own

  # Only a file of this workspace's own is ever written to. Who logs in, and by which bastion,
  # is the cloud's.
  ssh = merge(
    module.cluster.ssh,
    {
      known_hosts     = coalesce(module.cluster.ssh.known_hosts, "${path.root}/.swarm/${local.cluster}.known_hosts")
      host_key_policy = coalesce(module.cluster.ssh.host_key_policy, "accept-new")
    },
    module.scaleway.ssh,
  )
}

module "cluster" {
  source = "../../modules/cluster"

  file       = coalesce(var.cluster_file, "${path.root}/clusters/${local.cluster}.yaml")
  must_exist = var.cluster_file != null
  section    = "scaleway"
  types      = local.types
  surge      = var.surge
  unsupported = {
    "swarm.prepare"          = "user data installs Docker on a new machine here; take this out, or set docker.source to none for an image that has it"
    "docker.proxy.http_env"  = "user data installs Docker here, which is no place for a password; use http with a proxy that asks for none"
    "docker.proxy.https_env" = "user data installs Docker here, which is no place for a password; use https with a proxy that asks for none"
    "docker.registry_auth"   = "user data installs Docker here, which is no place for a password; take this out, and deploy with --with-registry-auth from a machine that is logged in"
    "swarm.rolling"          = "nothing is rolled here, user data is for new machines; take this out, and replace machines with scripts/roll"
  }
  overrides = {
    groups   = { manager = { count = var.manager_count }, worker = { count = var.worker_count } }
    docker   = { version = var.docker_version }
    swarm    = { token_delivery = var.token_delivery, detect_drift = var.detect_drift }
    ssh      = { private_key = var.private_key }
    scaleway = { ssh_cidrs = var.ssh_cidrs }
  }
}

module "scaleway" {
  source = "../../modules/scaleway"

  cluster      = local.cluster
  groups       = module.cluster.groups
  roles        = module.cluster.roles
  labels       = module.cluster.labels
  availability = module.cluster.availability
  docker       = module.cluster.docker
  swarm        = module.cluster.swarm
  host_keys    = var.host_keys

  zone               = local.own.zone
  region             = local.own.region
  project_id         = local.own.project_id
  tags               = local.own.tags
  image              = local.own.image
  spread_managers    = local.own.spread_managers
  network            = local.own.network
  private_network_id = local.own.private_network_id
  subnet             = local.own.subnet
  vpc_id             = local.own.vpc_id
  gateway_type       = local.own.gateway_type
  bastion            = local.own.bastion
  ssh_cidrs          = local.own.ssh_cidrs
  ingress_ports      = local.own.ingress_ports
  member_cidrs       = local.own.member_cidrs
  ssh_keys           = local.own.ssh_keys
  host_key_source    = local.own.host_key_source
  script             = local.own.script
}

module "swarm" {
  source = "../../modules/swarm"

  cluster = local.cluster
  nodes   = module.scaleway.nodes
  ssh     = local.ssh
  prepare = module.scaleway.prepare
  network = module.scaleway.network

  docker_socket         = module.cluster.swarm.docker_socket
  swarm                 = module.cluster.swarm
  token_delivery        = module.cluster.swarm.token_delivery
  drain_timeout         = module.cluster.swarm.drain_timeout
  on_drain_timeout      = module.cluster.swarm.on_drain_timeout
  standalone_containers = module.cluster.swarm.standalone_containers
  detect_drift          = module.cluster.swarm.detect_drift
  timeouts              = module.cluster.swarm.timeouts
  backup                = module.cluster.swarm.backup
  restore_from          = module.cluster.swarm.restore_from
  store                 = module.cluster.swarm.store
  teardown_file         = "${path.root}/.swarm/${local.cluster}.teardown"
  helpers               = var.helpers
}

# A swarm on AWS: one workspace is one cluster, and one file says what it is.

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
    module.aws.ssh,
  )
}

module "cluster" {
  source = "../../modules/cluster"

  file       = coalesce(var.cluster_file, "${path.root}/clusters/${local.cluster}.yaml")
  must_exist = var.cluster_file != null
  section    = "aws"
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
    groups = { manager = { count = var.manager_count }, worker = { count = var.worker_count } }
    docker = { version = var.docker_version }
    swarm  = { token_delivery = var.token_delivery, detect_drift = var.detect_drift }
    ssh    = { private_key = var.private_key }
    aws    = { region = var.region, ssh_cidrs = var.ssh_cidrs, public_key = var.public_key }
  }
}

module "aws" {
  source = "../../modules/aws"

  cluster      = local.cluster
  groups       = module.cluster.groups
  roles        = module.cluster.roles
  labels       = module.cluster.labels
  availability = module.cluster.availability
  docker       = module.cluster.docker
  swarm        = module.cluster.swarm
  host_keys    = var.host_keys

  network            = local.own.network
  zones              = local.own.zones
  zone_count         = local.own.zone_count
  vpc_cidr           = local.own.vpc_cidr
  public_cidrs       = local.own.public_cidrs
  private_cidrs      = local.own.private_cidrs
  nat                = local.own.nat
  vpc_id             = local.own.vpc_id
  subnet_ids         = local.own.subnet_ids
  bastion            = local.own.bastion
  ssh_cidrs          = local.own.ssh_cidrs
  ingress_ports      = local.own.ingress_ports
  security_group_ids = local.own.security_group_ids
  public_key         = local.own.public_key
  key_name           = local.own.key_name
  ssh_keys           = local.own.ssh_keys
  host_key_source    = local.own.host_key_source
  image              = local.own.image
  kms_key_id         = local.own.kms_key_id
  protect_managers   = local.own.protect_managers
  monitoring         = local.own.monitoring
  instance_profile   = local.own.instance_profile
  tags               = local.own.tags
  script             = local.own.script
}

module "swarm" {
  source = "../../modules/swarm"

  cluster = local.cluster
  nodes   = module.aws.nodes
  ssh     = local.ssh
  prepare = module.aws.prepare
  network = module.aws.network

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

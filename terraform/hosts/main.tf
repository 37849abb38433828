# A swarm on machines you have: on premises, virtual ones, anything with SSH.
# The machines themselves are not touched beyond Docker: a node that is taken
# out of the map has left the swarm and runs on.

locals {
  cluster = terraform.workspace
  groups  = module.cluster.groups

  hosts = {
    for name, host in module.cluster.own : name => merge({
      group         = null, role = null, private_address = null, ssh_port = null, ssh_user = null, hostname = null,
      docker_socket = null, labels = null, availability = null, machine = null
    }, host)
  }
  group = { for name, host in local.hosts : name => coalesce(host.group, host.role, "worker") }

  # What is said of a machine wins over what is said of its group.
  role = {
    for name, host in local.hosts : name => coalesce(
      host.role, try(local.groups[local.group[name]].role, null), local.group[name] == "manager" ? "manager" : "worker",
    )
  }

  # null where none of them says anything: what the swarm has is left as it is.
  labels_said = {
    for name, host in local.hosts : name => [
      for labels in [try(local.groups[local.group[name]].labels, null), host.labels, lookup(module.cluster.labels, name, null)] : labels if labels != null
    ]
  }
  labels = { for name, said in local.labels_said : name => length(said) == 0 ? null : merge(said...) }
  availability = {
    for name, host in local.hosts : name => try(coalesce(
      lookup(module.cluster.availability, name, null), host.availability, try(local.groups[local.group[name]].availability, null),
    ), null)
  }

  ssh = merge(module.cluster.ssh, { host_key_policy = coalesce(module.cluster.ssh.host_key_policy, "accept-new") })

  # Only a file of this workspace's own is ever written to.
  known_hosts = (
    local.ssh.known_hosts != null ? local.ssh.known_hosts :
    local.ssh.host_key_policy == "accept-new" ? "${path.root}/.swarm/${local.cluster}.known_hosts" :
    null
  )

  private_address = {
    for name, host in local.hosts : name => host.private_address == null ? host.address : host.private_address
  }
}

module "cluster" {
  source = "../../modules/cluster"

  file       = coalesce(var.cluster_file, "${path.root}/clusters/${local.cluster}.yaml")
  must_exist = true
  section    = "hosts"
  overlay    = false
  types = {
    "*.address"         = "string!"
    "*.group"           = "string"
    "*.role"            = "manager|worker"
    "*.private_address" = "string"
    "*.ssh_port"        = "number"
    "*.ssh_user"        = "string"
    "*.hostname"        = "string"
    "*.docker_socket"   = "string"
    "*.labels.*"        = "string"
    "*.availability"    = "active|pause|drain"
    "*.machine"         = "string"
  }
  overrides = {
    docker = { version = var.docker_version }
    swarm  = { token_delivery = var.token_delivery, detect_drift = var.detect_drift }
  }
}

module "names" {
  source = "../../modules/names"

  cluster      = local.cluster
  hosts        = local.role
  roles        = module.cluster.roles
  labels       = merge(module.cluster.labels, { for name, labels in local.labels : name => labels if labels != null })
  availability = merge(module.cluster.availability, { for name, value in local.availability : name => value if value != null })
}

module "docker" {
  source = "../../modules/docker"

  docker = module.cluster.docker
}

module "swarm" {
  source = "../../modules/swarm"

  cluster = local.cluster
  nodes = {
    for name, node in module.names.nodes : name => {
      role            = node.role
      machine         = join(" ", compact([local.private_address[name], local.hosts[name].machine]))
      ssh_host        = local.hosts[name].address
      ssh_port        = local.hosts[name].ssh_port
      ssh_user        = local.hosts[name].ssh_user
      private_address = local.private_address[name]
      hostname        = local.hosts[name].hostname
      docker_socket   = local.hosts[name].docker_socket
      labels          = local.labels[name]
      availability    = local.availability[name]
    }
  }
  ssh                   = merge(local.ssh, { known_hosts = local.known_hosts })
  docker_socket         = module.cluster.swarm.docker_socket
  prepare               = module.cluster.swarm.prepare == false ? null : { script = module.docker.script, environment = module.docker.environment, secrets = module.docker.secrets }
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
  rolling               = module.cluster.swarm.rolling
  teardown_file         = "${path.root}/.swarm/${local.cluster}.teardown"
  helpers               = var.helpers
}

# A swarm on machines you have: on premises, virtual ones, anything with SSH.
# The machines themselves are not touched beyond Docker: a node that is taken
# out of the map has left the swarm and runs on.

locals {
  cluster = terraform.workspace

  hosts = {
    for name, host in var.hosts : name => merge({
      role = "worker", private_address = null, ssh_port = null, ssh_user = null, hostname = null, docker_socket = null, labels = null, availability = null, machine = null
    }, host)
  }

  ssh = merge(var.ssh, { host_key_policy = coalesce(try(var.ssh.host_key_policy, null), "accept-new") })

  # Only a file of this workspace's own is ever written to.
  known_hosts = (
    try(var.ssh.known_hosts, null) != null ? var.ssh.known_hosts :
    local.ssh.host_key_policy == "accept-new" ? "${path.root}/.swarm/${local.cluster}.known_hosts" :
    null
  )

  private_address = {
    for name, host in local.hosts : name => host.private_address == null ? host.address : host.private_address
  }
}

# Names of attributes, for the validations in variables.tf
module "attributes" {
  source = "../../modules/attributes"
}

module "names" {
  source = "../../modules/names"

  cluster      = local.cluster
  hosts        = { for name, host in local.hosts : name => coalesce(host.role, "worker") }
  roles        = var.roles
  labels       = { for name, host in local.hosts : name => host.labels if host.labels != null }
  availability = { for name, host in local.hosts : name => host.availability if host.availability != null }
}

module "docker" {
  source = "../../modules/docker"

  docker = var.docker
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
      labels          = node.labels
      availability    = node.availability
    }
  }
  ssh                   = merge(local.ssh, { known_hosts = local.known_hosts })
  docker_socket         = var.docker_socket
  prepare               = var.prepare ? { script = module.docker.script, environment = module.docker.environment } : null
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

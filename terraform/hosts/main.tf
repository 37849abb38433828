# A swarm on machines you have: on premises, virtual ones, anything with SSH.
# The machines themselves are not touched beyond Docker: a node that is taken
# out of the map has left the swarm and runs on.

locals {
  cluster = terraform.workspace

  # Only a file of this workspace's own is ever written to.
  known_hosts = (
    var.ssh.known_hosts != null ? var.ssh.known_hosts :
    var.ssh.host_key_policy == "accept-new" ? "${path.root}/.swarm/${local.cluster}.known_hosts" :
    null
  )

  private_address = {
    for name, host in var.hosts : name => host.private_address == null ? host.address : host.private_address
  }
}

module "names" {
  source = "../../modules/names"

  cluster      = local.cluster
  hosts        = { for name, host in var.hosts : name => host.role }
  roles        = var.roles
  labels       = { for name, host in var.hosts : name => host.labels }
  availability = { for name, host in var.hosts : name => host.availability }
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
      machine         = join(" ", compact([local.private_address[name], var.hosts[name].machine]))
      ssh_host        = var.hosts[name].address
      ssh_port        = var.hosts[name].ssh_port
      ssh_user        = var.hosts[name].ssh_user
      private_address = local.private_address[name]
      hostname        = var.hosts[name].hostname
      labels          = node.labels
      availability    = node.availability
    }
  }
  ssh                   = merge(var.ssh, { known_hosts = local.known_hosts })
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

# A swarm on Scaleway: what is cloud is in network.tf, security.tf, gateway.tf and
# nodes.tf; what is swarm is in modules/swarm, and hears of addresses only.

locals {
  region = var.region == null ? join("-", slice(split("-", var.zone), 0, 2)) : var.region
  tags   = concat(["swarm", var.cluster], var.tags)

  # Through a bastion a node is reached by its private address, else by its public
  # one; by which of the two is settled for all nodes alike.
  through_bastion = var.public_ips != "all"
  makes_gateway   = local.through_bastion && var.bastion == null

  gateway_bastion = {
    host        = one(scaleway_vpc_public_gateway_ip.this[*].address)
    port        = one(scaleway_vpc_public_gateway.this[*].bastion_port)
    user        = "bastion"
    private_key = null
  }
  no_bastion = { host = null, port = null, user = null, private_key = null }
  bastion    = local.makes_gateway ? local.gateway_bastion : var.bastion == null ? local.no_bastion : var.bastion
}

module "names" {
  source = "../names"

  cluster       = var.cluster
  manager_count = var.manager_count
  worker_count  = var.worker_count
  roles         = var.roles
  labels        = var.labels
  availability  = var.availability
}

module "swarm" {
  source = "../swarm"

  cluster = var.cluster
  nodes = {
    for name, node in module.names.nodes : name => {
      role            = node.role
      machine         = scaleway_instance_server.node[name].id
      ssh_host        = local.through_bastion ? local.private_address[name] : local.public_address[name]
      private_address = local.private_address[name]
      labels          = node.labels
      availability    = node.availability
    }
  }
  ssh = merge(var.ssh, {
    user                = "root"
    bastion_host        = local.bastion.host
    bastion_port        = local.bastion.port
    bastion_user        = local.bastion.user
    bastion_private_key = local.bastion.private_key
  })
  prepare               = module.user_data["plain"].prepare
  swarm                 = var.swarm
  token_delivery        = var.token_delivery
  drain_timeout         = var.drain_timeout
  on_drain_timeout      = var.on_drain_timeout
  standalone_containers = var.standalone_containers
  from_other_swarm      = var.from_other_swarm
  detect_drift          = var.detect_drift
  teardown_file         = var.teardown_file
  timeouts              = var.timeouts
  helpers               = var.helpers

  # Nothing that a leave goes through may go before it.
  network = [
    scaleway_vpc_private_network.this[*].id,
    scaleway_vpc_gateway_network.this[*].id,
    module.bastion_known_host[*].id,
    scaleway_instance_security_group.node.id,
    values(scaleway_instance_ip.node)[*].id,
  ]
}

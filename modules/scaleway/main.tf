# Machines for a swarm on Scaleway. What modules/swarm takes of them is in outputs.tf; that
# module is called beside this one.

locals {
  region = var.region == null ? join("-", slice(split("-", var.zone), 0, 2)) : var.region
  tags   = concat(["swarm", var.cluster], var.tags)

  # In a private network a node is reached by its private address, also where it has a
  # public one: by which of the two is settled for all nodes alike.
  is_private    = var.network == "private"
  has_bastion   = local.is_private && var.bastion.enabled
  makes_bastion = !local.has_bastion ? false : var.create_bastion == null ? var.bastion.host == null : var.create_bastion

  # A network of yours has its own way out.
  makes_network = var.create_private_network == null ? var.private_network_id == null : var.create_private_network
  makes_gateway = local.makes_bastion || (local.is_private && local.makes_network)

  made_bastion = {
    host        = one(scaleway_vpc_public_gateway_ip.this[*].address)
    port        = one(scaleway_vpc_public_gateway.this[*].bastion_port)
    user        = "bastion"
    private_key = null
  }
  given_bastion = {
    host        = local.has_bastion ? var.bastion.host : null
    port        = local.has_bastion ? var.bastion.port : null
    user        = local.has_bastion ? var.bastion.user : null
    private_key = local.has_bastion ? var.bastion.private_key : null
  }
  bastion = local.makes_bastion ? local.made_bastion : local.given_bastion

  # manager and worker are always there.
  silent = {
    count = null, role = null, labels = null, availability = null, type = null, zones = null, disk = null, public_ip = null,
    image = null, security_group_id = null, script = null
  }
  asked = merge({ manager = local.silent, worker = local.silent }, { for name, group in var.groups : name => group })

  groups = {
    for name, group in local.asked : name => {
      type      = group.type == null ? "DEV1-S" : group.type
      zones     = group.zones == null ? [var.zone] : group.zones
      disk      = group.disk == null ? { size = null, type = "sbs_volume", docker_size = null, docker_iops = 5000 } : group.disk
      public_ip = group.public_ip == null ? !local.is_private : group.public_ip
      image     = group.image == null ? var.image : group.image
      script    = group.script == null ? var.script : group.script
      # Null where it is the one that is made
      security_group_id = group.security_group_id
    }
  }
}

module "names" {
  source = "../names"

  cluster      = var.cluster
  groups       = local.asked
  roles        = var.roles
  labels       = var.labels
  availability = var.availability
}

# By the group in the name: the server of a worker that is promoted stays.
locals {
  nodes = {
    for name, node in module.names.nodes : name => merge(node, local.groups[node.group], {
      zone = try(local.groups[node.group].zones[(node.number - 1) % length(local.groups[node.group].zones)], var.zone)
    })
  }
}

# Machines for a swarm on Scaleway. What modules/swarm takes of them is in outputs.tf; that
# module is called beside this one.

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

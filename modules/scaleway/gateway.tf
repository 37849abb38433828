# The way out, and the bastion, for nodes without public addresses.

resource "scaleway_vpc_public_gateway_ip" "this" {
  count = local.makes_gateway ? 1 : 0

  project_id = var.project_id
  zone       = var.zone
  tags       = local.tags
}

resource "scaleway_vpc_public_gateway" "this" {
  count = local.makes_gateway ? 1 : 0

  name              = var.cluster
  type              = var.gateway_type
  ip_id             = scaleway_vpc_public_gateway_ip.this[0].id
  bastion_enabled   = local.makes_bastion
  allowed_ip_ranges = local.makes_bastion ? [for rule in module.ports.ssh : rule.cidr] : null
  project_id        = var.project_id
  zone              = var.zone
  tags              = local.tags
}

resource "scaleway_vpc_gateway_network" "this" {
  count = local.makes_gateway ? 1 : 0

  gateway_id         = scaleway_vpc_public_gateway.this[0].id
  private_network_id = local.private_network_id
  enable_masquerade  = true
  zone               = var.zone

  ipam_config {
    push_default_route = true
  }
}

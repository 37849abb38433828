# The network that the nodes advertise their addresses in. Security groups do not
# filter it.

resource "scaleway_vpc_private_network" "this" {
  count = var.private_network_id == null ? 1 : 0

  name       = var.cluster
  project_id = var.project_id
  region     = local.region
  vpc_id     = var.vpc_id
  tags       = local.tags

  dynamic "ipv4_subnet" {
    for_each = var.private_subnet[*]

    content {
      subnet = ipv4_subnet.value
    }
  }
}

locals {
  private_network_id = var.private_network_id == null ? one(scaleway_vpc_private_network.this[*].id) : var.private_network_id
}

# An address of its own keeps a server that is replaced where DNS has it.
resource "scaleway_instance_ip" "node" {
  for_each = {
    for name, node in module.names.nodes : name => node
    if var.public_ips == "all" || (var.public_ips == "managers" && node.group == "manager")
  }

  type       = "routed_ipv4"
  project_id = var.project_id
  zone       = var.zone
  tags       = concat(local.tags, [each.key])
}

locals {
  public_address = { for name, ip in scaleway_instance_ip.node : name => ip.address }
}

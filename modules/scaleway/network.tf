# The network that the nodes advertise their addresses in. Security groups do not
# filter it.

resource "scaleway_vpc_private_network" "this" {
  count = local.makes_network ? 1 : 0

  name       = var.cluster
  project_id = var.project_id
  region     = local.region
  vpc_id     = var.vpc_id
  tags       = local.tags

  dynamic "ipv4_subnet" {
    for_each = var.subnet[*]

    content {
      subnet = ipv4_subnet.value
    }
  }

  lifecycle {
    precondition {
      condition     = var.subnet == null ? true : try(pow(2, 32 - tonumber(split("/", var.subnet)[1])) - 5 >= length(local.nodes), true)
      error_message = "subnet ${coalesce(var.subnet, "null")} is too small for ${length(local.nodes)} nodes and Scaleway's own addresses; use a shorter prefix."
    }
  }
}

locals {
  private_network_id = local.makes_network ? one(scaleway_vpc_private_network.this[*].id) : var.private_network_id
}

# An address of its own keeps a server that is replaced where DNS has it.
resource "scaleway_instance_ip" "node" {
  for_each = { for name, node in local.nodes : name => node if node.public_ip }

  type       = "routed_ipv4"
  project_id = var.project_id
  zone       = local.zone[each.key]
  tags       = concat(local.tags, [each.key])
}

locals {
  public_address = { for name, ip in scaleway_instance_ip.node : name => ip.address }
}

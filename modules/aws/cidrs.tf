# Arithmetic on the networks that are asked for, so that a mistake shows in the plan and
# not as an error of AWS halfway through an apply.

locals {
  cidrs = concat(var.public_cidrs, var.private_cidrs)

  # First and last address as numbers
  first = {
    for cidr in concat([var.vpc_cidr], local.cidrs) : cidr => try(
      sum([for i, octet in split(".", cidrhost(cidr, 0)) : tonumber(octet) * pow(256, 3 - i)]), 0
    )
  }
  last = { for cidr, first in local.first : cidr => first + try(pow(2, 32 - tonumber(split("/", cidr)[1])), 1) - 1 }

  outside = [
    for cidr in local.cidrs : cidr
    if local.first[cidr] < local.first[var.vpc_cidr] || local.last[cidr] > local.last[var.vpc_cidr]
  ]
  overlapping = flatten([
    for i, a in local.cidrs : [
      for b in slice(local.cidrs, i + 1, length(local.cidrs)) : "${a} and ${b}"
      if local.first[a] <= local.last[b] && local.first[b] <= local.last[a]
    ]
  ])

  nodes_in = {
    for zone in local.zones : zone => length([for node in values(local.nodes) : node if local.zones_of[node.group][node.place] == zone])
  }
  too_small = {
    for zone, cidr in(local.is_private ? local.private_cidr : local.public_cidr) : zone => cidr
    if pow(2, 32 - tonumber(split("/", cidr)[1])) - 5 < local.nodes_in[zone]
  }
}

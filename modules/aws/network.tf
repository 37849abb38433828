# The VPC with a public subnet in each zone and, for a private network, a private one
# beside it with its way out; or subnets of yours.

locals {
  makes_vpc  = var.create_vpc == null ? length(var.subnet_ids) == 0 : var.create_vpc
  is_private = var.network == "private"
  vpc_id     = local.makes_vpc ? one(aws_vpc.this[*].id) : var.vpc_id

  available = try(data.aws_availability_zones.available[0].names, [])
  zones = !local.makes_vpc ? [] : (
    length(var.zones) > 0 ? var.zones : slice(local.available, 0, min(var.zone_count, length(local.available)))
  )

  # A sixteenth of the VPC each, the private ones from the middle on, by the zone's letter, so
  # that none moves when zones are added or put into another order.
  letters = [for zone in local.zones : index(["a", "b", "c", "d", "e", "f", "g", "h", "?"], try(regex("[a-h]$", zone), "?"))]
  place = {
    for i, zone in local.zones : zone => contains(local.letters, 8) || length(distinct(local.letters)) < length(local.letters) ? i : local.letters[i]
  }
  public_cidr = {
    for i, zone in local.zones : zone => try(var.public_cidrs[i], cidrsubnet(var.vpc_cidr, 4, local.place[zone]))
  }
  private_cidr = {
    for i, zone in local.zones : zone => try(var.private_cidrs[i], cidrsubnet(var.vpc_cidr, 4, 8 + local.place[zone]))
    if local.is_private
  }

  # Where the nodes of each group go, in an order that does not change. By position: ids may
  # be of subnets that the caller is about to make.
  made_subnets = {
    for zone in local.zones : zone => local.is_private ? aws_subnet.private[zone].id : aws_subnet.public[zone].id
  }
  given_subnets = merge([
    for name, group in local.groups : { for i, id in group.subnet_ids : "${name}/${i}" => id }
  ]...)
  zones_of = {
    for name, group in local.groups : name => local.makes_vpc ? group.zones : [
      for i in range(length(group.subnet_ids)) : data.aws_subnet.given["${name}/${i}"].availability_zone
    ]
  }
  subnets_of = {
    for name, group in local.groups : name => local.makes_vpc ? [
      for zone in group.zones : lookup(local.made_subnets, zone, null)
    ] : group.subnet_ids
  }

  elsewhere = distinct(flatten([for name, zones in local.zones_of : setsubtract(zones, local.zones) if local.makes_vpc]))

  nat_zones = local.is_private ? (var.nat == "zone" ? local.zones : slice(local.zones, 0, min(1, length(local.zones)))) : []
}

data "aws_availability_zones" "available" {
  #checkov:skip=CKV_AWS_394:of a longer list the same first ones are taken; `zones` names them
  count = local.makes_vpc && length(var.zones) == 0 ? 1 : 0

  # In whatever state: a zone that is impaired for a day must not move those behind it.
  # Local and wavelength zones lack much of what a zone has.
  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

data "aws_subnet" "given" {
  for_each = local.given_subnets

  id = each.value
}

resource "aws_vpc" "this" {
  #checkov:skip=CKV2_AWS_11:flow logs are billed and need a place to go; they belong to the account
  count = local.makes_vpc ? 1 : 0

  cidr_block           = var.vpc_cidr
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = merge(local.tags, { Name = var.cluster })

  lifecycle {
    precondition {
      condition     = length(local.elsewhere) == 0
      error_message = "A group has zones that the VPC is not in: ${join(", ", local.elsewhere)}; it is in ${join(", ", local.zones)}. Add them to zones, or choose of these."
    }

    precondition {
      condition     = length(local.zones) <= 8
      error_message = "There are ${length(local.zones)} zones; a VPC made here has room for 8."
    }

    precondition {
      condition     = alltrue([for cidrs in [var.public_cidrs, var.private_cidrs] : contains([0, length(local.zones)], length(cidrs))])
      error_message = "public_cidrs and private_cidrs hold one network for each of the ${length(local.zones)} zones (${join(", ", local.zones)}), or nothing."
    }

    precondition {
      condition     = length(local.overlapping) == 0
      error_message = "Subnets overlap: ${join("; ", local.overlapping)}; give each a network of its own."
    }

    precondition {
      condition     = length(local.outside) == 0
      error_message = "${join(", ", local.outside)} is not inside vpc_cidr, ${var.vpc_cidr}; subnets are parts of it."
    }

    precondition {
      condition     = length(local.too_small) == 0
      error_message = "${join(" and ", [for zone, cidr in local.too_small : "${cidr} in ${zone}"])} is too small for ${max(values(local.nodes_in)...)} nodes and the five addresses that AWS keeps; use a shorter prefix, or more zones."
    }
  }
}

# Traffic that no other group names goes nowhere. Without tags: it comes with the VPC, and
# policy.json lets nobody put the tag on a group that is there.
resource "aws_default_security_group" "this" {
  count = local.makes_vpc ? 1 : 0

  vpc_id = aws_vpc.this[0].id
}

resource "aws_internet_gateway" "this" {
  count = local.makes_vpc ? 1 : 0

  vpc_id = aws_vpc.this[0].id
  tags   = merge(local.tags, { Name = var.cluster })
}

resource "aws_subnet" "public" {
  for_each = local.public_cidr

  vpc_id                  = aws_vpc.this[0].id
  cidr_block              = each.value
  availability_zone       = each.key
  map_public_ip_on_launch = false
  tags                    = merge(local.tags, { Name = "${var.cluster}-public-${each.key}" })

  # A subnet with instances in it cannot be replaced.
  lifecycle {
    ignore_changes = [cidr_block]
  }
}

resource "aws_route_table" "public" {
  count = local.makes_vpc ? 1 : 0

  vpc_id = aws_vpc.this[0].id
  tags   = merge(local.tags, { Name = "${var.cluster}-public" })
}

resource "aws_route" "internet" {
  count = local.makes_vpc ? 1 : 0

  route_table_id         = aws_route_table.public[0].id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this[0].id
}

resource "aws_route_table_association" "public" {
  for_each = aws_subnet.public

  subnet_id      = each.value.id
  route_table_id = aws_route_table.public[0].id
}

# ---- private networks ----

resource "aws_subnet" "private" {
  for_each = local.private_cidr

  vpc_id            = aws_vpc.this[0].id
  cidr_block        = each.value
  availability_zone = each.key
  tags              = merge(local.tags, { Name = "${var.cluster}-private-${each.key}" })

  lifecycle {
    ignore_changes = [cidr_block]
  }
}

resource "aws_eip" "nat" {
  for_each = toset(local.nat_zones)

  domain = "vpc"
  tags   = merge(local.tags, { Name = "${var.cluster}-nat-${each.key}" })

  # AWS wants it so of an address that is used in the VPC.
  depends_on = [aws_internet_gateway.this]
}

resource "aws_nat_gateway" "this" {
  for_each = toset(local.nat_zones)

  allocation_id = aws_eip.nat[each.key].id
  subnet_id     = aws_subnet.public[each.key].id
  tags          = merge(local.tags, { Name = "${var.cluster}-${each.key}" })

  depends_on = [aws_route.internet, aws_route_table_association.public]
}

# One table for each zone, also where all lead to one gateway: a second gateway changes
# routes only.
resource "aws_route_table" "private" {
  for_each = aws_subnet.private

  vpc_id = aws_vpc.this[0].id
  tags   = merge(local.tags, { Name = "${var.cluster}-private-${each.key}" })
}

resource "aws_route" "nat" {
  for_each = aws_subnet.private

  route_table_id         = aws_route_table.private[each.key].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.this[var.nat == "zone" ? each.key : local.nat_zones[0]].id
}

resource "aws_route_table_association" "private" {
  for_each = aws_subnet.private

  subnet_id      = each.value.id
  route_table_id = aws_route_table.private[each.key].id
}

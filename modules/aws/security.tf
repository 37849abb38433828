# Who reaches whom, from the same table of ports as on every other cloud. Rules are
# resources of their own, so that a change of one touches no other.

module "ports" {
  source = "../ports"

  swarm         = { listen_port = var.swarm.listen_port, data_path_port = var.swarm.data_path_port }
  metrics_port  = try(tonumber(regex("[0-9]+$", var.docker.metrics_address)), null)
  ssh_cidrs     = var.ssh_cidrs
  ingress_ports = var.ingress_ports
}

locals {
  # With a bastion of ours SSH from outside ends there.
  node_rules = local.makes_bastion ? { for key, rule in module.ports.public : key => rule if !contains(keys(module.ports.ssh), key) } : module.ports.public
}

# One for all nodes: a role that changes must not change an instance.
resource "aws_security_group" "node" {
  name                   = "${var.cluster}-nodes"
  description            = "Nodes of the swarm ${var.cluster}"
  vpc_id                 = local.vpc_id
  revoke_rules_on_delete = false
  tags                   = merge(local.tags, { Name = "${var.cluster}-nodes" })
}

resource "aws_vpc_security_group_ingress_rule" "member" {
  for_each = module.ports.members

  security_group_id            = aws_security_group.node.id
  referenced_security_group_id = aws_security_group.node.id
  description                  = each.value.description
  ip_protocol                  = each.value.protocol
  from_port                    = contains(["tcp", "udp"], each.value.protocol) ? each.value.from : -1
  to_port                      = contains(["tcp", "udp"], each.value.protocol) ? each.value.to : -1
  tags                         = merge(local.tags, { Name = "${var.cluster}-${each.key}" })
}

resource "aws_vpc_security_group_ingress_rule" "public" {
  #checkov:skip=CKV_AWS_24:the networks are the caller's own words, none is a default
  #checkov:skip=CKV_AWS_260:as above, and services publish port 80
  for_each = local.node_rules

  security_group_id = aws_security_group.node.id
  description       = each.value.description
  ip_protocol       = each.value.protocol
  from_port         = each.value.from
  to_port           = each.value.to
  cidr_ipv4         = strcontains(each.value.cidr, ":") ? null : each.value.cidr
  cidr_ipv6         = strcontains(each.value.cidr, ":") ? each.value.cidr : null
  tags              = merge(local.tags, { Name = "${var.cluster}-${each.key}" })
}

# Packages, images and whatever services ask for are anywhere.
resource "aws_vpc_security_group_egress_rule" "node" {
  #checkov:skip=CKV_AWS_382:registries and package mirrors have no addresses to name
  for_each = { ipv4 = "0.0.0.0/0", ipv6 = "::/0" }

  security_group_id = aws_security_group.node.id
  description       = "Anywhere"
  ip_protocol       = "-1"
  cidr_ipv4         = each.key == "ipv4" ? each.value : null
  cidr_ipv6         = each.key == "ipv6" ? each.value : null
  tags              = merge(local.tags, { Name = "${var.cluster}-${each.key}" })
}

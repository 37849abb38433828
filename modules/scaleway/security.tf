# What reaches public addresses. The swarm's own ports are in no rule: they are
# used on the private network only, which security groups do not filter. Whoever
# shares that network with others closes them on the servers with member_cidrs.

module "ports" {
  source = "../ports"

  swarm         = { listen_port = var.swarm.listen_port, data_path_port = var.swarm.data_path_port }
  metrics_port  = try(tonumber(regex("[0-9]+$", var.docker.metrics_address)), null)
  ssh_cidrs     = var.ssh_cidrs
  ingress_ports = var.ingress_ports
}

# One for all nodes of a zone: a role that changes must not change a server.
resource "scaleway_instance_security_group" "node" {
  for_each = local.zones

  name                    = "${var.cluster}-nodes"
  description             = "Nodes of the swarm ${var.cluster}"
  inbound_default_policy  = "drop"
  outbound_default_policy = "accept"
  stateful                = true
  project_id              = var.project_id
  zone                    = each.value
  tags                    = local.tags

  dynamic "inbound_rule" {
    for_each = module.ports.public

    content {
      action     = "accept"
      protocol   = upper(inbound_rule.value.protocol)
      port       = inbound_rule.value.from == inbound_rule.value.to ? inbound_rule.value.from : null
      port_range = inbound_rule.value.from == inbound_rule.value.to ? null : "${inbound_rule.value.from}-${inbound_rule.value.to}"
      ip_range   = inbound_rule.value.cidr
    }
  }
}

moved {
  from = scaleway_instance_security_group.node
  to   = scaleway_instance_security_group.node["own"]
}

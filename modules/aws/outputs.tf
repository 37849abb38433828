# ---- what modules/swarm takes ----

output "nodes" {
  description = "For `nodes` of modules/swarm: each node by its name."
  value = {
    for name, node in local.nodes : name => {
      role            = node.role
      machine         = aws_instance.node[name].id
      ssh_host        = local.ssh_host[name]
      ssh_user        = local.user_of[node.group]
      private_address = aws_instance.node[name].private_ip
      labels          = node.labels
      availability    = node.availability

      host_key_command = var.host_key_source == "first-use" ? null : "${local.published_key} ${aws_instance.node[name].region} ${aws_instance.node[name].id}"
      protection = {
        enabled = var.protect_managers && node.role == "manager"
        remedy  = "set protect_managers to false, apply, and do this again"
      }
    }
  }
}

output "ssh" {
  description = "For `ssh` of modules/swarm, beside keys and known_hosts of yours: who logs in, and the bastion on the way."
  value = {
    user                = local.ssh_user
    bastion_host        = local.bastion.host
    bastion_port        = local.bastion.port
    bastion_user        = local.bastion.user
    bastion_private_key = local.bastion.private_key
    bastion_machines    = aws_instance.bastion[*].id
  }
}

output "prepare" {
  description = "For `prepare` of modules/swarm: a new instance is ready when its user data has ended."
  value       = module.user_data["manager"].prepare
}

# Nothing that a leave goes through may go before it. Nor may what is remembered of the
# instances: a destroy may end at the first leave.
output "network" {
  description = "For `network` of modules/swarm: all that has to outlive every node that leaves."
  value = [
    aws_route.internet[*].id,
    values(aws_route.nat)[*].id,
    values(aws_route_table_association.public)[*].id,
    values(aws_route_table_association.private)[*].id,
    values(aws_nat_gateway.this)[*].id,
    values(aws_vpc_security_group_ingress_rule.member)[*].id,
    values(aws_vpc_security_group_ingress_rule.public)[*].id,
    values(aws_vpc_security_group_egress_rule.node)[*].id,
    values(aws_vpc_security_group_ingress_rule.bastion)[*].id,
    aws_vpc_security_group_ingress_rule.bastion_to_node[*].id,
    aws_vpc_security_group_egress_rule.bastion_to_node[*].id,
    values(aws_vpc_security_group_egress_rule.bastion_updates)[*].id,
    aws_instance.bastion[*].id,
  ]

  depends_on = [module.outdated, module.subnets, module.settings, var.routes]
}

# ---- what there is at AWS ----

output "private_addresses" {
  description = "Private address by node name."
  value       = { for name, instance in aws_instance.node : name => instance.private_ip }
}

output "public_addresses" {
  description = "Public address by node name, of those that have one."
  value       = { for name, instance in aws_instance.node : name => instance.public_ip if !local.is_private }
}

output "instance_ids" {
  description = "Id of the instance by node name, for a load balancer's targets."
  value       = { for name, instance in aws_instance.node : name => instance.id }
}

output "zones" {
  description = "Availability zone by node name."
  value       = { for name, instance in aws_instance.node : name => instance.availability_zone }

  precondition {
    condition     = length(local.abandoned) == 0
    error_message = "zones, or zone_count, leaves out where instances are: ${join(", ", local.abandoned)}. Keep the zone, at another place of the list, until each of them was replaced (-replace) and is elsewhere."
  }
}

output "outdated" {
  description = "By node name, the settings in which a new instance would differ (type, zone or subnet, image, key, disks, spot, a hash of its user data): \"OLD, and NEW in new ones\". Instances that run keep what they have until they are replaced."
  value       = local.outdated
}

output "machines" {
  description = "By node name, and that of the bastion: its group, and the addresses within this module that -replace takes for another machine (`replace`); for scripts/roll."
  value = merge(
    { for name, node in local.nodes : name => { group = node.group, replace = ["aws_instance.node[\"${name}\"]"] } },
    { for name in local.makes_bastion ? [local.bastion_name] : [] : name => { group = "bastion", replace = ["aws_instance.bastion[0]"] } },
  )
}

output "vpc_id" {
  description = "Id of the VPC."
  value       = local.vpc_id
}

output "subnet_ids" {
  description = "Ids of the subnets that are made for the nodes, in the order of the zones, or of yours that nodes are in."
  value       = local.makes_vpc ? [for zone in local.zones : local.made_subnets[zone]] : distinct(flatten(values(local.subnets_of)))
}

output "public_subnet_ids" {
  description = "Ids of the public subnets that were made, for a load balancer."
  value       = [for zone in local.zones : aws_subnet.public[zone].id]
}

output "security_group_id" {
  description = "Id of the security group of the nodes."
  value       = aws_security_group.node.id
}

output "bastion_security_group_id" {
  description = "Id of the security group of the bastion that was made; null without."
  value       = one(aws_security_group.bastion[*].id)
}

output "bastion" {
  description = "Host, port and user of the bastion; null where nodes are reached directly."
  value       = !local.has_bastion ? null : { host = local.bastion.host, port = local.bastion.port, user = local.bastion.user }
}

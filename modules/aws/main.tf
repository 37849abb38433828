# A swarm on AWS: what is cloud is in network.tf, security.tf, image.tf, nodes.tf and
# bastion.tf; what is swarm is in modules/swarm, and hears of addresses only.

locals {
  tags = merge(var.tags, { swarm = var.cluster })

  # <cluster>-<pool>-<n>
  pool_nodes = merge([
    for pool, settings in var.pools : {
      for n in range(1, settings.count + 1) : "${var.cluster}-${pool}-${n}" => { pool = pool, number = n }
    }
  ]...)

  # What is said of one node wins over what is said of its pool.
  pool_labels       = { for name, node in local.pool_nodes : name => merge(var.pools[node.pool].labels, lookup(var.labels, name, {})) }
  pool_availability = { for name, node in local.pool_nodes : name => lookup(var.availability, name, var.pools[node.pool].availability) }
}

module "names" {
  source = "../names"

  cluster       = var.cluster
  manager_count = var.manager_count
  worker_count  = var.worker_count
  hosts         = { for name, node in local.pool_nodes : name => var.pools[node.pool].role }
  roles         = var.roles
  labels        = merge(var.labels, local.pool_labels)
  availability  = merge(var.availability, local.pool_availability)
}

module "swarm" {
  source = "../swarm"

  cluster = var.cluster
  nodes = {
    for name, node in local.nodes : name => {
      role            = node.role
      machine         = aws_instance.node[name].id
      ssh_host        = local.ssh_host[name]
      private_address = aws_instance.node[name].private_ip
      labels          = node.labels
      availability    = node.availability
    }
  }
  ssh = merge(var.ssh, {
    user                = local.ssh_user
    bastion_host        = local.bastion.host
    bastion_port        = local.bastion.port
    bastion_user        = local.bastion.user
    bastion_private_key = local.bastion.private_key
    bastion_host_key    = lookup(var.ssh.host_keys, local.bastion_name, null)
    host_keys           = { for name, key in var.ssh.host_keys : name => key if name != local.bastion_name }
  })
  prepare               = module.user_data["manager"].prepare
  swarm                 = var.swarm
  token_delivery        = var.token_delivery
  drain_timeout         = var.drain_timeout
  on_drain_timeout      = var.on_drain_timeout
  standalone_containers = var.standalone_containers
  from_other_swarm      = var.from_other_swarm
  detect_drift          = var.detect_drift
  teardown_file         = var.teardown_file
  timeouts              = var.timeouts
  helpers               = var.helpers

  # Nothing that a leave goes through may go before it.
  network = [
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
    module.bastion_known_host[*].id,
  ]
}

# ---- what modules/swarm takes ----

output "nodes" {
  description = "For `nodes` of modules/swarm: each node by its name."
  value = {
    for name, node in local.nodes : name => {
      role            = node.role
      machine         = scaleway_instance_server.node[name].id
      ssh_host        = local.is_private ? local.private_address[name] : local.public_address[name]
      private_address = local.private_address[name]
      labels          = node.labels
      availability    = node.availability

      host_key_command = local.publishes[name] ? "${local.published_key} ${scaleway_instance_server.node[name].id}" : null
    }
  }
}

output "ssh" {
  description = "For `ssh` of modules/swarm, beside keys and known_hosts of yours: who logs in, and the bastion on the way."
  value = {
    user                = "root"
    bastion_host        = local.bastion.host
    bastion_port        = local.bastion.port
    bastion_user        = local.bastion.user
    bastion_private_key = local.bastion.private_key
    bastion_machines    = local.makes_bastion ? scaleway_vpc_public_gateway.this[*].id : []
  }
}

output "prepare" {
  description = "For `prepare` of modules/swarm: a new server is ready when its user data has ended."
  value       = module.user_data["manager/plain"].prepare
}

# Nothing that a leave goes through may go before it. Nor may what is remembered of the
# servers: a destroy may end at the first leave.
output "network" {
  description = "For `network` of modules/swarm: all that has to outlive every node that leaves."
  value = [
    scaleway_vpc_private_network.this[*].id,
    scaleway_vpc_gateway_network.this[*].id,
    values(scaleway_instance_security_group.node)[*].id,
    values(scaleway_instance_ip.node)[*].id,
  ]

  depends_on = [module.outdated, module.settings, var.routes]
}

# ---- what there is at Scaleway ----

output "private_addresses" {
  description = "Private address by node name."
  value       = local.private_address
}

output "public_addresses" {
  description = "Public address by node name, of those that have one."
  value       = local.public_address
}

output "instance_ids" {
  description = "Id of the server by node name, for a load balancer's targets."
  value       = { for name, server in scaleway_instance_server.node : name => server.id }
}

output "zones" {
  description = "Availability zone by node name."
  value       = local.zone
}

output "outdated" {
  description = "By node name, the settings in which a new server would differ (type, zone, image, disks, a hash of its user data): \"OLD, and NEW in new ones\". Servers that run keep what they have until they are replaced."
  value       = local.outdated
}

# Where its zone or its disk for Docker is to be another one, what remembers that goes too.
output "machines" {
  description = "By node name: its group, and the addresses within this module that -replace takes for another machine (`replace`); for scripts/roll."
  value = {
    for name, node in local.nodes : name => {
      group = node.group
      replace = concat(
        ["scaleway_instance_server.node[\"${name}\"]"],
        [for what in ["zone", "docker_disk"] : "terraform_data.${what}[\"${name}\"]" if contains(keys(lookup(local.outdated, name, {})), what)],
      )
    }
  }
}

output "private_network_id" {
  description = "Id of the private network."
  value       = local.private_network_id
}

output "security_group_id" {
  description = "Id of the security group of the nodes, in the cluster's own zone."
  value       = scaleway_instance_security_group.node["own"].id
}

output "security_group_ids" {
  description = "Ids of the security groups of the nodes by zone: it is one in each that servers are in."
  value       = { for key, zone in local.zones : zone => scaleway_instance_security_group.node[key].id }
}

output "bastion" {
  description = "Host, port and user of the bastion; null where nodes are reached directly."
  value       = !local.has_bastion ? null : { host = local.bastion.host, port = local.bastion.port, user = local.bastion.user }
}

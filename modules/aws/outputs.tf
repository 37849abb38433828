output "nodes" {
  description = "Node name to role, ssh_host and private_address, once every node has joined."
  value       = module.swarm.nodes
}

output "manager_addresses" {
  description = "Private addresses of the managers, in the order of their names."
  value       = module.swarm.manager_addresses
}

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
  description = "Node name to what a new instance would have in another way (type, zone or subnet, image, key, disks, spot, a hash of its user data): setting to \"has, and has in new ones\". Instances that run keep what they have until they are replaced."
  value       = module.outdated.outdated
}

output "vpc_id" {
  description = "Id of the VPC."
  value       = local.vpc_id
}

output "subnet_ids" {
  description = "Ids of the subnets that the nodes are in, in the order of the zones."
  value       = [for subnet in local.subnets : subnet.id]
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
  value       = local.bastion.host == null && !local.makes_bastion ? null : { host = local.bastion.host, port = local.bastion.port, user = local.bastion.user }
}

output "node_ids" {
  description = "Node name to ID in the swarm, with detect_drift; else null."
  value       = module.swarm.node_ids
}

output "docker_context" {
  description = "Command that makes the swarm a context of the local docker client, for eval where Terraform runs; null without managers."
  value       = module.swarm.docker_context
}

output "docker_contexts" {
  description = "The same through each manager, by name, which is the context's name too."
  value       = module.swarm.docker_contexts
}

output "ssh" {
  description = "Command for a shell on each node, by name; run where Terraform runs."
  value       = module.swarm.ssh
}

output "tokens" {
  description = "Join tokens (manager, worker) and cluster_id with token_delivery = \"state\"; null with \"ssh\", and where no manager answered."
  value       = module.swarm.tokens
  sensitive   = true
}

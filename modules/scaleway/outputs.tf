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
  value       = local.private_address
}

output "public_addresses" {
  description = "Public address by node name, of those that have one."
  value       = local.public_address
}

output "server_ids" {
  description = "Id of the server by node name."
  value       = { for name, server in scaleway_instance_server.node : name => server.id }
}

output "outdated" {
  description = "Node name to what a new server would have in another way (type, image, volumes, a hash of its user data): setting to \"has, and has in new ones\". Servers that run keep what they have until they are replaced."
  value       = module.outdated.outdated
}

output "private_network_id" {
  description = "Id of the private network."
  value       = local.private_network_id
}

output "security_group_id" {
  description = "Id of the security group of the nodes."
  value       = scaleway_instance_security_group.node.id
}

output "bastion" {
  description = "Host, port and user of the bastion; null where nodes are reached directly."
  value       = local.through_bastion ? { host = local.bastion.host, port = local.bastion.port, user = local.bastion.user } : null
}

output "node_ids" {
  description = "Node name to ID in the swarm, with detect_drift; else null."
  value       = module.swarm.node_ids
}

output "docker_context" {
  description = "Command that makes the swarm a context of the local docker client, for eval where Terraform runs; null without managers."
  value       = module.swarm.docker_context
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

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
  value       = module.scaleway.private_addresses
}

output "public_addresses" {
  description = "Public address by node name, of those that have one."
  value       = module.scaleway.public_addresses
}

output "instance_ids" {
  description = "Id of the server by node name, for a load balancer's targets."
  value       = module.scaleway.instance_ids
}

output "zones" {
  description = "Availability zone by node name."
  value       = module.scaleway.zones
}

output "outdated" {
  description = "By node name, the settings in which a new server would differ. Servers that run keep what they have until they are replaced."
  value       = module.scaleway.outdated
}

output "roll" {
  description = "For scripts/roll: the query of describe-swarm, the nodes, the addresses that -replace takes for each machine, and the surge."
  value = merge(module.swarm.roll, {
    surge = var.surge
    machines = {
      for name, machine in module.scaleway.machines : name => merge(machine, { replace = [for address in machine.replace : "module.scaleway.${address}"] })
    }
  })
}

output "private_network_id" {
  description = "Id of the private network."
  value       = module.scaleway.private_network_id
}

output "security_group_id" {
  description = "Id of the security group of the nodes."
  value       = module.scaleway.security_group_id
}

output "security_group_ids" {
  description = "Ids of the security groups of the nodes by zone."
  value       = module.scaleway.security_group_ids
}

output "bastion" {
  description = "Host, port and user of the bastion; null where nodes are reached directly."
  value       = module.scaleway.bastion
}

output "node_ids" {
  description = "Node name to ID in the swarm, with detect_drift; else null."
  value       = module.swarm.node_ids
}

output "docker" {
  description = "Before a command that uses docker, in this folder: $(terraform output -raw docker) docker node ls; null without managers."
  value       = module.swarm.docker
}

output "watch" {
  description = "Command that shows what the swarm does, in this folder: $(terraform output -raw watch), with --json for scripts or --listen 127.0.0.1:0 for a page; null without managers."
  value       = module.swarm.watch
}

output "backup" {
  description = "Command that makes an archive of the swarm as swarm.backup of the cluster's file says, for use in this folder: $(terraform output -raw backup)."
  value       = module.swarm.backup
}

output "docker_context" {
  description = "Command that makes the swarm a context of the local docker client, for eval in this folder; null without managers."
  value       = module.swarm.docker_context
}

output "docker_contexts" {
  description = "The same through each manager, by name, which is the context's name too."
  value       = module.swarm.docker_contexts
}

output "ssh_config" {
  description = "Configuration for ssh -F, with every node by its name: terraform output -raw ssh_config >.swarm/<workspace>.ssh_config, for use in this folder."
  value       = module.swarm.ssh_config
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

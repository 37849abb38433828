output "nodes" {
  description = "Node name to role, ssh_host and private_address."
  value       = module.swarm.nodes

  precondition {
    condition     = alltrue([for group in values(local.group) : contains(keys(local.groups), group)])
    error_message = "The cluster has no group for ${join(", ", [for name, group in local.group : "${name} (${group})" if !contains(keys(local.groups), group)])}; add it to groups, or correct the group of the machine."
  }
}

output "manager_addresses" {
  description = "Addresses of the managers."
  value       = module.swarm.manager_addresses
}

output "node_ids" {
  description = "Node name to ID in the swarm, with detect_drift; else null."
  value       = module.swarm.node_ids
}

output "docker" {
  description = "Before a command that uses docker, in this folder: $(terraform output -raw docker) docker node ls."
  value       = module.swarm.docker
}

output "watch" {
  description = "Command that shows what the swarm does, in this folder: $(terraform output -raw watch), with --json for scripts or --listen 127.0.0.1:0 for a page."
  value       = module.swarm.watch
}

output "backup" {
  description = "Command that makes an archive of the swarm as swarm.backup of the cluster's file says, for use in this folder: $(terraform output -raw backup)."
  value       = module.swarm.backup
}

output "docker_context" {
  description = "Command that makes the swarm a context of the local docker client, for eval in this folder."
  value       = module.swarm.docker_context
}

output "ssh_config" {
  description = "Configuration for ssh -F, with every node by its name: terraform output -raw ssh_config >.swarm/<workspace>.ssh_config, for use in this folder."
  value       = module.swarm.ssh_config
}

output "ssh" {
  description = "Command for a shell on each node, run in this folder."
  value       = module.swarm.ssh
}

output "tokens" {
  description = "Join tokens with token_delivery = \"state\", else null."
  value       = module.swarm.tokens
  sensitive   = true
}

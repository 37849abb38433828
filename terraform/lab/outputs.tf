output "nodes" {
  description = "Node name to role, ssh_host and private_address."
  value       = module.swarm.nodes
}

output "manager_addresses" {
  description = "Addresses of the managers."
  value       = module.swarm.manager_addresses
}

output "node_ids" {
  description = "Node name to ID in the swarm, with detect_drift; else null."
  value       = module.swarm.node_ids
}

output "outdated" {
  description = "By node name, the settings in which a new host would differ. Hosts that run keep what they have until they are replaced."
  value       = module.outdated.outdated
}

output "roll" {
  description = "For scripts/roll: the query of describe-swarm, the nodes, the addresses that -replace takes for each machine, and the surge."
  value = merge(module.swarm.roll, {
    surge    = var.surge
    machines = { for name, node in module.names.nodes : name => { group = node.group, replace = ["terraform_data.host[\"${name}\"]"] } }
  })
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

output "subnet" {
  description = "Network of the hosts."
  value       = local.subnet
}

output "tokens" {
  description = "Join tokens with token_delivery = \"state\", else null."
  value       = module.swarm.tokens
  sensitive   = true
}

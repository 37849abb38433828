output "nodes" {
  description = "Node name to role, ssh_host and private_address."
  value       = module.aws.nodes
}

output "ssh" {
  description = "Command for a shell on each node, run in this folder."
  value       = module.aws.ssh
}

output "docker_context" {
  description = "Command that makes the swarm a context of the local docker client."
  value       = module.aws.docker_context
}

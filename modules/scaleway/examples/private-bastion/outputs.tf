output "nodes" {
  description = "Node name to role, ssh_host and private_address."
  value       = module.scaleway.nodes
}

output "docker_context" {
  description = "Command that makes the swarm a context of the local docker client."
  value       = module.scaleway.docker_context
}

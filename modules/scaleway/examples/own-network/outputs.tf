output "nodes" {
  description = "Node name to role, ssh_host and private_address."
  value       = module.swarm.nodes
}

output "docker_context" {
  description = "Command that makes the swarm a context of the local docker client."
  value       = module.swarm.docker_context
}

output "swarm_manager_public_ip" {
  description = "Public address of the manager."
  value       = scaleway_instance_ip.swarm_manager_ip[0].address
}

output "swarm_workers_public_ip" {
  description = "Public addresses of the workers."
  value       = scaleway_instance_ip.swarm_worker_ip[*].address
}

output "swarm_manager_token" {
  description = "Token that joins a manager."
  value       = data.external.swarm_tokens.result.manager
  sensitive   = true
}

output "swarm_worker_token" {
  description = "Token that joins a worker."
  value       = data.external.swarm_tokens.result.worker
  sensitive   = true
}

output "workspace" {
  description = "The cluster."
  value       = terraform.workspace
}

output "id" {
  description = "For `network` of modules/swarm, so that every leave comes before."
  value       = terraform_data.known_host.id
}

output "environment" {
  description = "Environment of scripts/install-docker.sh: DOCKER_SOURCE, and DOCKER_VERSION, DOCKER_PACKAGES, DOCKER_REPOSITORY_URL, DOCKER_REPOSITORY_KEY, DOCKER_DAEMON_JSON where they are asked for."
  value       = local.environment
}

output "script" {
  description = "Path of scripts/install-docker.sh, relative to the folder Terraform runs in."
  value       = "${path.module}/../../scripts/install-docker.sh"
}

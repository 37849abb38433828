output "environment" {
  description = "Environment of scripts/install-docker.sh: DOCKER_SOURCE, and DOCKER_VERSION, DOCKER_PACKAGES, DOCKER_REPOSITORY_URL, DOCKER_REPOSITORY_KEY, DOCKER_DAEMON_JSON, DOCKER_REGISTRY_AUTH where they are asked for."
  value       = local.environment
}

output "secrets" {
  description = "Passwords of registry_auth: the script's variable for each, with the name of the environment variable that holds it where Terraform runs. Example: { DOCKER_PASSWORD_REGISTRY_EXAMPLE_COM = \"REGISTRY_PASSWORD\" }."
  value       = { for variable, registries in local.login_variables : variable => var.docker.registry_auth[registries[0]].password_env }
}

output "script" {
  description = "Path of scripts/install-docker.sh, relative to the folder Terraform runs in."
  value       = "${path.module}/../../scripts/install-docker.sh"
}

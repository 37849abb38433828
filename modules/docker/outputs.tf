output "environment" {
  description = "Environment of scripts/install-docker.sh: DOCKER_SOURCE, and DOCKER_VERSION, DOCKER_PACKAGES, DOCKER_REPOSITORY_URL, DOCKER_REPOSITORY_KEY, DOCKER_DAEMON_JSON, DOCKER_HTTP_PROXY, DOCKER_HTTPS_PROXY, DOCKER_NO_PROXY, DOCKER_PROXY_VERSION, DOCKER_REGISTRY_AUTH where they are asked for."
  value       = local.environment
}

output "secrets" {
  description = "What the script needs and no state may have, passwords of registry_auth and URLs of proxies: the script's variable for each, with the name of the environment variable that holds it where Terraform runs. Example: { DOCKER_PASSWORD_REGISTRY_EXAMPLE_COM = \"REGISTRY_PASSWORD\" }."
  value       = local.secrets
}

output "script" {
  description = "Path of scripts/install-docker.sh, relative to the folder Terraform runs in."
  value       = "${path.module}/../../scripts/install-docker.sh"
}

# modules/stack without a swarm: what the executables are asked, and in which order.

terraform {
  required_version = ">= 1.9"
}

variable "stacks" {
  description = "Stack name to what of it changes in a test."
  type = map(object({
    tag              = optional(string, "1")
    contents_version = optional(number, 1)
    password_version = optional(number, 1)
    monitor          = optional(string, "5s")
  }))
  nullable = false
}

variable "detect_drift" {
  description = "As modules/stack has it."
  type        = bool
  default     = false
  nullable    = false
}

variable "helpers" {
  description = "As modules/stack has it."
  type        = string
  nullable    = false
}

# What the swarm is here
resource "terraform_data" "swarm" {}

module "stack" {
  source   = "../../../modules/stack"
  for_each = var.stacks

  name             = each.key
  helpers          = var.helpers
  swarm            = { host = "192.0.2.11", managers = "root@192.0.2.12:22", name = each.key }
  after            = terraform_data.swarm.id
  compose_file     = "${path.module}/web.yml"
  environment      = { TAG = each.value.tag }
  config_files     = { site = "${path.module}/site.conf" }
  secret_env       = { password = "DB_PASSWORD" }
  contents_version = each.value.contents_version
  detect_drift     = var.detect_drift
  on_failure       = "rollback"
  monitor          = each.value.monitor
  timeouts         = { deploy = "20m", rollback = "2m", remove = "3m" }
  registry_auth = {
    "registry.example.com" = { username = "deploy", password_env = "REGISTRY_PASSWORD", password_version = each.value.password_version }
  }
}

# modules/swarm on machines that only log when they come and go. What the
# executables are asked, and in which order, is read from the same log.

terraform {
  required_version = ">= 1.9"
}

variable "nodes" {
  description = "Node name (m1 to m9, w1 to w9) to role, generation of its machine, labels and availability, or that these are left as they are."
  type = map(object({
    role         = string
    machine      = optional(string, "1")
    labels       = optional(map(string), {})
    availability = optional(string, "active")
    as_it_is     = optional(bool, false)
  }))
  nullable = false
}

variable "token_delivery" {
  description = "As modules/swarm has it."
  type        = string
  default     = "ssh"
  nullable    = false
}

variable "detect_drift" {
  description = "As modules/swarm has it."
  type        = bool
  default     = false
  nullable    = false
}

variable "teardown_file" {
  description = "As modules/swarm has it."
  type        = string
  default     = null
}

variable "swarm" {
  description = "As modules/swarm has it."
  type        = any
  default     = {}
  nullable    = false
}

variable "protect" {
  description = "Whether the managers may not go, as protect_managers of modules/aws."
  type        = bool
  default     = false
  nullable    = false
}

variable "beside" {
  description = "Something of every run's own that goes on beside the swarm, until its pipe is written to; null: nothing."
  type        = object({ run = number, pipe = string })
  default     = null
}

variable "helpers" {
  description = "Folder of the executables that log; null: as modules/swarm finds them."
  type        = string
  default     = null
}

variable "known_hosts" {
  description = "The file that machines take their line out of."
  type        = string
  nullable    = false
}

variable "host_key_command" {
  description = "As nodes of modules/swarm have it, with NAME in the place of the node's; null: nothing is published."
  type        = string
  default     = null
}

variable "ssh" {
  description = "What ssh of modules/swarm has beside the file and the policy."
  type        = any
  default     = {}
  nullable    = false
}

variable "bastion" {
  description = "Generation of a bastion that is made along with the nodes, at an address that is not known before; null: there is none."
  type        = string
  default     = null
}

variable "prepare_version" {
  description = "Version in the environment of the prepare script."
  type        = string
  default     = "1"
  nullable    = false
}

variable "rolling" {
  description = "As modules/swarm has it."
  type        = any
  default     = null
}

variable "backup" {
  description = "As modules/swarm has it."
  type        = any
  default     = null
}

variable "restore_from" {
  description = "As modules/swarm has it."
  type        = any
  default     = null
}

variable "store" {
  description = "As modules/swarm has it."
  type        = any
  default     = null
}

resource "terraform_data" "network" {
  provisioner "local-exec" {
    when    = destroy
    command = "echo network-down >>\"$STUB_LOG\""
  }
}

# Ends when somebody writes to the pipe, so that Terraform writes its state down just then.
resource "terraform_data" "beside" {
  count = var.beside == null ? 0 : 1

  triggers_replace = var.beside.run

  provisioner "local-exec" {
    command = "read -r _ <\"${var.beside.pipe}\""
  }
}

resource "terraform_data" "machine" {
  for_each = var.nodes

  triggers_replace = each.value.machine

  provisioner "local-exec" {
    command = "echo machine-up ${each.key} >>\"$STUB_LOG\""
  }

  provisioner "local-exec" {
    when    = destroy
    command = "echo machine-down ${each.key} >>\"$STUB_LOG\""
  }
}

resource "terraform_data" "bastion" {
  count = var.bastion == null ? 0 : 1

  triggers_replace = var.bastion
}

module "swarm" {
  source = "../../../modules/swarm"

  cluster = "test"
  nodes = {
    for name, node in var.nodes : name => {
      role            = node.role
      machine         = terraform_data.machine[name].id
      ssh_host        = "host-${name}"
      private_address = "10.9.${startswith(name, "m") ? 1 : 2}.${substr(name, 1, 1)}"
      labels          = node.as_it_is ? null : node.labels
      availability    = node.as_it_is ? null : node.availability
      # Not known when the plan is made, as on a cloud
      host_key_command = var.host_key_command == null ? null : "MACHINE=${terraform_data.machine[name].id}; ${replace(var.host_key_command, "NAME", name)}"
      protection = {
        enabled = var.protect && node.role == "manager"
        remedy  = "set protect to false and apply first"
      }
    }
  }
  ssh = merge(
    { known_hosts = var.known_hosts, host_key_policy = "accept-new" },
    var.bastion == null ? {} : { bastion_host = "gate-${one(terraform_data.bastion[*].id)}" },
    var.bastion == null ? {} : { bastion_machines = terraform_data.bastion[*].id },
    var.ssh,
  )
  prepare        = { script = "prepare.sh", environment = { VERSION = var.prepare_version } }
  rolling        = var.rolling
  backup         = var.backup
  restore_from   = var.restore_from
  store          = var.store
  token_delivery = var.token_delivery
  detect_drift   = var.detect_drift
  teardown_file  = var.teardown_file
  swarm          = var.swarm
  helpers        = var.helpers
  network        = terraform_data.network.id
}

output "tokens" {
  description = "What fetch-tokens answered."
  value       = module.swarm.tokens
  sensitive   = true
}

output "docker_context" {
  description = "As modules/swarm has it."
  value       = module.swarm.docker_context
}

output "host_keys" {
  description = "As modules/swarm has it."
  value       = module.swarm.host_keys
}

output "node_ids" {
  description = "As modules/swarm has it."
  value       = module.swarm.node_ids
}

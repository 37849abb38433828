variable "manager_count" {
  description = "Number of managers: 1, 3, 5 or 7; 0 only with worker_count = 0. Example: 3."
  type        = number
  default     = 1
  nullable    = false
}

variable "worker_count" {
  description = "Number of workers, 0 to 150. Example: 2."
  type        = number
  default     = 2
  nullable    = false

  validation {
    condition     = var.worker_count <= 150
    error_message = "worker_count is ${var.worker_count}; the lab has addresses for 150 workers at most."
  }
}

variable "roles" {
  description = "Role by node name, where it differs from the one in the name; changed in place. Example: { \"dev-worker-1\" = \"manager\", \"dev-worker-2\" = \"manager\" }."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "labels" {
  description = "Swarm labels by node name; changed in place. Example: { \"dev-worker-1\" = { disk = \"ssd\" } }."
  type        = map(map(string))
  default     = {}
  nullable    = false
}

variable "availability" {
  description = "Availability by node name: \"active\", \"pause\" or \"drain\"; changed in place. Example: { \"dev-manager-1\" = \"drain\" }."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "subnet" {
  description = "Network of the hosts, inside 10.0.0.0/8 with a prefix of 16 to 24; null: one derived from the workspace's name. Example: \"10.31.7.0/24\"."
  type        = string
  default     = null

  validation {
    condition     = var.subnet == null ? true : try(cidrsubnet(var.subnet, 0, 0) == var.subnet && startswith(var.subnet, "10.") && tonumber(split("/", var.subnet)[1]) >= 16 && tonumber(split("/", var.subnet)[1]) <= 24, false)
    error_message = "subnet is \"${coalesce(var.subnet, "null")}\"; use a network inside 10.0.0.0/8 with a prefix length of 16 to 24, for example \"10.31.7.0/24\"."
  }

  validation {
    condition     = var.subnet == null ? true : !startswith(var.subnet, "10.0.")
    error_message = "subnet is \"${coalesce(var.subnet, "null")}\", where swarms keep their overlay networks (10.0.0.0/16); use another network inside 10.0.0.0/8."
  }
}

variable "private_key" {
  description = "Path of an SSH private key for the hosts, its public half beside it as <path>.pub; null: one made for the workspace. Example: \"~/.ssh/id_ed25519\"."
  type        = string
  default     = null

  validation {
    condition     = var.private_key == null ? true : try(fileexists(pathexpand(var.private_key)) && fileexists("${pathexpand(var.private_key)}.pub"), false)
    error_message = "private_key is \"${coalesce(var.private_key, "null")}\", but there is no such file, or no ${coalesce(var.private_key, "null")}.pub beside it; make both with ssh-keygen, or leave it out."
  }
}

variable "docker" {
  description = "Docker's version and daemon settings on hosts that are new; attributes as in modules/docker. The hosts have Docker already, so source is \"none\" unless you change it. Example: { metrics_address = \"0.0.0.0:9323\", log_max_size = \"10m\" }."
  type        = any
  default     = {}
  nullable    = false

  # Terraform itself says nothing of an attribute that it does not know, and leaves it out.
  validation {
    condition     = length(setsubtract(keys(var.docker), module.attributes.of.docker)) == 0
    error_message = "docker has no ${join(" or ", setsubtract(keys(var.docker), module.attributes.of.docker))}; the attributes are ${join(", ", module.attributes.of.docker)}."
  }
}

variable "swarm" {
  description = "Settings the swarm is made with; attributes as in modules/swarm. Example: { listen_port = 2400, default_addr_pool = [\"10.20.0.0/16\"] }."
  type        = any
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.swarm), module.attributes.of.swarm)) == 0
    error_message = "swarm has no ${join(" or ", setsubtract(keys(var.swarm), module.attributes.of.swarm))}; the attributes are ${join(", ", module.attributes.of.swarm)}."
  }
}

variable "token_delivery" {
  description = "How join tokens travel: \"ssh\" (none is in the state) or \"state\" (they are outputs as well)."
  type        = string
  default     = "ssh"
  nullable    = false
}

variable "drain_timeout" {
  description = "How long a node that leaves may take to stop its tasks, with a unit. Example: \"5m\"."
  type        = string
  default     = "5m"
  nullable    = false
}

variable "on_drain_timeout" {
  description = "What happens when tasks have not stopped within drain_timeout: \"fail\" or \"proceed\"."
  type        = string
  default     = "fail"
  nullable    = false
}

variable "standalone_containers" {
  description = "What a node that leaves does about containers that run on it beside the swarm's, which no drain stops: \"ignore\" (name them and go on) or \"refuse\"."
  type        = string
  default     = "ignore"
  nullable    = false
}

variable "from_other_swarm" {
  description = "What happens with a machine that belongs to another swarm: \"refuse\", or \"leave\" (it leaves that one by force, whatever that costs it)."
  type        = string
  default     = "refuse"
  nullable    = false
}

variable "detect_drift" {
  description = "Whether every plan asks the swarm for its nodes and puts back what was changed by hand: role, availability and labels, and nodes that were removed or left. A node that is Down is joined again too, so its machine has to run. Fills the output node_ids."
  type        = bool
  default     = false
  nullable    = false
}

variable "timeouts" {
  description = "How long each executable may take in all, with a unit; null: its own default. Example: { join = \"10m\" }."
  type        = any
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.timeouts), module.attributes.of.timeouts)) == 0
    error_message = "timeouts has no ${join(" or ", setsubtract(keys(var.timeouts), module.attributes.of.timeouts))}; the attributes are ${join(", ", module.attributes.of.timeouts)}."
  }
}

variable "helpers" {
  description = "Folder of the executables; null: bin/ of this checkout. Example: \"/usr/local/bin\"."
  type        = string
  default     = null
}

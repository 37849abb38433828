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
}

variable "docker" {
  description = "Docker's version and daemon settings on hosts that are new; attributes as in modules/docker. The hosts have Docker already, so source is \"none\" unless you change it. Example: { metrics_address = \"0.0.0.0:9323\", log_max_size = \"10m\" }."
  type = object({
    version          = optional(string)
    source           = optional(string, "none")
    packages         = optional(string)
    repository_url   = optional(string)
    repository_key   = optional(string)
    metrics_address  = optional(string)
    log_driver       = optional(string)
    log_max_size     = optional(string)
    log_max_file     = optional(number)
    dns              = optional(list(string), [])
    storage_driver   = optional(string)
    registry_mirrors = optional(list(string), [])
    labels           = optional(map(string), {})
  })
  default  = {}
  nullable = false
}

variable "swarm" {
  description = "Settings the swarm is made with; attributes as in modules/swarm. Example: { listen_port = 2400, default_addr_pool = [\"10.20.0.0/16\"] }."
  type = object({
    listen_port       = optional(number, 2377)
    data_path_port    = optional(number, 4789)
    default_addr_pool = optional(list(string), [])
    subnet_size       = optional(number)
    task_history      = optional(number)
  })
  default  = {}
  nullable = false
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
  type = object({
    prepare  = optional(string)
    init     = optional(string)
    join     = optional(string)
    leave    = optional(string)
    drain    = optional(string)
    tokens   = optional(string)
    describe = optional(string)
  })
  default  = {}
  nullable = false
}

variable "helpers" {
  description = "Folder of the executables; null: bin/ of this checkout. Example: \"/usr/local/bin\"."
  type        = string
  default     = null
}

variable "hosts" {
  description = <<-EOT
    The machines, by the name each one gets in messages and outputs. The name should be the machine's hostname; where it is not, say the hostname.
    * `address`: where SSH goes, an address or a name. `ssh_port` (22), `ssh_user` (that of `ssh`).
    * `role`: "worker" (default) or "manager"; changed in place.
    * `private_address`: the address the node advertises to the others; null: `address`, if that is an IP address. Another one means another machine.
    * `hostname`: the machine's own hostname; null: the name here. A node whose machine is gone is found by it.
    * `labels`, `availability`: as the swarm has them; "active" (default), "pause" or "drain"; changed in place.
    * `machine`: any text; change it when another machine, or this one installed anew, has taken the place under the same address.
  EOT
  type = map(object({
    address         = string
    role            = optional(string, "worker")
    private_address = optional(string)
    ssh_port        = optional(number, 22)
    ssh_user        = optional(string)
    hostname        = optional(string)
    labels          = optional(map(string), {})
    availability    = optional(string, "active")
    machine         = optional(string)
  }))
  nullable = false

  validation {
    condition = alltrue([for host in values(var.hosts) :
      can(cidrhost("${coalesce(host.private_address, host.address)}/32", 0)) || can(cidrhost("${coalesce(host.private_address, host.address)}/128", 0))
    ])
    error_message = "A node advertises an IP address, not a name: give ${join(", ", [for name, host in var.hosts : name if !can(cidrhost("${coalesce(host.private_address, host.address)}/32", 0)) && !can(cidrhost("${coalesce(host.private_address, host.address)}/128", 0))])} a private_address."
  }
}

variable "roles" {
  description = "Role by name, where it differs from the one in hosts; changed in place. Example: { \"worker-1\" = \"manager\", \"worker-2\" = \"manager\" }."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "ssh" {
  description = <<-EOT
    How the machines are reached; attributes as in modules/swarm. Example: { user = "admin", private_key = "~/.ssh/swarm" }.
    Keys seen for the first time are recorded in a known_hosts file of this workspace ("accept-new"). With host_key_policy = "strict" they have to be known: in ~/.ssh/known_hosts, in known_hosts, or pinned in host_keys.
  EOT
  type = object({
    user                = optional(string, "root")
    private_key         = optional(string)
    passphrase_env      = optional(string)
    known_hosts         = optional(string)
    host_key_policy     = optional(string, "accept-new")
    host_keys           = optional(map(string), {})
    bastion_host        = optional(string)
    bastion_port        = optional(number)
    bastion_user        = optional(string)
    bastion_private_key = optional(string)
  })
  default  = {}
  nullable = false
}

variable "docker_socket" {
  description = "Path of the Docker socket on the machines; null: /var/run/docker.sock. Example: \"/run/user/1000/docker.sock\"."
  type        = string
  default     = null
}

variable "prepare" {
  description = "Whether scripts/install-docker.sh runs on machines that are new, with the settings in docker. false: Docker is there and stays as it is."
  type        = bool
  default     = true
  nullable    = false
}

variable "docker" {
  description = "Docker's version and daemon settings on machines that are new; attributes as in modules/docker. Example: { version = \"28.3.3\", source = \"docker\", log_max_size = \"10m\" }."
  type = object({
    version          = optional(string)
    source           = optional(string, "auto")
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

variable "hosts" {
  description = <<-EOT
    The machines, by the name each one gets in messages and outputs. The name should be the machine's hostname; where it is not, say the hostname.
    * `address`: where SSH goes, an address or a name. `ssh_port` (22), `ssh_user` (that of `ssh`).
    * `role`: "worker" (default) or "manager"; changed in place.
    * `private_address`: the address the node advertises to the others; null: `address`, if that is an IP address. Another one means another machine.
    * `hostname`: the machine's own hostname; null: the name here. A node whose machine is gone is found by it.
    * `docker_socket`: path of Docker's socket there, where it is not the `docker_socket` of all.
    * `labels`, `availability`: as the swarm has them; "active" (default), "pause" or "drain"; changed in place.
    * `machine`: any text; change it when another machine, or this one installed anew, has taken the place under the same address.
  EOT
  type        = any
  nullable    = false

  # Terraform itself says nothing of an attribute that it does not know, and leaves it out.
  validation {
    condition     = length(setsubtract(flatten([for name, one in var.hosts : keys(one)]), module.attributes.of.hosts)) == 0
    error_message = "Nothing in hosts has ${join(" or ", setsubtract(flatten([for name, one in var.hosts : keys(one)]), module.attributes.of.hosts))}; the attributes are ${join(", ", module.attributes.of.hosts)}."
  }

  validation {
    condition     = alltrue([for host in values(var.hosts) : try(length(host.address) > 0, false)])
    error_message = "${join(", ", [for name, host in var.hosts : name if !try(length(host.address) > 0, false)])} of hosts has no address; say where SSH goes."
  }

  validation {
    condition = alltrue([for host in values(var.hosts) :
      can(regex("^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?$", host.address)) || can(cidrhost("${split("%", host.address)[0]}/128", 0)) || !can(length(host.address))
    ])
    error_message = "address of ${join(", ", [for name, host in var.hosts : "${name} (\"${try(host.address, "")}\")" if can(length(host.address)) && !can(regex("^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?$", host.address)) && !can(cidrhost("${split("%", host.address)[0]}/128", 0))])} is neither a name nor an address alone; a user goes into ssh_user, a port into ssh_port."
  }

  validation {
    condition = alltrue([for host in values(var.hosts) : !can(length(host.address)) || anytrue([for length in [32, 128] :
      can(cidrhost("${try(coalesce(host.private_address, host.address), host.address)}/${length}", 0))
    ])])
    error_message = "A node advertises an IP address, not a name: give ${join(", ", [for name, host in var.hosts : name if can(length(host.address)) && !anytrue([for length in [32, 128] : can(cidrhost("${try(coalesce(host.private_address, host.address), host.address)}/${length}", 0))])])} a private_address."
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
  type        = any
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.ssh), module.attributes.of.ssh)) == 0
    error_message = "ssh has no ${join(" or ", setsubtract(keys(var.ssh), module.attributes.of.ssh))}; the attributes are ${join(", ", module.attributes.of.ssh)}."
  }

  # By lookup, since Terraform shows the value of what a condition names.
  validation {
    condition     = alltrue([for path in [try(lookup(var.ssh, "private_key", null), null), try(lookup(var.ssh, "bastion_private_key", null), null)] : path == null ? true : try(fileexists(pathexpand(path)), false)])
    error_message = "There is no such file: ${join(", ", [for name, path in { private_key = try(lookup(var.ssh, "private_key", null), null), bastion_private_key = try(lookup(var.ssh, "bastion_private_key", null), null) } : "ssh.${name} (${strcontains(path, "PRIVATE KEY") ? "a key; its path is wanted" : path})" if path == null ? false : !try(fileexists(pathexpand(path)), false)])}; give the path of a private key, as seen from the folder that Terraform runs in."
  }
}

variable "docker_socket" {
  description = "Path of the Docker socket on the machines that have none of their own; null: /var/run/docker.sock. Example: \"/run/user/1000/docker.sock\"."
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
  type        = any
  default     = {}
  nullable    = false

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

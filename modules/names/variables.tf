variable "cluster" {
  description = "Name of the cluster, which the name of every node of a group begins with. Example: \"dev\"."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$", var.cluster))
    error_message = "The cluster (the Terraform workspace) is named \"${var.cluster}\"; use 1 to 40 lower-case letters, digits and hyphens, with no hyphen at either end, since it becomes part of hostnames."
  }
}

variable "groups" {
  description = <<-EOT
    Groups of nodes, by name, each node named <cluster>-<group>-<n>.
    * `count`: number of nodes; 1, for the group worker 2.
    * `role`: "manager" or "worker"; by default worker, for the group manager manager.
    * `labels`, `availability`: as the swarm has them.
    Example: { manager = { count = 3 }, worker = { count = 5 }, batch = { count = 2, labels = { batch = "yes" } } }.
  EOT
  type = map(object({
    count        = optional(number)
    role         = optional(string)
    labels       = optional(map(string), {})
    availability = optional(string, "active")
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.groups) : can(regex("^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$", name))])
    error_message = "Groups are named with 1 to 20 lower-case letters, digits and hyphens, beginning with a letter, since hostnames are made of them; correct ${join(", ", [for name in keys(var.groups) : name if !can(regex("^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$", name))])}."
  }

  validation {
    condition     = alltrue([for group in values(var.groups) : group.count == null ? true : group.count >= 0 && floor(group.count) == group.count])
    error_message = "The count of a group is a whole number, 0 or more; correct ${join(", ", [for name, group in var.groups : "${name} (${coalesce(group.count, 0)})" if group.count == null ? false : group.count < 0 || floor(group.count) != group.count])}."
  }

  validation {
    condition     = alltrue([for group in values(var.groups) : contains(["manager", "worker"], coalesce(group.role, "worker"))])
    error_message = "Unknown role of group ${join(", ", [for name, group in var.groups : "${name} (${coalesce(group.role, "none")})" if !contains(["manager", "worker"], coalesce(group.role, "worker"))])}; use manager or worker."
  }

  validation {
    condition     = alltrue([for group in values(var.groups) : contains(["active", "pause", "drain"], group.availability)])
    error_message = "Unknown availability of group ${join(", ", [for name, group in var.groups : "${name} (${group.availability})" if !contains(["active", "pause", "drain"], group.availability)])}; use active, pause or drain."
  }
}

variable "hosts" {
  description = "Nodes that have names already, beside those of the groups: name to role, \"manager\" or \"worker\". Example: { \"db-1\" = \"worker\" }."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for role in values(var.hosts) : contains(["manager", "worker"], role)])
    error_message = "Unknown role for ${join(", ", [for name, role in var.hosts : "${name} (${role})" if !contains(["manager", "worker"], role)])}; use manager or worker."
  }
}

variable "roles" {
  description = "Role by node name, where it differs from its group's, so that a node is promoted or demoted in place. Example: { \"dev-worker-1\" = \"manager\", \"dev-worker-2\" = \"manager\" }."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for role in values(var.roles) : contains(["manager", "worker"], role)])
    error_message = "Unknown role for ${join(", ", [for name, role in var.roles : "${name} (${role})" if !contains(["manager", "worker"], role)])}; use manager or worker."
  }
}

variable "labels" {
  description = "Swarm labels by node name, laid over those of its group. Example: { \"dev-worker-1\" = { disk = \"ssd\" } }."
  type        = map(map(string))
  default     = {}
  nullable    = false
}

variable "availability" {
  description = "Availability by node name, where it differs from its group's: \"active\", \"pause\" or \"drain\". Example: { \"dev-manager-1\" = \"drain\" }."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for value in values(var.availability) : contains(["active", "pause", "drain"], value)])
    error_message = "Unknown availability for ${join(", ", [for name, value in var.availability : "${name} (${value})" if !contains(["active", "pause", "drain"], value)])}; use active, pause or drain."
  }
}

variable "file" {
  description = "Path of the cluster's file. Where there is none, everything has its default. Example: \"clusters/dev.yaml\"."
  type        = string
  nullable    = false
}

variable "must_exist" {
  description = "Whether a missing file is an error, as it is where somebody named it."
  type        = bool
  default     = false
  nullable    = false
}

variable "section" {
  description = "The caller's own section. The others are ignored. Example: \"aws\"."
  type        = string
  nullable    = false

  validation {
    condition     = contains(local.sections, var.section)
    error_message = "section is \"${var.section}\"; the sections are ${join(", ", local.sections)}."
  }
}

variable "types" {
  description = <<-EOT
    What the caller's own section may hold: path in it to type.
    * A path has dots between its keys; `*` stands for any key, `[]` for each element of a list.
    * A type is string, number, bool, file (the path of a file that is there) or words to choose from, "one|zone". `!` after it: it has to be there wherever what it belongs to is.
    Example: { "subnet" = "string", "groups.*.type" = "string", "groups.*.disk.size" = "number", "ssh_cidrs.[]" = "string" }.
  EOT
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for path in keys(var.types) : length(split(".", path)) <= 5])
    error_message = "A path in a section has 5 keys at most; correct ${join(", ", [for path in keys(var.types) : path if length(split(".", path)) > 5])}."
  }

  validation {
    condition     = alltrue([for type in values(var.types) : strcontains(type, "|") || contains(["string", "number", "bool", "file"], trimsuffix(type, "!"))])
    error_message = "Unknown type of ${join(", ", [for path, type in var.types : "${path} (${type})" if !strcontains(type, "|") && !contains(["string", "number", "bool", "file"], trimsuffix(type, "!"))])}; use string, number, bool, file, or words with | between them."
  }
}

variable "unsupported" {
  description = "Paths that this root refuses, each with the reason and what to do instead. Example: { \"swarm.prepare\" = \"the image has Docker; take this out\" }."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "overlay" {
  description = "Whether the caller's own section may also hold groups, nodes, docker, swarm and ssh, which are laid over the common ones. false: its keys are names of something."
  type        = bool
  default     = true
  nullable    = false
}

variable "defaults" {
  description = "What holds where the file says nothing, in the shape of the file. Example: { docker = { source = \"none\" } }."
  type        = any
  default     = {}
  nullable    = false
}

variable "overrides" {
  description = "What wins over the file, in the shape of the file; null: nothing does. Example: { groups = { worker = { count = var.worker_count } }, lab = { subnet = var.subnet } }."
  type        = any
  default     = {}
  nullable    = false
}

variable "surge" {
  description = "Nodes beside those of the file and of `overrides`, by group: what scripts/roll adds while it replaces others. Example: { worker = 1 }."
  type        = map(number)
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.surge), local.names.groups)) == 0
    error_message = "surge names ${join(", ", setsubtract(keys(var.surge), local.names.groups))}; the groups are ${join(", ", local.names.groups)}."
  }

  validation {
    condition     = alltrue([for count in values(var.surge) : count >= 0 && floor(count) == count])
    error_message = "What surge adds to a group is a whole number, 0 or more."
  }
}

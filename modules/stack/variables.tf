variable "after" {
  description = "What has to be there before the stack, and goes after it: an output of modules/swarm that waits for all joins. Example: module.swarm.nodes."
  type        = any
  nullable    = false
}

variable "compose_file" {
  description = "The compose file, as `docker stack deploy` takes it, 256 KiB at most; a path may begin with ~/. Example: \"web.yml\"."
  type        = string
  nullable    = false
}

variable "config_env" {
  description = "Configs: what the compose file calls each, with the name of the environment variable that holds it where Terraform runs. Raise `contents_version` when its content is another one. Example: { settings = \"SETTINGS_JSON\" }."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in values(var.config_env) : can(regex("^[A-Za-z_][A-Za-z0-9_]*$", name))])
    error_message = "config_env has ${join(", ", [for key, name in var.config_env : key if !can(regex("^[A-Za-z_][A-Za-z0-9_]*$", name))])} with what is not the name of an environment variable (letters, digits and _); give its name, not the content."
  }
}

variable "config_files" {
  description = "Configs: what the compose file calls each, with its file. Example: { site = \"nginx.conf\" }."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "contents_version" {
  description = "Raised when a secret, or a config by a variable, has another content, since no trace of it is in the state by which that could be seen; with `detect_drift` it is seen without. Example: 2."
  type        = number
  default     = 1
  nullable    = false
}

variable "detect_drift" {
  description = "Whether every plan asks the swarm for the stack, so that services that were changed by hand, and secrets that have another content, are put right by the next apply."
  type        = bool
  default     = false
  nullable    = false
}

variable "environment" {
  description = "Variables of the compose file; they are in the services then, so none of them is a secret. Example: { TAG = \"1.4.2\" }."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "helpers" {
  description = "Folder of the executables, before `bin/` of the checkout and PATH; null: these alone. Example: \"/usr/local/bin\"."
  type        = string
  default     = null
}

variable "max_failures" {
  description = "How many new tasks of one service may fail before an apply gives up; 0: any number, until `timeouts.deploy`. Example: 3."
  type        = number
  default     = 5
  nullable    = false

  validation {
    condition     = var.max_failures >= 0 && floor(var.max_failures) == var.max_failures
    error_message = "max_failures is ${var.max_failures}; give a whole number of tasks, or 0 for any number."
  }
}

variable "monitor" {
  description = "How long new tasks have to run on before the stack counts as whole, with a unit. Example: \"30s\"."
  type        = string
  default     = "5s"
  nullable    = false

  validation {
    condition     = can(regex("^([0-9]+(ms|s|m|h))+$", var.monitor))
    error_message = "monitor is \"${var.monitor}\"; give a number with a unit, for example \"30s\"."
  }
}

variable "name" {
  description = "The stack's name: letters, digits, _ and -, 40 at most. Another name is another stack: the old one is removed first. Example: \"web\"."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$", var.name))
    error_message = "name is \"${var.name}\"; give a stack a name of letters, digits, _ and -, with a letter or digit first, 40 at most."
  }
}

variable "on_failure" {
  description = "What to do when a service does not become whole: \"keep\" it as it is, or \"rollback\" to the version that was whole before. The apply fails in both cases. Example: \"rollback\"."
  type        = string
  default     = "keep"
  nullable    = false

  validation {
    condition     = contains(["keep", "rollback"], var.on_failure)
    error_message = "on_failure is \"${var.on_failure}\"; use keep or rollback."
  }
}

variable "on_no_manager" {
  description = "What a destroy does when no manager answers: \"fail\"; succeed where all managers answer and are in no swarm, \"no-swarm\"; or succeed in any case, \"proceed\", for a swarm whose machines are gone. Example: \"proceed\"."
  type        = string
  default     = "no-swarm"
  nullable    = false

  validation {
    condition     = contains(["fail", "no-swarm", "proceed"], var.on_no_manager)
    error_message = "on_no_manager is \"${var.on_no_manager}\"; use fail, no-swarm or proceed."
  }
}

variable "registry_auth" {
  description = "Logins at registries, docker.io for Docker Hub: `username`, `password_env` (the name of the environment variable that holds the password where Terraform runs) and `password_version`, which is raised when the password is another one. Without any, the manager's own are used (`docker.registry_auth` of modules/docker). Example: { \"registry.example.com\" = { username = \"deploy\", password_env = \"REGISTRY_PASSWORD\" } }."
  type = map(object({
    username         = string
    password_env     = string
    password_version = optional(number, 1)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for login in values(var.registry_auth) : can(regex("^[A-Za-z_][A-Za-z0-9_]*$", login.password_env))])
    error_message = "The password_env of ${join(", ", [for registry, login in var.registry_auth : registry if !can(regex("^[A-Za-z_][A-Za-z0-9_]*$", login.password_env))])} in registry_auth is not the name of an environment variable (letters, digits and _); give its name, not the password."
  }
}

variable "resolve_image" {
  description = "Whether the registry is asked which digest a tag has: \"always\", \"changed\" (for images that changed) or \"never\". Example: \"never\"."
  type        = string
  default     = "always"
  nullable    = false

  validation {
    condition     = contains(["always", "changed", "never"], var.resolve_image)
    error_message = "resolve_image is \"${var.resolve_image}\"; use always, changed or never."
  }
}

variable "secret_env" {
  description = "Secrets: what the compose file calls each, with the name of the environment variable that holds it where Terraform runs. Example: { password = \"DB_PASSWORD\" }."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in values(var.secret_env) : can(regex("^[A-Za-z_][A-Za-z0-9_]*$", name))])
    error_message = "secret_env has ${join(", ", [for key, name in var.secret_env : key if !can(regex("^[A-Za-z_][A-Za-z0-9_]*$", name))])} with what is not the name of an environment variable (letters, digits and _); give its name, not the secret."
  }
}

variable "secret_files" {
  description = "Secrets: what the compose file calls each, with its file; a path may begin with ~/. Example: { tls_key = \"~/tls.key\" }."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "swarm" {
  description = "How a manager is reached: the output `managers` of modules/swarm. Example: module.swarm.managers."
  type        = map(string)
  nullable    = false
}

variable "timeouts" {
  description = "How long each executable may take in all, with a unit; null: its own default. `rollback` is a part of `deploy`. Example: { deploy = \"20m\" }."
  type = object({
    deploy   = optional(string)
    rollback = optional(string)
    remove   = optional(string)
    describe = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for value in values(var.timeouts) : value == null || can(regex("^([0-9]+(ms|s|m|h))+$", value))])
    error_message = "Every one of timeouts is a number with a unit, for example \"90s\" or \"5m\"; correct ${join(", ", [for key, value in var.timeouts : key if value != null && !can(regex("^([0-9]+(ms|s|m|h))+$", value))])}."
  }
}

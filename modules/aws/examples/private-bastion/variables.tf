variable "manager_count" {
  description = "Number of managers: 1, 3, 5 or 7. Example: 3."
  type        = number
  default     = 1
  nullable    = false
}

variable "worker_count" {
  description = "Number of workers. Example: 2."
  type        = number
  default     = 2
  nullable    = false
}

variable "pools" {
  description = "More workers by name of the pool; attributes as in modules/aws. Example: { batch = { count = 2, type = \"m7i.large\", spot = true } }."
  type = map(object({
    count        = number
    role         = optional(string, "worker")
    type         = optional(string, "t3.small")
    spot         = optional(bool, false)
    labels       = optional(map(string), {})
    availability = optional(string, "active")
    disk = optional(object({
      size        = optional(number, 20)
      docker_size = optional(number)
    }), {})
  }))
  default = {
    batch = { count = 1, labels = { batch = "yes" }, disk = { docker_size = 40 } }
  }
  nullable = false
}

variable "ssh_cidrs" {
  description = "Networks that SSH is reached from. Example: [\"203.0.113.7/32\"]."
  type        = list(string)
  nullable    = false
}

variable "private_key" {
  description = "Path of an SSH private key, its public half beside it as <path>.pub. Example: \"~/.ssh/id_ed25519\"."
  type        = string
  default     = "~/.ssh/id_ed25519"
  nullable    = false
}

variable "image" {
  description = "Image of new instances; attributes as in modules/aws. Example: { distribution = \"debian-13\" }."
  type = object({
    distribution = optional(string, "ubuntu-26.04")
    owner        = optional(string)
    name         = optional(string)
    id           = optional(string)
    user         = optional(string)
  })
  default  = {}
  nullable = false
}

variable "swarm" {
  description = "The swarm's own ports; attributes as in modules/swarm. Example: { listen_port = 2400, data_path_port = 7789 }."
  type = object({
    listen_port    = optional(number, 2377)
    data_path_port = optional(number, 4789)
  })
  default  = {}
  nullable = false
}

variable "metrics_port" {
  description = "Port of the daemons' metrics, for members only; null: none. Example: 9323."
  type        = number
  default     = null

  validation {
    condition     = var.metrics_port == null ? true : var.metrics_port >= 1 && var.metrics_port <= 65535 && floor(var.metrics_port) == var.metrics_port
    error_message = "metrics_port is no port; use 1 to 65535, for example 9323."
  }
}

variable "ssh_port" {
  description = "Port of SSH. Example: 22."
  type        = number
  default     = 22
  nullable    = false

  validation {
    condition     = var.ssh_port >= 1 && var.ssh_port <= 65535 && floor(var.ssh_port) == var.ssh_port
    error_message = "ssh_port is ${var.ssh_port}, which is no port; use 1 to 65535."
  }
}

variable "ssh_cidrs" {
  description = "Networks that SSH is reached from. Example: [\"203.0.113.7/32\"]."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for cidr in var.ssh_cidrs : can(cidrhost(cidr, 0))])
    error_message = "ssh_cidrs holds networks with their prefix length, for example \"203.0.113.7/32\"; correct ${join(", ", [for cidr in var.ssh_cidrs : cidr if !can(cidrhost(cidr, 0))])}."
  }
}

variable "ingress_ports" {
  description = <<-EOT
    Ports that services publish, open to the given networks on every node.
    * `port`, `to`: first and last port; `to` may be left out. `protocol`: "tcp" (default) or "udp".
    * `cidrs`: where they are reached from; everywhere by default.
    Example: [{ port = 80 }, { port = 443 }, { port = 8080, cidrs = ["203.0.113.0/24"] }].
  EOT
  type = list(object({
    port     = number
    to       = optional(number)
    protocol = optional(string, "tcp")
    cidrs    = optional(list(string), ["0.0.0.0/0", "::/0"])
  }))
  default  = []
  nullable = false

  validation {
    condition = alltrue([for rule in var.ingress_ports :
      rule.port >= 1 && floor(rule.port) == rule.port && coalesce(rule.to, rule.port) >= rule.port && coalesce(rule.to, rule.port) <= 65535 && floor(coalesce(rule.to, rule.port)) == coalesce(rule.to, rule.port)
    ])
    error_message = "ingress_ports holds ${join(", ", [for rule in var.ingress_ports : "${rule.port}${rule.to == null ? "" : " to ${rule.to}"}"])}; use ports from 1 to 65535, `to` not below `port`."
  }

  validation {
    condition     = alltrue([for rule in var.ingress_ports : contains(["tcp", "udp"], rule.protocol)])
    error_message = "The protocol of each of ingress_ports is tcp or udp."
  }

  validation {
    condition     = alltrue(flatten([for rule in var.ingress_ports : [for cidr in rule.cidrs : can(cidrhost(cidr, 0))]]))
    error_message = "cidrs of ingress_ports are networks with their prefix length, for example \"203.0.113.0/24\"."
  }

  validation {
    condition = alltrue(flatten([for rule in var.ingress_ports : [for port in concat(local.closed, values(var.swarm)) :
      port < rule.port || port > coalesce(rule.to, rule.port)
    ]]))
    error_message = "ingress_ports covers a port of Docker's own (${join(", ", distinct(concat(local.closed, values(var.swarm))))}), which nobody but members may reach; take it out, the Docker API is reached over SSH."
  }
}

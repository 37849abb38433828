variable "names" {
  description = "Names of the machines. Example: [\"dev-manager-1\", \"dev-worker-1\"]."
  type        = set(string)
  nullable    = false
}

variable "docker" {
  description = "Docker's version and daemon settings, as modules/docker takes them. Example: { version = \"28.3.3\", source = \"docker\", log_max_size = \"10m\" }."
  type        = any
  default     = {}
  nullable    = false

  validation {
    condition     = try(length(var.docker.registry_auth), 0) == 0
    error_message = "docker has registry_auth, but user data is no place for a password; take it out, and deploy with --with-registry-auth from a machine that is logged in."
  }

  validation {
    condition     = try(var.docker.proxy.http_env, null) == null && try(var.docker.proxy.https_env, null) == null
    error_message = "docker.proxy has http_env or https_env, but user data is no place for a password; use http or https with a proxy that asks for none."
  }
}

variable "ssh_user" {
  description = "User who logs in with ssh_keys. Example: \"root\"."
  type        = string
  default     = "root"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z_][a-z0-9_-]{0,31}$", var.ssh_user))
    error_message = "ssh_user is \"${var.ssh_user}\"; use a user name, for example \"root\" or \"admin\"."
  }
}

variable "ssh_keys" {
  description = "Public keys that may log in beside those the cloud puts there itself, one line each. Example: [\"ssh-ed25519 AAAA... me\"]."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for key in var.ssh_keys : can(regex("^(ssh|ecdsa|sk)-[a-z0-9@.-]+ [A-Za-z0-9+/=]+( [^\\n]*)?\\n?$", key))])
    error_message = "Each of ssh_keys is one line as in an OpenSSH public key file, for example \"ssh-ed25519 AAAA... me\"; a private key or a path is not."
  }
}

variable "host_keys" {
  description = "Private ed25519 host keys by machine name, so that the public halves can be pinned before the machines exist. They end in the state and in the cloud's user data: whoever reads either can pose as the machine. Example: { dev-manager-1 = file(\"dev-manager-1.key\") }."
  type        = map(string)
  default     = {}
  nullable    = false
  sensitive   = true
}

variable "publish_host_keys" {
  description = "Where the machines publish their public host keys on their first boot: \"scaleway\", in their own user data at Scaleway; \"console\", on their console; null: nowhere."
  type        = string
  default     = null

  validation {
    condition     = var.publish_host_keys == null ? true : contains(["scaleway", "console"], var.publish_host_keys)
    error_message = "publish_host_keys is \"${coalesce(var.publish_host_keys, "null")}\"; use scaleway or console, or leave it out."
  }
}

variable "host_firewall" {
  description = <<-EOT
    Swarm ports that only some networks may reach, closed on the machine itself for everyone else, by IPv4 and IPv6; for clouds whose own rules do not cover the private network. null: no firewall on the machine.
    * `rules`: output `members` of modules/ports. `cidrs`: where the members are. Example: ["10.1.0.0/24"].
  EOT
  type = object({
    rules = map(object({ protocol = string, from = number, to = number }))
    cidrs = list(string)
  })
  default = null

  validation {
    condition     = var.host_firewall == null ? true : anytrue([for cidr in var.host_firewall.cidrs : can(cidrnetmask(cidr))]) && alltrue([for cidr in var.host_firewall.cidrs : can(cidrhost(cidr, 0))])
    error_message = "host_firewall.cidrs holds networks with their prefix length, at least one of them IPv4, for example \"10.1.0.0/24\"; the members are reached by IPv4."
  }
}

variable "set_hostname" {
  description = "Whether the hostname of each machine is set to its name, for clouds that set another one."
  type        = bool
  default     = false
  nullable    = false
}

variable "docker_disk" {
  description = "Whether the machines have one more disk, for /var/lib/docker: the only one that is empty, or that an earlier machine used for this. It gets a file system before Docker is installed."
  type        = bool
  default     = false
  nullable    = false
}

variable "script" {
  description = "Shell commands that are run as root at the end, after Docker is there; null: none. Example: \"apt-get install -y nfs-common\"."
  type        = string
  default     = null
}

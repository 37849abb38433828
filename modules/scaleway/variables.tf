variable "cluster" {
  description = "Name of the cluster, which everything is named after; the Terraform workspace in the roots. Example: \"dev\"."
  type        = string
  nullable    = false
}

variable "manager_count" {
  description = "Number of managers: 1, 3, 5 or 7; 0 only with worker_count = 0. Example: 3."
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

variable "roles" {
  description = "Role by node name, where it differs from the one in the name; changed in place, the server stays. Example: { \"dev-worker-1\" = \"manager\", \"dev-worker-2\" = \"manager\" }."
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

variable "zone" {
  description = "Availability zone of everything but the private network, which is of its region. Example: \"fr-par-1\"."
  type        = string
  default     = "fr-par-1"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}-[a-z]{3}-[1-9]$", var.zone))
    error_message = "zone is \"${var.zone}\"; use a name like \"fr-par-1\" or \"nl-ams-2\" (par1 and ams1 are called so today)."
  }
}

variable "region" {
  description = "Region of the private network; null: the one that zone is in. Example: \"fr-par\"."
  type        = string
  default     = null

  validation {
    condition     = var.region == null ? true : startswith(var.zone, "${var.region}-")
    error_message = "region is \"${coalesce(var.region, "null")}\", but zone ${var.zone} is in ${join("-", slice(split("-", var.zone), 0, 2))}; use that one or leave region out."
  }
}

variable "project_id" {
  description = "Project that everything is made in; null: the provider's. Example: \"11111111-1111-1111-1111-111111111111\"."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of every resource, beside the cluster's name. Example: [\"team-a\"]."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "manager_type" {
  description = "Commercial type of the servers named manager. Example: \"PLAY2-MICRO\"."
  type        = string
  default     = "DEV1-S"
  nullable    = false
}

variable "worker_type" {
  description = "Commercial type of the servers named worker. Example: \"PRO2-S\"."
  type        = string
  default     = "DEV1-S"
  nullable    = false
}

variable "image" {
  description = "Image of new servers, by label or id; one that runs keeps the image that it was made from. Example: \"ubuntu_noble\"."
  type        = string
  default     = "ubuntu_noble"
  nullable    = false
}

variable "manager_volume" {
  description = <<-EOT
    Volumes of the managers. Example: { size = 20, docker_size = 40 }.
    `size` in GB of the root (null: that of the image), and its `type`, "sbs_volume" (block storage) or "l_ssd" (local, for types that have it).
    `docker_size` in GB of a block volume for /var/lib/docker (null: none) and its `docker_iops`, 5000 or 15000. Servers that run keep what they have.
  EOT
  type = object({
    size        = optional(number)
    type        = optional(string, "sbs_volume")
    docker_size = optional(number)
    docker_iops = optional(number, 5000)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["sbs_volume", "l_ssd"], var.manager_volume.type) && (var.manager_volume.size == null ? true : var.manager_volume.size >= 10)
    error_message = "manager_volume has a type of sbs_volume or l_ssd and a size of 10 GB or more."
  }

  validation {
    condition     = (var.manager_volume.docker_size == null ? true : var.manager_volume.docker_size >= 5) && contains([5000, 15000], var.manager_volume.docker_iops)
    error_message = "manager_volume has a docker_size of 5 GB or more, or none, and a docker_iops of 5000 or 15000."
  }
}

variable "worker_volume" {
  description = "Volumes of the workers, as manager_volume. Example: { size = 20, docker_size = 100 }."
  type = object({
    size        = optional(number)
    type        = optional(string, "sbs_volume")
    docker_size = optional(number)
    docker_iops = optional(number, 5000)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["sbs_volume", "l_ssd"], var.worker_volume.type) && (var.worker_volume.size == null ? true : var.worker_volume.size >= 10)
    error_message = "worker_volume has a type of sbs_volume or l_ssd and a size of 10 GB or more."
  }

  validation {
    condition     = (var.worker_volume.docker_size == null ? true : var.worker_volume.docker_size >= 5) && contains([5000, 15000], var.worker_volume.docker_iops)
    error_message = "worker_volume has a docker_size of 5 GB or more, or none, and a docker_iops of 5000 or 15000."
  }
}

variable "spread_managers" {
  description = "Whether the managers are in a placement group, each on hardware of its own as far as there is any."
  type        = bool
  default     = true
  nullable    = false
}

variable "private_network_id" {
  description = "Private network that the servers are attached to; null: one is made. Example: \"fr-par/22222222-2222-2222-2222-222222222222\"."
  type        = string
  default     = null
}

variable "private_subnet" {
  description = "IPv4 network of the private network that is made; null: Scaleway chooses one. Example: \"10.31.7.0/24\"."
  type        = string
  default     = null

  validation {
    condition     = var.private_subnet == null ? true : try(cidrsubnet(var.private_subnet, 0, 0) == var.private_subnet && tonumber(split("/", var.private_subnet)[1]) >= 20 && tonumber(split("/", var.private_subnet)[1]) <= 29, false)
    error_message = "private_subnet is \"${coalesce(var.private_subnet, "null")}\"; use an IPv4 network with a prefix length of 20 to 29, for example \"10.31.7.0/24\"."
  }

  validation {
    condition     = var.private_subnet == null ? true : var.private_network_id == null
    error_message = "private_subnet is for the network that is made, but private_network_id names one that is there; give one of the two."
  }

  validation {
    condition     = var.private_subnet == null ? true : !startswith(var.private_subnet, "10.0.") || length(var.swarm.default_addr_pool) > 0
    error_message = "private_subnet is \"${coalesce(var.private_subnet, "null")}\", where swarms keep their overlay networks (10.0.0.0/8 from 10.0.0.0 on); use another one, or set swarm.default_addr_pool."
  }

  validation {
    condition     = var.private_subnet == null ? true : try(pow(2, 32 - tonumber(split("/", var.private_subnet)[1])) - 5 >= var.manager_count + var.worker_count, true)
    error_message = "private_subnet ${coalesce(var.private_subnet, "null")} is too small for ${var.manager_count + var.worker_count} nodes and Scaleway's own addresses; use a shorter prefix."
  }
}

variable "vpc_id" {
  description = "VPC of the private network that is made; null: the project's default one. Example: \"fr-par/33333333-3333-3333-3333-333333333333\"."
  type        = string
  default     = null
}

variable "public_ips" {
  description = "Which nodes have a public address: \"all\", \"managers\" (those named so) or \"none\". Unless all have, a public gateway is made: the way out, and the bastion through which all nodes are reached."
  type        = string
  default     = "all"
  nullable    = false

  validation {
    condition     = contains(["all", "managers", "none"], var.public_ips)
    error_message = "public_ips is \"${var.public_ips}\"; use all, managers or none."
  }
}

variable "gateway_type" {
  description = "Commercial type of the public gateway. Example: \"VPC-GW-S\"."
  type        = string
  default     = "VPC-GW-S"
  nullable    = false
}

variable "bastion" {
  description = "A bastion of yours in the given private network, which has its own way out; no gateway is made. Null: the gateway's. Example: { host = \"203.0.113.9\", user = \"jump\" }."
  type = object({
    host        = string
    port        = optional(number, 22)
    user        = optional(string, "root")
    private_key = optional(string)
  })
  default = null

  validation {
    condition     = var.bastion == null ? true : var.private_network_id != null && var.public_ips != "all"
    error_message = "bastion goes with private_network_id and with public_ips = \"managers\" or \"none\"; in a network that is made here there is no machine of yours yet."
  }
}

variable "ssh_cidrs" {
  description = "Networks that SSH is reached from. Give the address that you come from; nothing is open to everyone unless you write so. Example: [\"203.0.113.7/32\"]."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.ssh_cidrs) > 0 || var.bastion != null
    error_message = "ssh_cidrs is empty, so that nobody would reach the nodes over SSH, which everything here goes through; give the address that you come from, for example [\"203.0.113.7/32\"]."
  }
}

variable "ingress_ports" {
  description = "Ports that services publish; attributes as in modules/ports. Example: [{ port = 80 }, { port = 443 }, { port = 8080, cidrs = [\"203.0.113.0/24\"] }]."
  type = list(object({
    port     = number
    to       = optional(number)
    protocol = optional(string, "tcp")
    cidrs    = optional(list(string), ["0.0.0.0/0", "::/0"])
  }))
  default  = []
  nullable = false
}

variable "member_cidrs" {
  description = "Networks of the private network that the members are in. With it the servers themselves close the swarm's ports and the metrics to everybody else there, by IPv4 and IPv6, which security groups do not do. Empty: no such firewall. Example: [\"10.31.7.0/24\"]."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "ssh_keys" {
  description = "Public keys of root beside those in the project's IAM, which Scaleway puts on every server, one line each. A gateway's bastion knows the project's only. Example: [\"ssh-ed25519 AAAA... me\"]."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "host_keys" {
  description = "Private ed25519 host keys by node name, to pin the public halves with ssh.host_keys; as in modules/user_data, trade-off included. Example: { dev-manager-1 = file(\"dev-manager-1.key\") }."
  type        = map(string)
  default     = {}
  nullable    = false
  sensitive   = true
}

variable "docker_version" {
  description = "The one version of Docker that every node gets, also one added later; null: that of `docker`, else the newest there is on that day. Example: \"28.3.3\"."
  type        = string
  default     = null
}

variable "docker" {
  description = "Docker's daemon settings on new servers; attributes as in modules/docker. Example: { source = \"docker\", metrics_address = \"0.0.0.0:9323\", log_max_size = \"10m\" }."
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

variable "script" {
  description = "Shell commands run as root on a new server after Docker is there; null: none. Example: \"apt-get install -y nfs-common\"."
  type        = string
  default     = null
}

variable "swarm" {
  description = "What the network has to know of the settings of modules/swarm, which are to be given here too: the ports that members have open to each other, and where overlay networks are. Example: { listen_port = 2400, default_addr_pool = [\"10.20.0.0/16\"] }."
  type = object({
    listen_port       = optional(number, 2377)
    data_path_port    = optional(number, 4789)
    default_addr_pool = optional(list(string), [])
  })
  default  = {}
  nullable = false
}

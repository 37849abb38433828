variable "cluster" {
  description = "Name of the cluster, which everything is named after; the Terraform workspace in the roots. Example: \"dev\"."
  type        = string
  nullable    = false
}

variable "groups" {
  description = <<-EOT
    Groups of nodes, by name, each node named <cluster>-<group>-<n>. The groups manager and worker are always there, with 1 and 2 nodes.
    * `count`, `role`, `labels`, `availability`: as in modules/names; changed in place.
    * `type`: commercial type of the servers ("DEV1-S").
    * `zones`: availability zones of the region that the group's servers go to, in turn; null: zone. A server stays in the one that it was made in.
    * `disk`: `size` in GB of the root (null: that of the image), and its `type`, "sbs_volume" (block storage) or "l_ssd" (local, for types that have it); `docker_size` in GB of a block volume for /var/lib/docker (null: none) and its `docker_iops`, 5000 or 15000. Servers that run keep what they have.
    * `public_ip`: true: the group's nodes have public addresses in a private network, too, for what they publish.
    * `security_group_id`: a security group of yours for the group's servers, in the same zone, in place of the one that is made: a server is in one only. It has to let in SSH, and what services publish.
    * `image`, `script`: where they are not the cluster's.
    * `spot`, `instance_profile`, `subnet_ids`, `security_group_ids`: groups on AWS have them. Scaleway does not, and a group that asks for one is refused.
    Example: { manager = { count = 3, zones = ["fr-par-1", "fr-par-2"] }, batch = { count = 2, type = "PRO2-S", disk = { docker_size = 100 } } }.
  EOT
  type = map(object({
    count        = optional(number)
    role         = optional(string)
    labels       = optional(map(string))
    availability = optional(string)
    type         = optional(string)
    disk = optional(object({
      size        = optional(number)
      type        = optional(string, "sbs_volume")
      docker_size = optional(number)
      docker_iops = optional(number, 5000)
    }))
    zones              = optional(list(string))
    public_ip          = optional(bool)
    security_group_id  = optional(string)
    image              = optional(string)
    script             = optional(string)
    spot               = optional(bool)
    instance_profile   = optional(string)
    subnet_ids         = optional(list(string))
    security_group_ids = optional(list(string))
  }))
  default  = {}
  nullable = false

  # Named here, since Terraform drops attributes that a type does not have without a word.
  validation {
    condition     = !anytrue([for group in values(var.groups) : coalesce(group.spot, false)])
    error_message = "Group ${join(", ", [for name, group in var.groups : name if coalesce(group.spot, false)])} asks for spot servers, which Scaleway does not have; leave spot out."
  }

  validation {
    condition     = alltrue([for group in values(var.groups) : group.instance_profile == null])
    error_message = "Group ${join(", ", [for name, group in var.groups : name if group.instance_profile != null])} asks for an instance profile, which servers on Scaleway do not have; leave instance_profile out, and give services an API key as a secret of the swarm."
  }

  validation {
    condition     = alltrue([for group in values(var.groups) : group.subnet_ids == null])
    error_message = "Group ${join(", ", [for name, group in var.groups : name if group.subnet_ids != null])} asks for subnets, but on Scaleway all servers are in the one subnet of their private network; leave subnet_ids out, or use zones."
  }

  validation {
    condition     = alltrue([for group in values(var.groups) : group.security_group_ids == null])
    error_message = "Group ${join(", ", [for name, group in var.groups : name if group.security_group_ids != null])} asks for more security groups, but a server on Scaleway is in one only; use security_group_id, which takes the place of the one that is made."
  }

  validation {
    condition     = alltrue([for group in values(var.groups) : group.zones == null ? true : length(group.zones) > 0 && alltrue([for zone in group.zones : startswith(zone, "${join("-", slice(split("-", "${var.zone}--"), 0, 2))}-")])])
    error_message = "zones of group ${join(", ", [for name, group in var.groups : name if group.zones != null])}: name at least one, all of them in the region of zone, ${var.zone}, as the private network is."
  }

  validation {
    condition     = alltrue([for disk in [for group in values(var.groups) : group.disk if group.disk != null] : contains(["sbs_volume", "l_ssd"], disk.type) && (disk.size == null ? true : disk.size >= 10)])
    error_message = "disk of ${join(", ", [for name, group in var.groups : name if group.disk != null])}: its type is sbs_volume or l_ssd, its size 10 GB or more."
  }

  validation {
    condition     = alltrue([for disk in [for group in values(var.groups) : group.disk if group.disk != null] : (disk.docker_size == null ? true : disk.docker_size >= 5) && contains([5000, 15000], disk.docker_iops)])
    error_message = "disk of ${join(", ", [for name, group in var.groups : name if group.disk != null])}: docker_size is 5 GB or more, docker_iops 5000 or 15000."
  }

  validation {
    condition     = var.network == "private" || !anytrue([for group in values(var.groups) : group.public_ip == null ? false : !group.public_ip])
    error_message = "public_ip is false for ${join(", ", [for name, group in var.groups : name if group.public_ip == null ? false : !group.public_ip])} while network is \"public\", where every node has a public address; use network = \"private\"."
  }
}

variable "roles" {
  description = "Role by node name, where it differs from its group's; changed in place, the server stays. Example: { \"dev-worker-1\" = \"manager\", \"dev-worker-2\" = \"manager\" }."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "labels" {
  description = "Swarm labels by node name, beside those of its group; changed in place. Example: { \"dev-worker-1\" = { disk = \"ssd\" } }."
  type        = map(map(string))
  default     = {}
  nullable    = false
}

variable "availability" {
  description = "Availability by node name, where it differs from its group's: \"active\", \"pause\" or \"drain\"; changed in place. Example: { \"dev-manager-1\" = \"drain\" }."
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

variable "image" {
  description = "Image of new servers, by label or id, of the groups that have none of their own; one that runs keeps the image that it was made from. Example: \"ubuntu_noble\"."
  type        = string
  default     = "ubuntu_noble"
  nullable    = false
}

variable "spread_managers" {
  description = "Whether the managers are in a placement group, each on hardware of its own as far as there is any."
  type        = bool
  default     = true
  nullable    = false
}

variable "create_private_network" {
  description = "Whether a private network is made; null: if private_network_id is not given. Set it to false where that network is made in the same root, as its id is unknown in the plan."
  type        = bool
  default     = null

  validation {
    condition     = var.create_private_network == null ? true : var.create_private_network == (var.private_network_id == null)
    error_message = var.create_private_network == true ? "create_private_network is true, and private_network_id is given; leave one of them out." : "create_private_network is false without a private_network_id; give the network that the servers are to be in."
  }
}

variable "private_network_id" {
  description = "Private network that the servers are attached to; null: one is made. Example: \"fr-par/22222222-2222-2222-2222-222222222222\"."
  type        = string
  default     = null
}

variable "routes" {
  description = "Gateways of yours through which the nodes reach the internet, where they are made in the same root: they exist before the first server, and until every node has left. Only depended upon. Example: [scaleway_vpc_gateway_network.this]."
  type        = any
  default     = null
}

variable "subnet" {
  description = "IPv4 network of the private network that is made; null: Scaleway chooses one. Example: \"10.31.7.0/24\"."
  type        = string
  default     = null

  validation {
    condition     = var.subnet == null ? true : try(cidrsubnet(var.subnet, 0, 0) == var.subnet && tonumber(split("/", var.subnet)[1]) >= 20 && tonumber(split("/", var.subnet)[1]) <= 29, false)
    error_message = "subnet is \"${coalesce(var.subnet, "null")}\"; use an IPv4 network with a prefix length of 20 to 29, for example \"10.31.7.0/24\"."
  }

  validation {
    condition     = var.subnet == null ? true : local.makes_network
    error_message = "subnet is for the network that is made, but private_network_id names one that is there; give one of the two."
  }

  validation {
    condition     = var.subnet == null ? true : !startswith(var.subnet, "10.0.") || length(var.swarm.default_addr_pool) > 0
    error_message = "subnet is \"${coalesce(var.subnet, "null")}\", where swarms keep their overlay networks (10.0.0.0/8 from 10.0.0.0 on); use another one, or set swarm.default_addr_pool."
  }
}

variable "vpc_id" {
  description = "VPC of the private network that is made; null: the project's default one. Example: \"fr-par/33333333-3333-3333-3333-333333333333\"."
  type        = string
  default     = null
}

variable "network" {
  description = "\"public\": every node has a public address of its own. \"private\": none has, but those of groups with `public_ip`; they go out through a public gateway and are reached through its bastion."
  type        = string
  default     = "public"
  nullable    = false

  validation {
    condition     = contains(["public", "private"], var.network)
    error_message = "network is \"${var.network}\"; use public or private."
  }
}

variable "gateway_type" {
  description = "Commercial type of the public gateway. Example: \"VPC-GW-S\"."
  type        = string
  default     = "VPC-GW-S"
  nullable    = false
}

variable "create_bastion" {
  description = "Whether the gateway that is made is the bastion of a private network; null: if bastion is enabled and has no host. Set it to false where that host is made in the same root, as its address is unknown in the plan."
  type        = bool
  default     = null

  validation {
    condition     = var.create_bastion == null ? true : var.create_bastion == (var.network == "private" && var.bastion.enabled && var.bastion.host == null)
    error_message = var.create_bastion == true ? "create_bastion is true, but a bastion is made with network = \"private\", where bastion has no host and is enabled." : "create_bastion is false without a bastion.host; give that of yours, or bastion.enabled = false where none is needed."
  }
}

variable "bastion" {
  description = <<-EOT
    The bastion of a private network. By default the public gateway that is made is one.
    * `enabled`: false: there is none; the private addresses are reached from where Terraform runs, by a VPN for example.
    * `host`, `port`, `user`, `private_key`: one of yours instead, in the private network of yours (private_network_id), which has its own way out; no gateway is made.
    Example: { host = "203.0.113.9", user = "jump" }.
  EOT
  type = object({
    enabled     = optional(bool, true)
    host        = optional(string)
    port        = optional(number, 22)
    user        = optional(string)
    private_key = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.bastion.host == null || !local.makes_network
    error_message = "bastion.host goes with private_network_id; in a network that is made here there is no machine of yours yet."
  }

  validation {
    condition     = var.network == "private" || var.bastion.host == null
    error_message = "bastion.host goes with network = \"private\"; with public addresses the nodes are reached directly."
  }
}

variable "ssh_cidrs" {
  description = "Networks that SSH is reached from. Give the address that you come from; nothing is open to everyone unless you write so. Example: [\"203.0.113.7/32\"]."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.ssh_cidrs) > 0 || var.bastion.host != null
    error_message = "ssh_cidrs is empty, so that nobody would reach the nodes over SSH, which everything here goes through; give the address that you come from, for example [\"203.0.113.7/32\"]."
  }
}

variable "ingress_ports" {
  description = "Ports that services publish, as modules/ports takes them. Example: [{ port = 80 }, { port = 443 }, { port = 8080, cidrs = [\"203.0.113.0/24\"] }]."
  type        = any
  default     = []
  nullable    = false
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

variable "host_key_source" {
  description = <<-EOT
    How a new server's host key is known on the first connection, where modules/swarm has none in ssh.host_keys.
    * "user-data": the server publishes its public host keys in its own user data, and no others are accepted. Terraform runs curl for that, with the API key that the provider has from SCW_SECRET_KEY or the file of scw.
    * "first-use": as ssh.host_key_policy of modules/swarm has it.
    Servers that were made without publishing keep the key that the state has.
  EOT
  type        = string
  default     = "user-data"
  nullable    = false

  validation {
    condition     = contains(["user-data", "first-use"], var.host_key_source)
    error_message = "host_key_source is \"${var.host_key_source}\"; use user-data or first-use."
  }
}

variable "docker" {
  description = "Docker's version and settings on new servers, as modules/docker takes them. Example: { version = \"28.3.3\", source = \"docker\", metrics_address = \"0.0.0.0:9323\" }."
  type        = any
  default     = {}
  nullable    = false
}

variable "script" {
  description = "Shell commands run as root on a new server after Docker is there; null: none. Example: \"apt-get install -y nfs-common\"."
  type        = string
  default     = null
}

variable "swarm" {
  description = "The settings of modules/swarm that the network depends on, with the same values as there: the ports that nodes open to each other, and the networks of overlays. Example: { listen_port = 2400, default_addr_pool = [\"10.20.0.0/16\"] }."
  type = object({
    listen_port       = optional(number, 2377)
    data_path_port    = optional(number, 4789)
    default_addr_pool = optional(list(string), [])
  })
  default  = {}
  nullable = false
}

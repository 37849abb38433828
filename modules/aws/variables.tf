variable "cluster" {
  description = "Name of the cluster, which everything is named after; the Terraform workspace in the roots. Example: \"dev\"."
  type        = string
  nullable    = false
}

variable "roles" {
  description = "Role by node name, where it differs from its group's; changed in place, the instance stays. Example: { \"dev-worker-1\" = \"manager\", \"dev-worker-2\" = \"manager\" }."
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

variable "groups" {
  description = <<-EOT
    Groups of nodes, by name, each node named <cluster>-<group>-<n>. The groups manager and worker are always there, with 1 and 2 nodes.
    * `count`, `role`, `labels`, `availability`: as in modules/names; changed in place.
    * `type`: instance type ("t3.small"). `spot`: whether new ones are spot instances, which AWS may take away.
    * `disk`: gp3 and encrypted: `size` in GiB of the root (20); `docker_size` in GiB of one more for /var/lib/docker; null: none, which goes with new instances only.
    * `zones`: availability zones of the VPC that is made, or `subnet_ids`: subnets of yours, that the group's nodes go to, in turn; null: those of the cluster.
    * `image`, `instance_profile`, `script`: where they are not the cluster's. `security_group_ids`: beside those of the cluster.
    Example: { manager = { count = 3 }, gpu = { count = 2, type = "g5.xlarge", disk = { docker_size = 100 }, labels = { gpu = "yes" } } }.
  EOT
  type = map(object({
    count        = optional(number)
    role         = optional(string)
    labels       = optional(map(string))
    availability = optional(string)
    type         = optional(string)
    spot         = optional(bool)
    disk = optional(object({
      size        = optional(number, 20)
      docker_size = optional(number)
    }))
    zones      = optional(list(string))
    subnet_ids = optional(list(string))
    image = optional(object({
      distribution = optional(string, "ubuntu-26.04")
      owner        = optional(string)
      name         = optional(string)
      id           = optional(string)
      user         = optional(string)
    }))
    security_group_ids = optional(list(string))
    instance_profile   = optional(string)
    script             = optional(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = !contains(keys(var.groups), "bastion")
    error_message = "A group may not be named bastion, which the bastion is."
  }

  validation {
    condition     = !anytrue([for name, group in var.groups : coalesce(group.spot, false) && coalesce(group.role, name) == "manager"])
    error_message = "Group ${join(", ", [for name, group in var.groups : name if coalesce(group.spot, false) && coalesce(group.role, name) == "manager"])} has managers on spot instances, which AWS takes away when it likes; a majority of managers has to stay. Use spot = false."
  }

  validation {
    condition     = alltrue([for group in values(var.groups) : group.disk == null ? true : group.disk.size >= 8 && (group.disk.docker_size == null ? true : group.disk.docker_size >= 1)])
    error_message = "disk of ${join(", ", [for name, group in var.groups : name if group.disk != null])}: size is 8 GiB or more, docker_size 1 GiB or more."
  }

  validation {
    condition     = alltrue([for group in values(var.groups) : (group.zones == null || local.makes_vpc) && (group.subnet_ids == null || !local.makes_vpc)])
    error_message = "A group has zones where the VPC is made, and subnet_ids where it is yours; correct ${join(", ", [for name, group in var.groups : name if group.zones != null || group.subnet_ids != null])}."
  }

  validation {
    condition     = alltrue([for group in values(var.groups) : group.zones == null ? true : length(group.zones) > 0]) && alltrue([for group in values(var.groups) : group.subnet_ids == null ? true : length(group.subnet_ids) > 0])
    error_message = "zones and subnet_ids of a group name at least one, or are left out."
  }
}

variable "network" {
  description = "\"public\": every node has a public address of its own. \"private\": none has; they go out through a NAT gateway and are reached through a bastion."
  type        = string
  default     = "public"
  nullable    = false

  validation {
    condition     = contains(["public", "private"], var.network)
    error_message = "network is \"${var.network}\"; use public or private."
  }
}

variable "zones" {
  description = "Availability zones of the VPC that is made, in the order in which new nodes are put there; empty: the first zone_count of the region. Example: [\"eu-west-1a\", \"eu-west-1b\"]."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(distinct(var.zones)) == length(var.zones) && length(var.zones) <= 8
    error_message = "zones holds each zone once, and 8 at most."
  }
}

variable "zone_count" {
  description = "Number of zones of the VPC that is made, where zones does not name them; fewer where the region has fewer. Nodes stay in the zone that they are in. Example: 3."
  type        = number
  default     = 3
  nullable    = false

  validation {
    condition     = contains([1, 2, 3, 4, 5, 6, 7, 8], var.zone_count)
    error_message = "zone_count is ${var.zone_count}; use 1 to 8."
  }
}

variable "vpc_cidr" {
  description = "IPv4 network of the VPC that is made. Example: \"10.31.0.0/16\"."
  type        = string
  default     = "10.64.0.0/16"
  nullable    = false

  validation {
    condition     = try(cidrsubnet(var.vpc_cidr, 0, 0) == var.vpc_cidr && tonumber(split("/", var.vpc_cidr)[1]) >= 16 && tonumber(split("/", var.vpc_cidr)[1]) <= 24 && !strcontains(var.vpc_cidr, ":"), false)
    error_message = "vpc_cidr is \"${var.vpc_cidr}\"; use an IPv4 network with a prefix length of 16 to 24, for example \"10.31.0.0/16\"."
  }

  validation {
    condition     = !local.makes_vpc || !startswith(var.vpc_cidr, "10.0.") || length(var.swarm.default_addr_pool) > 0
    error_message = "vpc_cidr is \"${var.vpc_cidr}\", where swarms keep their overlay networks (10.0.0.0/8 from 10.0.0.0 on); use another one, or set swarm.default_addr_pool."
  }
}

variable "public_cidrs" {
  description = "IPv4 networks of the public subnets, one for each zone; empty: a sixteenth of vpc_cidr each. Example: [\"10.31.0.0/24\", \"10.31.1.0/24\"]."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for cidr in var.public_cidrs : try(cidrsubnet(cidr, 0, 0) == cidr && tonumber(split("/", cidr)[1]) >= 16 && tonumber(split("/", cidr)[1]) <= 28, false)])
    error_message = "public_cidrs holds IPv4 networks with a prefix length of 16 to 28, for example \"10.31.0.0/24\"; AWS makes no smaller subnets."
  }
}

variable "private_cidrs" {
  description = "IPv4 networks of the private subnets, one for each zone; empty: a sixteenth of vpc_cidr each. Example: [\"10.31.128.0/24\", \"10.31.129.0/24\"]."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for cidr in var.private_cidrs : try(cidrsubnet(cidr, 0, 0) == cidr && tonumber(split("/", cidr)[1]) >= 16 && tonumber(split("/", cidr)[1]) <= 28, false)])
    error_message = "private_cidrs holds IPv4 networks with a prefix length of 16 to 28, for example \"10.31.128.0/24\"; AWS makes no smaller subnets."
  }
}

variable "nat" {
  description = "How a private network that is made reaches the internet: by \"one\" NAT gateway for all zones, or by one in each \"zone\", so that a zone that fails cuts off no other."
  type        = string
  default     = "one"
  nullable    = false

  validation {
    condition     = contains(["one", "zone"], var.nat)
    error_message = "nat is \"${var.nat}\"; use one or zone."
  }
}

variable "create_vpc" {
  description = "Whether a VPC is made; null: if no subnet_ids are given. Set it where a VPC or subnets of yours are made in the same root, as their ids are unknown in the plan."
  type        = bool
  default     = null

  validation {
    condition     = var.create_vpc == null ? true : var.create_vpc == (var.vpc_id == null)
    error_message = var.create_vpc == true ? "create_vpc is true, and vpc_id is given; leave one of them out." : "create_vpc is false without a vpc_id; give the VPC that the nodes are to be in, and subnet_ids."
  }
}

variable "vpc_id" {
  description = "A VPC of yours, with subnets, routes and a way out; null: one is made. Example: \"vpc-0a1b2c3d4e5f60718\"."
  type        = string
  default     = null

  validation {
    condition     = (var.vpc_id == null) == (length(var.subnet_ids) == 0)
    error_message = "vpc_id and subnet_ids go together; give both for a VPC of yours, neither for one that is made."
  }
}

variable "routes" {
  description = "Routes and gateways of yours through which the nodes, and a bastion that is made, reach the internet, where they are made in the same root: they exist before the first instance, and until every node has left. Only depended upon. Example: [aws_route.internet, aws_route_table_association.public]."
  type        = any
  default     = null
}

variable "subnet_ids" {
  description = "Subnets of vpc_id that the nodes go to, in turn; nodes that are there stay where they are. How many they are is known when the plan is made, their ids need not be. Example: [\"subnet-0a1b\", \"subnet-0c2d\", \"subnet-0e3f\"]."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "create_bastion" {
  description = "Whether the bastion of a private network is made; null: if bastion is enabled and has no host. Set it to false where that host is made in the same root, as its address is unknown in the plan."
  type        = bool
  default     = null

  validation {
    condition     = var.create_bastion == null ? true : var.create_bastion == (var.network == "private" && var.bastion.enabled && var.bastion.host == null)
    error_message = var.create_bastion == true ? "create_bastion is true, but a bastion is made with network = \"private\", where bastion has no host and is enabled." : "create_bastion is false without a bastion.host; give that of yours, or bastion.enabled = false where none is needed."
  }

  validation {
    condition     = var.network != "private" || local.makes_vpc || !var.bastion.enabled || (var.create_bastion == null ? var.bastion.host != null : !var.create_bastion) || var.bastion.subnet_id != null
    error_message = "A bastion is to be made in a VPC of yours; give bastion.subnet_id, a public subnet there, or bastion.host of one that you have, or bastion.enabled = false where none is needed."
  }
}

variable "bastion" {
  description = <<-EOT
    The bastion of a private network. By default one is made.
    * `enabled`: false: there is none; the private addresses are reached from where Terraform runs, by a VPN for example, and ssh_cidrs says from where.
    * `host`, `port`, `user`, `private_key`: one of yours instead; ssh_cidrs then says where it comes from, for example "10.31.0.9/32".
    * `type`, `disk`: instance type of the one that is made, and its disk's `size` in GiB (8). `subnet_id`: its public subnet, needed with vpc_id.
    Example: { type = "t4g.nano" } or { host = "203.0.113.9", user = "jump" }.
  EOT
  type = object({
    enabled     = optional(bool, true)
    host        = optional(string)
    port        = optional(number, 22)
    user        = optional(string)
    private_key = optional(string)
    type        = optional(string, "t3.micro")
    disk = optional(object({
      size = optional(number, 8)
    }), {})
    subnet_id = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.network == "private" || var.bastion.host == null
    error_message = "bastion.host goes with network = \"private\"; with public addresses the nodes are reached directly."
  }
}

variable "ssh_cidrs" {
  description = "Networks that SSH is reached from: the nodes', or in a private network the bastion's. Give the address that you come from; nothing is open to everyone unless you write so. Example: [\"203.0.113.7/32\"]."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.ssh_cidrs) > 0
    error_message = "ssh_cidrs is empty, so that nobody would reach the cluster over SSH, which everything here goes through; give the address that you come from, for example [\"203.0.113.7/32\"]."
  }
}

variable "ingress_ports" {
  description = "Ports that services publish, as modules/ports takes them. Example: [{ port = 80 }, { port = 443 }, { port = 8080, cidrs = [\"203.0.113.0/24\"] }]."
  type        = any
  default     = []
  nullable    = false
}

variable "security_group_ids" {
  description = "Security groups of yours that the nodes are in as well, for example one that a load balancer may reach. Example: [\"sg-0a1b2c3d4e5f60718\"]."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "public_key" {
  description = "The public key that a key pair is made of, as the line in its file; or use key_name. Example: \"ssh-ed25519 AAAA... me\"."
  type        = string
  default     = null

  validation {
    condition     = (var.public_key == null) != (var.key_name == null)
    error_message = "Give either public_key, the line in a public key file, or key_name, a key pair that is in AWS already."
  }

  validation {
    condition = var.public_key == null ? true : can(regex(
      "^(ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI[0-9A-Za-z+/]{43}|ssh-rsa AAAAB3NzaC1yc2E[0-9A-Za-z+/]+=*)( [^\n]*)?$", trimspace(var.public_key),
    ))
    error_message = "public_key is no whole ed25519 or RSA public key, the kinds that AWS takes; give the line that stands in the file, for example in ~/.ssh/id_ed25519.pub, and not its path."
  }
}

variable "key_name" {
  description = "Name of a key pair that is there already. Example: \"me\"."
  type        = string
  default     = null
}

variable "ssh_keys" {
  description = "Public keys that may log in on the nodes beside that of the key pair, one line each. The bastion knows the key pair's only. Example: [\"ssh-ed25519 AAAA... me\"]."
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
    How a new instance's host key is known on the first connection, where modules/swarm has none in ssh.host_keys.
    * "first-use": as ssh.host_key_policy of modules/swarm has it. Needs no right.
    * "console": the instance publishes its public host keys on its console, and no others are accepted. Terraform runs the AWS CLI for that, with the right ec2:GetConsoleOutput.
    Instances whose key is in the state keep it.
  EOT
  type        = string
  default     = "first-use"
  nullable    = false

  validation {
    condition     = contains(["first-use", "console"], var.host_key_source)
    error_message = "host_key_source is \"${var.host_key_source}\"; use first-use or console."
  }
}

variable "image" {
  description = <<-EOT
    Image of new instances, of the groups that have none of their own and of the bastion; one that runs keeps the image that it was made from.
    * `distribution`: "ubuntu-26.04" (default), "ubuntu-24.04", "debian-13" or "debian-12", the newest of its owner's.
    * `owner`, `name`: the newest of yours by name instead; %s stands for amd64 or arm64. `id`: exactly that one.
    * `user`: who logs in, needed where the image is yours.
    Example: { distribution = "debian-13" } or { owner = "self", name = "swarm-*", user = "admin" } or { id = "ami-0a1b2c3d", user = "ec2-user" }.
  EOT
  type = object({
    distribution = optional(string, "ubuntu-26.04")
    owner        = optional(string)
    name         = optional(string)
    id           = optional(string)
    user         = optional(string)
  })
  default  = {}
  nullable = false

  # Those of the groups, too
  validation {
    condition     = alltrue([for image in concat([var.image], [for group in values(var.groups) : group.image if group.image != null]) : contains(["ubuntu-26.04", "ubuntu-24.04", "debian-13", "debian-12"], image.distribution)])
    error_message = "image.distribution, here or in a group, is not known; use ubuntu-26.04, ubuntu-24.04, debian-13 or debian-12, or name an image of yours."
  }

  validation {
    condition     = alltrue([for image in concat([var.image], [for group in values(var.groups) : group.image if group.image != null]) : (image.owner == null) == (image.name == null)])
    error_message = "image.owner and image.name go together, here and in a group; a name alone could be anybody's image."
  }

  validation {
    condition     = alltrue([for image in concat([var.image], [for group in values(var.groups) : group.image if group.image != null]) : image.user != null || (image.id == null && image.name == null)])
    error_message = "image.user is missing, here or in a group; say who logs in on an image of yours, for example \"admin\"."
  }
}

variable "kms_key_id" {
  description = "KMS key that the disks are encrypted with; null: the account's key for EBS. Example: \"arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab\"."
  type        = string
  default     = null
}

variable "protect_managers" {
  description = "Whether AWS refuses to terminate managers. A plan that removes one, or all, is refused before anything is touched; to remove one, set this to false and apply first."
  type        = bool
  default     = false
  nullable    = false
}

variable "monitoring" {
  description = "Whether instances are watched each minute instead of every five, which is billed."
  type        = bool
  default     = false
  nullable    = false
}

variable "instance_profile" {
  description = "Name of an instance profile for the nodes, for services that ask something of AWS from the host; null: none. Example: \"swarm-nodes\"."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of every resource, beside Name and swarm. Example: { team = \"a\" }."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "docker" {
  description = "Docker's version and settings on new instances, as modules/docker takes them. Example: { version = \"28.3.3\", source = \"docker\", metrics_address = \"0.0.0.0:9323\" }."
  type        = any
  default     = {}
  nullable    = false
}

variable "script" {
  description = "Shell commands run as root on a new instance after Docker is there; null: none. Example: \"apt-get install -y nfs-common\"."
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

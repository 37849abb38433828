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
  description = "Role by node name, where it differs from the one in the name; changed in place, the instance stays. Example: { \"dev-worker-1\" = \"manager\", \"dev-worker-2\" = \"manager\" }."
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

variable "pools" {
  description = <<-EOT
    More nodes beside the counted ones, by name of the pool, as <cluster>-<pool>-<n>.
    * `count`: number of nodes. `role`: "worker" (default) or "manager". `type`: instance type. `spot`: whether new ones are spot instances.
    * `labels`, `availability`: as the swarm has them; `labels` and `availability` of one node win over these.
    * `disk`: as manager_disk.
    Example: { gpu = { count = 2, type = "g5.xlarge", labels = { gpu = "yes" } } }.
  EOT
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
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for pool in values(var.pools) : contains(["worker", "manager"], pool.role)])
    error_message = "Unknown role of pool ${join(", ", [for name, pool in var.pools : "${name} (${pool.role})" if !contains(["worker", "manager"], pool.role)])}; use worker or manager."
  }

  validation {
    condition     = alltrue([for name in keys(var.pools) : can(regex("^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$", name)) && !contains(["manager", "worker", "bastion"], name)])
    error_message = "Pools are named with 1 to 20 lower-case letters, digits and hyphens, and not manager, worker or bastion, since hostnames are made of them; correct ${join(", ", [for name in keys(var.pools) : name if !can(regex("^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$", name)) || contains(["manager", "worker", "bastion"], name)])}."
  }

  validation {
    condition     = alltrue([for pool in values(var.pools) : pool.count >= 0 && floor(pool.count) == pool.count])
    error_message = "The count of a pool is a whole number, 0 or more; correct ${join(", ", [for name, pool in var.pools : name if pool.count < 0 || floor(pool.count) != pool.count])}."
  }

  validation {
    condition     = !anytrue([for pool in values(var.pools) : pool.spot && pool.role == "manager"])
    error_message = "Pool ${join(", ", [for name, pool in var.pools : name if pool.spot && pool.role == "manager"])} has managers on spot instances, which AWS takes away when it likes; a majority of managers has to stay. Use spot = false."
  }

  validation {
    condition     = alltrue([for pool in values(var.pools) : pool.disk.size >= 8 && (pool.disk.docker_size == null ? true : pool.disk.docker_size >= 1)])
    error_message = "disk of ${join(", ", keys(var.pools))}: size is 8 GiB or more, docker_size 1 GiB or more."
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
  description = "Over how many zones the VPC that is made reaches, where zones does not name them; fewer where the region has fewer. Nodes that are there stay where they are. Example: 3."
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
    condition     = var.vpc_id != null || !startswith(var.vpc_cidr, "10.0.") || length(var.swarm.default_addr_pool) > 0
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
  description = "How a private network that is made goes out: \"one\" NAT gateway for all zones, or one in each \"zone\", which a zone that fails takes nobody else's way out along with."
  type        = string
  default     = "one"
  nullable    = false

  validation {
    condition     = contains(["one", "zone"], var.nat)
    error_message = "nat is \"${var.nat}\"; use one or zone."
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

variable "subnet_ids" {
  description = "Subnets of vpc_id that the nodes go to, in turn; nodes that are there stay where they are. Example: [\"subnet-0a1b\", \"subnet-0c2d\", \"subnet-0e3f\"]."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "bastion" {
  description = <<-EOT
    The bastion of a private network. null: there is none, the private addresses are reached from where Terraform runs, by a VPN for example, and ssh_cidrs says from where.
    * `type`, `size`: instance type of the one that is made, and GiB of its disk. `subnet_id`: its public subnet, needed with vpc_id.
    * `host`, `port`, `user`, `private_key`: one of yours instead; ssh_cidrs then says where it comes from, for example "10.31.0.9/32".
    Example: { type = "t4g.nano" }.
  EOT
  type = object({
    type        = optional(string, "t3.micro")
    size        = optional(number, 8)
    subnet_id   = optional(string)
    host        = optional(string)
    port        = optional(number, 22)
    user        = optional(string)
    private_key = optional(string)
  })
  default = {}

  validation {
    condition     = var.network != "private" || var.vpc_id == null || var.bastion == null || try(var.bastion.host, null) != null || try(var.bastion.subnet_id, null) != null
    error_message = "A bastion is to be made in a VPC of yours; give bastion.subnet_id, a public subnet there, or bastion.host of one that you have, or bastion = null where none is needed."
  }
}

variable "ssh_cidrs" {
  description = "Networks that SSH is reached from: the nodes', or in a private network the bastion's. Give the address that you come from; nothing is open to everyone unless you write so. Example: [\"203.0.113.7/32\"]."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.ssh_cidrs) > 0
    error_message = "ssh_cidrs is empty, so that nobody would reach the cluster over SSH, which everything here goes through; give the address that you come from, for example [\"203.0.113.7/32\"]."
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

variable "security_group_ids" {
  description = "Security groups of yours that the nodes are in as well, for example one that a load balancer may reach. Example: [\"sg-0a1b2c3d4e5f60718\"]."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "public_key" {
  description = "Path of the public key that a key pair is made of; or use key_name. Example: \"~/.ssh/id_ed25519.pub\"."
  type        = string
  default     = null

  validation {
    condition     = (var.public_key == null) != (var.key_name == null)
    error_message = "Give either public_key, the path of a public key file, or key_name, a key pair that is in AWS already."
  }

  validation {
    condition     = var.public_key == null ? true : can(regex("^(ssh-ed25519|ssh-rsa) ", file(pathexpand(var.public_key))))
    error_message = "public_key is \"${coalesce(var.public_key, "null")}\", which is no file with an ed25519 or RSA public key; these are the kinds that AWS takes."
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

variable "image" {
  description = <<-EOT
    Image of new instances; one that runs keeps the image that it was made from.
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

  validation {
    condition     = contains(["ubuntu-26.04", "ubuntu-24.04", "debian-13", "debian-12"], var.image.distribution)
    error_message = "image.distribution is \"${var.image.distribution}\"; use ubuntu-26.04, ubuntu-24.04, debian-13 or debian-12, or name an image of yours."
  }

  validation {
    condition     = (var.image.owner == null) == (var.image.name == null)
    error_message = "image.owner and image.name go together; a name alone could be anybody's image."
  }

  validation {
    condition     = var.image.user != null || (var.image.id == null && var.image.name == null)
    error_message = "image.user is missing; say who logs in on an image of yours, for example \"admin\"."
  }
}

variable "manager_type" {
  description = "Instance type of the nodes named manager. Example: \"t4g.small\"."
  type        = string
  default     = "t3.small"
  nullable    = false
}

variable "worker_type" {
  description = "Instance type of the nodes named worker. Example: \"m7g.large\"."
  type        = string
  default     = "t3.small"
  nullable    = false
}

variable "worker_spot" {
  description = "Whether new nodes named worker are spot instances, which AWS may take away. Example: true."
  type        = bool
  default     = false
  nullable    = false
}

variable "manager_disk" {
  description = "Disks of the managers, gp3 and encrypted: `size` in GiB of the root; `docker_size` in GiB of one more for /var/lib/docker, null: none, which goes with new instances only. Example: { size = 20, docker_size = 40 }."
  type = object({
    size        = optional(number, 20)
    docker_size = optional(number)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.manager_disk.size >= 8 && (var.manager_disk.docker_size == null ? true : var.manager_disk.docker_size >= 1)
    error_message = "manager_disk: size is 8 GiB or more, docker_size 1 GiB or more."
  }
}

variable "worker_disk" {
  description = "Disks of the workers, as manager_disk. Example: { size = 20, docker_size = 100 }."
  type = object({
    size        = optional(number, 20)
    docker_size = optional(number)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.worker_disk.size >= 8 && (var.worker_disk.docker_size == null ? true : var.worker_disk.docker_size >= 1)
    error_message = "worker_disk: size is 8 GiB or more, docker_size 1 GiB or more."
  }
}

variable "kms_key_id" {
  description = "KMS key that the disks are encrypted with; null: the account's key for EBS. Example: \"arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab\"."
  type        = string
  default     = null
}

variable "protect_managers" {
  description = "Whether AWS refuses to terminate managers, and Terraform to take one away, or all, before anything is touched; for that set this to false and apply first."
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

variable "docker_version" {
  description = "The one version of Docker that every node gets, also one added later; null: that of `docker`, else the newest there is on that day. Example: \"28.3.3\"."
  type        = string
  default     = null
}

variable "docker" {
  description = "Docker's daemon settings on new instances; attributes as in modules/docker. Example: { source = \"docker\", metrics_address = \"0.0.0.0:9323\", log_max_size = \"10m\" }."
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
  description = "Shell commands run as root on a new instance after Docker is there; null: none. Example: \"apt-get install -y nfs-common\"."
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

variable "region" {
  description = "Region of everything; null: that of the environment or the AWS configuration file. Example: \"eu-west-1\"."
  type        = string
  default     = null
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
  type        = any
  default     = {}
  nullable    = false

  # Terraform itself says nothing of an attribute that it does not know, and leaves it out.
  validation {
    condition     = length(setsubtract(flatten([for name, one in var.pools : keys(one)]), module.attributes.of.pools)) == 0
    error_message = "Nothing in pools has ${join(" or ", setsubtract(flatten([for name, one in var.pools : keys(one)]), module.attributes.of.pools))}; the attributes are ${join(", ", module.attributes.of.pools)}."
  }

  validation {
    condition     = length(setsubtract(flatten([for pool in var.pools : try(keys(pool.disk), [])]), module.attributes.of.disk)) == 0
    error_message = "No disk of pools has ${join(" or ", setsubtract(flatten([for pool in var.pools : try(keys(pool.disk), [])]), module.attributes.of.disk))}; the attributes are ${join(", ", module.attributes.of.disk)}."
  }
}

variable "network" {
  description = "\"public\": every node has a public address of its own. \"private\": none has; they go out through a NAT gateway and are reached through a bastion."
  type        = string
  default     = "public"
  nullable    = false
}

variable "zones" {
  description = "Availability zones of the VPC that is made, in the order in which new nodes are put there; empty: the first zone_count of the region. Example: [\"eu-west-1a\", \"eu-west-1b\"]."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "zone_count" {
  description = "Over how many zones the VPC that is made reaches, where zones does not name them; fewer where the region has fewer. Nodes that are there stay where they are. Example: 3."
  type        = number
  default     = 3
  nullable    = false
}

variable "vpc_cidr" {
  description = "IPv4 network of the VPC that is made. Example: \"10.31.0.0/16\"."
  type        = string
  default     = "10.64.0.0/16"
  nullable    = false
}

variable "public_cidrs" {
  description = "IPv4 networks of the public subnets, one for each zone; empty: a sixteenth of vpc_cidr each. Example: [\"10.31.0.0/24\", \"10.31.1.0/24\"]."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "private_cidrs" {
  description = "IPv4 networks of the private subnets, one for each zone; empty: a sixteenth of vpc_cidr each. Example: [\"10.31.128.0/24\", \"10.31.129.0/24\"]."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "nat" {
  description = "How a private network that is made goes out: \"one\" NAT gateway for all zones, or one in each \"zone\", which a zone that fails takes nobody else's way out along with."
  type        = string
  default     = "one"
  nullable    = false
}

variable "vpc_id" {
  description = "A VPC of yours, with subnets, routes and a way out; null: one is made. Example: \"vpc-0a1b2c3d4e5f60718\"."
  type        = string
  default     = null
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
  type        = any
  default     = {}

  validation {
    condition     = length(setsubtract(try(keys(var.bastion), []), module.attributes.of.aws_bastion)) == 0
    error_message = "bastion has no ${join(" or ", setsubtract(try(keys(var.bastion), []), module.attributes.of.aws_bastion))}; the attributes are ${join(", ", module.attributes.of.aws_bastion)}."
  }

  validation {
    condition     = alltrue([for path in [try(lookup(var.bastion, "private_key", null), null)] : path == null ? true : try(fileexists(pathexpand(path)), false)])
    error_message = "There is no such file: ${join(", ", [for name, path in { private_key = try(lookup(var.bastion, "private_key", null), null) } : "bastion.${name} (${strcontains(path, "PRIVATE KEY") ? "a key; its path is wanted" : path})" if path == null ? false : !try(fileexists(pathexpand(path)), false)])}; give the path of a private key, as seen from the folder that Terraform runs in."
  }
}

variable "ssh_cidrs" {
  description = "Networks that SSH is reached from: the nodes', or in a private network the bastion's. Give the address that you come from; nothing is open to everyone unless you write so. Example: [\"203.0.113.7/32\"]."
  type        = list(string)
  nullable    = false
}

variable "ingress_ports" {
  description = "Ports that services publish; attributes as in modules/ports. Example: [{ port = 80 }, { port = 443 }, { port = 8080, cidrs = [\"203.0.113.0/24\"] }]."
  type        = any
  default     = []
  nullable    = false

  validation {
    condition     = length(setsubtract(flatten([for one in var.ingress_ports : keys(one)]), module.attributes.of.ingress_ports)) == 0
    error_message = "Nothing in ingress_ports has ${join(" or ", setsubtract(flatten([for one in var.ingress_ports : keys(one)]), module.attributes.of.ingress_ports))}; the attributes are ${join(", ", module.attributes.of.ingress_ports)}."
  }
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
}

variable "key_name" {
  description = "Name of a key pair that is there already. Example: \"me\"."
  type        = string
  default     = null
}

variable "ssh" {
  description = <<-EOT
    How the nodes are reached; attributes as in modules/swarm. Example: { private_key = "~/.ssh/id_ed25519", known_hosts = ".swarm/dev.known_hosts" }.
    `host_keys`: public keys to pin, by node name; <cluster>-bastion is the bastion's.
  EOT
  type        = any
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.ssh), module.attributes.of.cloud_ssh)) == 0
    error_message = "ssh has no ${join(" or ", setsubtract(keys(var.ssh), module.attributes.of.cloud_ssh))}; the attributes are ${join(", ", module.attributes.of.cloud_ssh)}."
  }

  # By lookup, since Terraform shows the value of what a condition names.
  validation {
    condition     = alltrue([for path in [try(lookup(var.ssh, "private_key", null), null)] : path == null ? true : try(fileexists(pathexpand(path)), false)])
    error_message = "There is no such file: ${join(", ", [for name, path in { private_key = try(lookup(var.ssh, "private_key", null), null) } : "ssh.${name} (${strcontains(path, "PRIVATE KEY") ? "a key; its path is wanted" : path})" if path == null ? false : !try(fileexists(pathexpand(path)), false)])}; give the path of a private key, as seen from the folder that Terraform runs in."
  }
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
  type        = any
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.image), module.attributes.of.image)) == 0
    error_message = "image has no ${join(" or ", setsubtract(keys(var.image), module.attributes.of.image))}; the attributes are ${join(", ", module.attributes.of.image)}."
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
  type        = any
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.manager_disk), module.attributes.of.disk)) == 0
    error_message = "manager_disk has no ${join(" or ", setsubtract(keys(var.manager_disk), module.attributes.of.disk))}; the attributes are ${join(", ", module.attributes.of.disk)}."
  }
}

variable "worker_disk" {
  description = "Disks of the workers, as manager_disk. Example: { size = 20, docker_size = 100 }."
  type        = any
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.worker_disk), module.attributes.of.disk)) == 0
    error_message = "worker_disk has no ${join(" or ", setsubtract(keys(var.worker_disk), module.attributes.of.disk))}; the attributes are ${join(", ", module.attributes.of.disk)}."
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
  type        = any
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.docker), module.attributes.of.docker)) == 0
    error_message = "docker has no ${join(" or ", setsubtract(keys(var.docker), module.attributes.of.docker))}; the attributes are ${join(", ", module.attributes.of.docker)}."
  }
}

variable "script" {
  description = "Shell commands run as root on a new instance after Docker is there; null: none. Example: \"apt-get install -y nfs-common\"."
  type        = string
  default     = null
}

variable "swarm" {
  description = "Settings the swarm is made with; attributes as in modules/swarm. Example: { listen_port = 2400, default_addr_pool = [\"10.20.0.0/16\"] }."
  type        = any
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.swarm), module.attributes.of.swarm)) == 0
    error_message = "swarm has no ${join(" or ", setsubtract(keys(var.swarm), module.attributes.of.swarm))}; the attributes are ${join(", ", module.attributes.of.swarm)}."
  }
}

variable "token_delivery" {
  description = "How join tokens travel: \"ssh\" (none is in the state) or \"state\" (they are outputs as well)."
  type        = string
  default     = "ssh"
  nullable    = false
}

variable "drain_timeout" {
  description = "How long a node that leaves may take to stop its tasks, with a unit. Example: \"5m\"."
  type        = string
  default     = "5m"
  nullable    = false
}

variable "on_drain_timeout" {
  description = "What happens when tasks have not stopped within drain_timeout: \"fail\" or \"proceed\"."
  type        = string
  default     = "fail"
  nullable    = false
}

variable "standalone_containers" {
  description = "What a node that leaves does about containers that run on it beside the swarm's, which no drain stops: \"ignore\" (name them and go on) or \"refuse\"."
  type        = string
  default     = "ignore"
  nullable    = false
}

variable "from_other_swarm" {
  description = "What happens with a machine that belongs to another swarm: \"refuse\", or \"leave\" (it leaves that one by force, whatever that costs it)."
  type        = string
  default     = "refuse"
  nullable    = false
}

variable "detect_drift" {
  description = "Whether every plan asks the swarm for its nodes and puts back what was changed by hand: role, availability and labels, and nodes that were removed or left. A node that is Down is joined again too, so its machine has to run. Fills the output node_ids."
  type        = bool
  default     = false
  nullable    = false
}

variable "timeouts" {
  description = "How long each executable may take in all, with a unit; null: its own default. Example: { join = \"10m\" }."
  type        = any
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.timeouts), module.attributes.of.timeouts)) == 0
    error_message = "timeouts has no ${join(" or ", setsubtract(keys(var.timeouts), module.attributes.of.timeouts))}; the attributes are ${join(", ", module.attributes.of.timeouts)}."
  }
}

variable "helpers" {
  description = "Folder of the executables; null: bin/ of this checkout. Example: \"/usr/local/bin\"."
  type        = string
  default     = null
}

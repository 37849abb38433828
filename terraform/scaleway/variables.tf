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
}

variable "region" {
  description = "Region of the private network; null: the one that zone is in. Example: \"fr-par\"."
  type        = string
  default     = null
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
  type        = any
  default     = {}
  nullable    = false

  # Terraform itself says nothing of an attribute that it does not know, and leaves it out.
  validation {
    condition     = length(setsubtract(keys(var.manager_volume), module.attributes.of.volume)) == 0
    error_message = "manager_volume has no ${join(" or ", setsubtract(keys(var.manager_volume), module.attributes.of.volume))}; the attributes are ${join(", ", module.attributes.of.volume)}."
  }
}

variable "worker_volume" {
  description = "Volumes of the workers, as manager_volume. Example: { size = 20, docker_size = 100 }."
  type        = any
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.worker_volume), module.attributes.of.volume)) == 0
    error_message = "worker_volume has no ${join(" or ", setsubtract(keys(var.worker_volume), module.attributes.of.volume))}; the attributes are ${join(", ", module.attributes.of.volume)}."
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
}

variable "gateway_type" {
  description = "Commercial type of the public gateway. Example: \"VPC-GW-S\"."
  type        = string
  default     = "VPC-GW-S"
  nullable    = false
}

variable "bastion" {
  description = "A bastion of yours in the given private network, which has its own way out; no gateway is made. Null: the gateway's. Example: { host = \"203.0.113.9\", user = \"jump\" }."
  type        = any
  default     = null

  validation {
    condition     = length(setsubtract(try(keys(var.bastion), []), module.attributes.of.scaleway_bastion)) == 0
    error_message = "bastion has no ${join(" or ", setsubtract(try(keys(var.bastion), []), module.attributes.of.scaleway_bastion))}; the attributes are ${join(", ", module.attributes.of.scaleway_bastion)}."
  }

  validation {
    condition     = alltrue([for path in [try(lookup(var.bastion, "private_key", null), null)] : path == null ? true : try(fileexists(pathexpand(path)), false)])
    error_message = "There is no such file: ${join(", ", [for name, path in { private_key = try(lookup(var.bastion, "private_key", null), null) } : "bastion.${name} (${strcontains(path, "PRIVATE KEY") ? "a key; its path is wanted" : path})" if path == null ? false : !try(fileexists(pathexpand(path)), false)])}; give the path of a private key, as seen from the folder that Terraform runs in."
  }
}

variable "ssh_cidrs" {
  description = "Networks that SSH is reached from. Give the address that you come from; nothing is open to everyone unless you write so. Example: [\"203.0.113.7/32\"]."
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

variable "member_cidrs" {
  description = "Networks of the private network that the members are in. With it the servers themselves close the swarm's ports and the metrics to everybody else there, by IPv4 and IPv6, which security groups do not do. Empty: no such firewall. Example: [\"10.31.7.0/24\"]."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "ssh" {
  description = <<-EOT
    How the servers are reached, as root; attributes as in modules/swarm. Example: { private_key = "~/.ssh/id_ed25519", known_hosts = ".swarm/dev.known_hosts" }.
    `host_keys`: public keys to pin, by node name, and for the bastion by its address.
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
  type        = any
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.docker), module.attributes.of.docker)) == 0
    error_message = "docker has no ${join(" or ", setsubtract(keys(var.docker), module.attributes.of.docker))}; the attributes are ${join(", ", module.attributes.of.docker)}."
  }
}

variable "script" {
  description = "Shell commands run as root on a new server after Docker is there; null: none. Example: \"apt-get install -y nfs-common\"."
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
  description = "How long each executable may take in all, with a unit; null: its own default. `prepare` waits for user data. Example: { join = \"10m\" }."
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

variable "cluster" {
  description = "Name of the cluster, used for the docker context. Example: \"dev\"."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9][a-zA-Z0-9_.+-]*$", var.cluster))
    error_message = "The cluster is named \"${var.cluster}\"; begin with a letter or digit and use letters, digits and _ . + - only, as docker contexts do."
  }
}

variable "nodes" {
  description = <<-EOT
    The nodes, by name. An empty map takes every node out of the swarm.
    * `role`: "manager" or "worker"; changed in place.
    * `machine`: opaque id of the machine, for example the cloud's instance id. Another id means another machine: the old one leaves first, the new one joins.
    * `ssh_host`, `ssh_port`, `ssh_user`: where SSH goes: address or name; port (22); user (that of `ssh`).
    * `private_address`: the address the node advertises to the others. Example: "10.0.1.11".
    * `data_path_address`: address for overlay traffic, where it is another one.
    * `hostname`: the machine's own hostname, where it is not the node's name; a node whose machine is gone is found by it.
    * `docker_socket`: path of Docker's socket there, where it is not the `docker_socket` of all.
    * `host_key_command`: shell command that prints the public host keys which the machine has published by a channel of its cloud's, a line each as in /etc/ssh/ssh_host_ed25519_key.pub: nothing while there are none yet, and it fails where there never will be. Run where Terraform runs, on the first connection, which then accepts these keys and no others, whatever the policy. null: the first use is as `ssh.host_key_policy` has it. Example: "cloudtool metadata get i-0a1 host-keys".
    * `labels`, `availability`: changed in place: all labels, others are removed; "active", "pause" or "drain". null: left as they are; a new node has no labels and is "active".
    * `protection`: the cloud's protection of the machine against termination: whether it is on (`enabled`), and how to turn it off (`remedy`). A protected node is neither drained nor removed. null: the cloud has none.
  EOT
  type = map(object({
    role              = string
    machine           = string
    ssh_host          = string
    ssh_port          = optional(number, 22)
    ssh_user          = optional(string)
    private_address   = string
    data_path_address = optional(string)
    hostname          = optional(string)
    docker_socket     = optional(string)
    host_key_command  = optional(string)
    labels            = optional(map(string))
    availability      = optional(string)
    protection        = optional(object({ enabled = bool, remedy = string }))
  }))
  nullable = false

  validation {
    condition     = alltrue([for node in values(var.nodes) : contains(["manager", "worker"], node.role)])
    error_message = "The role of ${join(", ", [for name, node in var.nodes : name if !contains(["manager", "worker"], node.role)])} is neither manager nor worker; use one of these."
  }

  validation {
    condition     = alltrue([for node in values(var.nodes) : contains(["active", "pause", "drain"], coalesce(node.availability, "active"))])
    error_message = "The availability of ${join(", ", [for name, node in var.nodes : name if !contains(["active", "pause", "drain"], coalesce(node.availability, "active"))])} is unknown; use active, pause or drain."
  }

  validation {
    condition     = length(var.nodes) == 0 || anytrue([for node in values(var.nodes) : node.role == "manager"])
    error_message = "None of the nodes is a manager; give at least one of them the role manager."
  }

  validation {
    condition     = alltrue([for name in keys(var.nodes) : can(regex("^[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?$", name))])
    error_message = "Node names are letters, digits, dots and hyphens, beginning and ending with a letter or digit: ${join(", ", [for name in keys(var.nodes) : "\"${name}\"" if !can(regex("^[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?$", name))])}."
  }

  validation {
    condition     = alltrue([for node in values(var.nodes) : node.ssh_port >= 1 && node.ssh_port <= 65535 && floor(node.ssh_port) == node.ssh_port])
    error_message = "ssh_port of ${join(", ", [for name, node in var.nodes : name if node.ssh_port < 1 || node.ssh_port > 65535 || floor(node.ssh_port) != node.ssh_port])} is no port; use 1 to 65535."
  }

  validation {
    condition = alltrue([for node in values(var.nodes) :
      can(regex("^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?$", node.ssh_host)) || can(cidrhost("${split("%", node.ssh_host)[0]}/128", 0))
    ])
    error_message = "ssh_host of ${join(", ", [for name, node in var.nodes : "${name} (\"${node.ssh_host}\")" if !can(regex("^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?$", node.ssh_host)) && !can(cidrhost("${split("%", node.ssh_host)[0]}/128", 0))])} is neither a name nor an address alone; a user goes into ssh_user, a port into ssh_port."
  }

  # Addresses are compared by their value: an IPv6 one has many spellings.
  validation {
    condition = length(distinct([for node in values(var.nodes) :
      "${try(cidrhost("${node.ssh_host}/128", 0), lower(node.ssh_host))} ${node.ssh_port}"
    ])) == length(var.nodes)
    error_message = "The same SSH address and port for ${join("; ", [for where, names in { for name, node in var.nodes : "${try(cidrhost("${node.ssh_host}/128", 0), lower(node.ssh_host))} port ${node.ssh_port}" => name... } : "${join(" and ", names)} (${where})" if length(names) > 1])}; every node is a machine of its own."
  }

  validation {
    condition     = alltrue([for node in values(var.nodes) : anytrue([for bits in [32, 128] : can(cidrhost("${node.private_address}/${bits}", 0))])])
    error_message = "A node advertises an IP address, not a name: give ${join(", ", [for name, node in var.nodes : name if !anytrue([for bits in [32, 128] : can(cidrhost("${node.private_address}/${bits}", 0))])])} a private_address."
  }

  validation {
    condition     = length(distinct([for node in values(var.nodes) : try(cidrhost("${node.private_address}/128", 0), node.private_address)])) == length(var.nodes)
    error_message = "The same private_address for ${join("; ", [for where, names in { for name, node in var.nodes : try(cidrhost("${node.private_address}/128", 0), node.private_address) => name... } : "${join(" and ", names)} (${where})" if length(names) > 1])}; every node advertises an address of its own."
  }
}

variable "ssh" {
  description = <<-EOT
    How the nodes are reached. Paths are kept in state as written here: make them relative to the root module or begin them with ~/.
    * `user`: Example: "admin". `private_key`: path; null: the agent, else the usual keys in ~/.ssh. `private_key_env`: name of the environment variable that holds the key itself, as in CI; the file is not looked at then. `passphrase_env`: name of the environment variable with its passphrase.
    * `known_hosts`: the workspace's own known_hosts file; a machine that is replaced or removed takes its line along. null: ~/.ssh/known_hosts, which is never written to.
    * `host_key_policy`: of a machine that is new: "strict" (only keys that are known) or "accept-new" (the first answer is recorded). Its key is in the state from then on, and no other one is accepted.
    * `host_keys`: pinned keys by node name, one a line, as in an SSH public key file; for the bastion by its address or as <cluster>-bastion. What is given here is not read.
    * `bastion_host`, `bastion_port`, `bastion_user`, `bastion_private_key`: a host that every connection goes through. `bastion_machines`: ids of the machines that it is, where it is made along with the nodes; other ones are another bastion, and its key and its line of `known_hosts` go with them.
  EOT
  type = object({
    user                = optional(string, "root")
    private_key         = optional(string)
    private_key_env     = optional(string)
    passphrase_env      = optional(string)
    known_hosts         = optional(string)
    host_key_policy     = optional(string, "strict")
    host_keys           = optional(map(string), {})
    bastion_host        = optional(string)
    bastion_port        = optional(number)
    bastion_user        = optional(string)
    bastion_private_key = optional(string)
    bastion_machines    = optional(list(string), [])
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["strict", "accept-new"], var.ssh.host_key_policy)
    error_message = "ssh.host_key_policy is \"${var.ssh.host_key_policy}\"; use strict or accept-new. Nothing accepts a changed key."
  }

  validation {
    condition     = var.ssh.host_key_policy == "strict" || var.ssh.known_hosts != null
    error_message = "ssh.host_key_policy is accept-new without ssh.known_hosts; name the file that new keys are recorded in."
  }

  validation {
    condition     = var.ssh.bastion_host != null || (var.ssh.bastion_port == null && var.ssh.bastion_user == null && var.ssh.bastion_private_key == null)
    error_message = "ssh has bastion settings but no bastion_host; give the bastion's address or remove them."
  }

  # By lookup, since Terraform shows the value of what a condition names.
  validation {
    condition     = !can(regex("PRIVATE KEY", lookup(var.ssh, "private_key", null)))
    error_message = "ssh.private_key is a key; give the path of the file it is in, so that it stays out of the state."
  }
}

variable "docker_socket" {
  description = "Path of the Docker socket on the nodes that have none of their own. null: /var/run/docker.sock. Example: \"/run/user/1000/docker.sock\"."
  type        = string
  default     = null
}

variable "prepare" {
  description = "Script that prepares a machine before it joins, run once on every machine by prepare-node; its `environment`; and `secrets`: variables of the script's shell, each with the name of the environment variable that holds its value where Terraform runs, so that no secret is in the state. null: no script. Example: { script = \"scripts/install-docker.sh\", environment = { DOCKER_VERSION = \"28.3.3\" }, secrets = { PROXY_PASSWORD = \"CI_PROXY_PASSWORD\" } }."
  type = object({
    script      = string
    environment = optional(map(string), {})
    secrets     = optional(map(string), {})
  })
  default = null

  validation {
    condition     = alltrue([for name in values(try(var.prepare.secrets, {})) : can(regex("^[A-Za-z_][A-Za-z0-9_]*$", name))])
    error_message = "Each of prepare.secrets is the name of an environment variable (letters, digits and _), not the secret itself; correct ${join(", ", [for key, name in try(var.prepare.secrets, {}) : key if !can(regex("^[A-Za-z_][A-Za-z0-9_]*$", name))])}."
  }
}

variable "rolling" {
  description = <<-EOT
    Whether and how a changed script or environment in `prepare` is run on the nodes of the swarm, one after the other, by roll-swarm; null: they stay as they are. The script has to know how to ask for a drain; docs/rolling.md says how.
    * `max_unavailable`: how many workers go at a time: a number, or a percentage of them. Managers go one at a time. Example: "25%".
    * `drain`: "when-asked" (where the script asks for it, with exit code 75) or "always".
    * `reboot`: "never", or "when-required": a machine that has /run/reboot-required once its script has run is rebooted, after its work has gone.
    * `on_missing_tasks`: "fail" or "proceed", where a service has fewer tasks than it should before anything is begun.
    * `timeout`: how long one node may take, with a unit; more than `drain_timeout`. Example: "30m".
    * `allow_sole_manager`: whether the only manager may be rolled, while nobody manages the swarm.
  EOT
  type = object({
    max_unavailable    = optional(string, "1")
    drain              = optional(string, "when-asked")
    reboot             = optional(string, "never")
    timeout            = optional(string, "15m")
    on_missing_tasks   = optional(string, "fail")
    allow_sole_manager = optional(bool, false)
  })
  default = null

  validation {
    condition     = var.rolling == null ? true : can(regex("^([1-9][0-9]*|[1-9][0-9]?%|100%)$", var.rolling.max_unavailable))
    error_message = "rolling.max_unavailable is \"${try(var.rolling.max_unavailable, "")}\"; use a number from 1 on, or a percentage from 1% to 100%."
  }

  validation {
    condition     = var.rolling == null ? true : contains(["when-asked", "always"], var.rolling.drain)
    error_message = "rolling.drain is \"${try(var.rolling.drain, "")}\"; use when-asked or always."
  }

  validation {
    condition     = var.rolling == null ? true : contains(["never", "when-required"], var.rolling.reboot)
    error_message = "rolling.reboot is \"${try(var.rolling.reboot, "")}\"; use never or when-required."
  }

  validation {
    condition     = var.rolling == null ? true : contains(["fail", "proceed"], var.rolling.on_missing_tasks)
    error_message = "rolling.on_missing_tasks is \"${try(var.rolling.on_missing_tasks, "")}\"; use fail or proceed."
  }

  validation {
    condition     = var.rolling == null ? true : can(regex("^([0-9]+(ms|s|m|h))+$", var.rolling.timeout))
    error_message = "rolling.timeout is \"${try(var.rolling.timeout, "")}\"; use a number with a unit, for example \"90s\" or \"15m\"."
  }

  # Both are checked to be durations where they are given.
  validation {
    condition = var.rolling == null ? true : try(
      sum([for part in regexall("([0-9]+)(ms|s|m|h)", var.rolling.timeout) : tonumber(part[0]) * { ms = 0.001, s = 1, m = 60, h = 3600 }[part[1]]]) >
      sum([for part in regexall("([0-9]+)(ms|s|m|h)", var.drain_timeout) : tonumber(part[0]) * { ms = 0.001, s = 1, m = 60, h = 3600 }[part[1]]]),
      true
    )
    error_message = "rolling.timeout is ${try(var.rolling.timeout, "")}, but a node's tasks alone may take drain_timeout, ${var.drain_timeout}, to stop; give it more than that."
  }

  # Now, and not when all nodes are there: roll-swarm refuses the same.
  validation {
    condition = var.rolling == null ? true : (
      length([for node in values(var.nodes) : node if node.role == "manager"]) != 2 &&
      (length([for node in values(var.nodes) : node if node.role == "manager"]) != 1 || var.rolling.allow_sole_manager)
    )
    error_message = "rolling with ${length([for node in values(var.nodes) : node if node.role == "manager"])} manager(s): while one restarts nobody manages the swarm. Take three or more; or one, with rolling.allow_sole_manager = true."
  }
}

variable "backup" {
  description = <<-EOT
    Archives of the swarm's state, made by the command in the output `backup`, and with `schedule` by the managers themselves; null: none. docs/backup.md says how.
    * `to`: the folder, where the command is run, or "s3://bucket/prefix/", with `endpoint`, `region`, `allow_http` and `kms_key` as backup-swarm takes them. Example: "s3://backups/dev/".
    * `encrypt_to`: path of the X.509 certificate whose key opens them; null: not encrypted. Example: "backup.crt".
    * `keep`: number of usable archives that stay there; 0: all. Example: 14. `if_older_than`: no archive is made while a younger one is there, with a unit. Example: "20h".
    * `schedule`: age of the newest archive, with a unit, at which one of the managers makes the next. Each manager has a timer, which is removed with the setting, the manager or the swarm. `to` and `metrics_dir` are on the managers then. null: no timers. Example: "20h". `helpers_path`: the folder on the managers that backup-swarm is in. Example: "/usr/bin".
    * `copy`: "stopped" (the engine of a manager stops for some seconds) or "running".
    * `metrics_dir`: folder of node-exporter's textfile collector, where the command is run; it gets a file that says when the newest archive was made. null: none. Example: "/var/lib/node_exporter".
  EOT
  type = object({
    to            = optional(string)
    encrypt_to    = optional(string)
    keep          = optional(number, 0)
    if_older_than = optional(string)
    schedule      = optional(string)
    helpers_path  = optional(string, "/usr/local/bin")
    copy          = optional(string, "stopped")
    metrics_dir   = optional(string)
    endpoint      = optional(string)
    region        = optional(string)
    allow_http    = optional(bool, false)
    kms_key       = optional(string)
  })
  default = null

  validation {
    condition     = var.backup == null ? true : try(can(regex("^s3://[^/]+(/.*)?$", var.backup.to)) || (var.backup.to != "" && !strcontains(var.backup.to, "://")), false)
    error_message = "backup.to is \"${try(coalesce(var.backup.to), "")}\"; use a folder that is there, or s3://bucket/prefix/."
  }

  validation {
    condition     = var.backup == null ? true : startswith(coalesce(var.backup.to, "s3://"), "s3://") || (var.backup.endpoint == null && var.backup.region == null && var.backup.kms_key == null && !var.backup.allow_http)
    error_message = "backup.endpoint, region, kms_key and allow_http are for S3 alone; give s3://bucket/prefix/ in backup.to, or leave them out."
  }

  validation {
    condition     = var.backup == null ? true : contains(["stopped", "running"], var.backup.copy)
    error_message = "backup.copy is \"${try(var.backup.copy, "")}\"; use stopped or running."
  }

  validation {
    condition     = var.backup == null ? true : var.backup.keep >= 0 && floor(var.backup.keep) == var.backup.keep
    error_message = "backup.keep is ${try(var.backup.keep, 0)}; use a whole number, 0 or more."
  }

  validation {
    condition     = try(var.backup.if_older_than, null) == null ? true : can(regex("^([0-9]+(ms|s|m|h))+$", var.backup.if_older_than))
    error_message = "backup.if_older_than is \"${try(coalesce(var.backup.if_older_than), "")}\"; use a number with a unit, for example \"20h\"."
  }

  validation {
    condition     = try(var.backup.schedule, null) == null ? true : can(regex("^([0-9]+(ms|s|m|h))+$", var.backup.schedule)) && var.backup.if_older_than == null
    error_message = "backup.schedule is \"${try(coalesce(var.backup.schedule), "")}\"; use a number with a unit, for example \"20h\", and no if_older_than beside it, which is the same."
  }

  validation {
    condition     = try(var.backup.schedule, null) == null ? true : alltrue([for path in compact([var.backup.helpers_path, var.backup.metrics_dir, startswith(var.backup.to, "s3://") ? null : var.backup.to]) : startswith(path, "/")])
    error_message = "With backup.schedule the managers make the archives, and helpers_path, metrics_dir and a folder in to are there: give their whole paths, from / on."
  }

  # Now, and not when one is made: backup-swarm refuses the same.
  validation {
    condition     = try(var.backup.copy, "running") != "stopped" ? true : length([for node in values(var.nodes) : node if node.role == "manager"]) != 2
    error_message = "backup with 2 managers: while one is stopped nobody manages the swarm. Set backup.copy to running, or take three managers."
  }

  # By lookup, since Terraform shows the value of what a condition names.
  validation {
    condition     = var.backup == null ? true : !can(regex("PRIVATE KEY", lookup(var.backup, "encrypt_to", null)))
    error_message = "backup.encrypt_to is a key; give the path of the certificate, and keep the key where the archives are not."
  }
}

variable "restore_from" {
  description = <<-EOT
    An archive of backup-swarm that is put back instead of making a new swarm. It is used only while no manager is in a swarm, so that it may be left here or removed at any time; null: a new swarm. docs/backup.md says how.
    * `from`: path of the archive, or "s3://bucket/key", with `endpoint`, `region` and `allow_http` as restore-swarm takes them. Example: "backups/swarm-q3....tar.gz.cms".
    * `decrypt_with`: path of the private key that opens it. Example: "backup.key". `unlock_key_env`: name of the environment variable with the unlock key of a manager that locks itself. Example: "SWARM_UNLOCK_KEY".
    * `manager`: the manager that gets it, at its own address; null: the first one by name. That of the archive must keep its address where it locks itself (autolock). Example: "dev-manager-2".
    * `gone`: managers of the archive that are off for good and are none of `nodes`: hostnames, node IDs or addresses. Example: ["10.0.1.14"].
  EOT
  type = object({
    from           = optional(string)
    decrypt_with   = optional(string)
    unlock_key_env = optional(string)
    manager        = optional(string)
    gone           = optional(list(string), [])
    endpoint       = optional(string)
    region         = optional(string)
    allow_http     = optional(bool, false)
  })
  default = null

  validation {
    condition     = var.restore_from == null ? true : try(can(regex("^s3://[^/]+/.*[^/]$", var.restore_from.from)) || (var.restore_from.from != "" && !strcontains(var.restore_from.from, "://")), false)
    error_message = "restore_from.from is \"${try(coalesce(var.restore_from.from), "")}\"; use the path of an archive, or s3://bucket/key, as backup-swarm has told it."
  }

  validation {
    condition     = var.restore_from == null ? true : startswith(coalesce(var.restore_from.from, "s3://"), "s3://") || (var.restore_from.endpoint == null && var.restore_from.region == null && !var.restore_from.allow_http)
    error_message = "restore_from.endpoint, region and allow_http are for S3 alone; give s3://bucket/key in restore_from.from, or leave them out."
  }

  validation {
    condition     = try(var.restore_from.manager, null) == null ? true : try(var.nodes[var.restore_from.manager].role == "manager", false)
    error_message = "restore_from.manager is \"${try(coalesce(var.restore_from.manager, ""), "")}\", which is no manager; the managers are ${join(", ", sort([for name, node in var.nodes : name if node.role == "manager"]))}."
  }

  validation {
    condition     = alltrue([for name in try(var.restore_from.gone, []) : can(regex("^[^, ]+$", name))])
    error_message = "Each of restore_from.gone is one hostname, node ID or address; correct ${join(", ", [for name in try(var.restore_from.gone, []) : "\"${name}\"" if !can(regex("^[^, ]+$", name))])}."
  }

  # By lookup, since Terraform shows the value of what a condition names.
  validation {
    condition     = var.restore_from == null ? true : !can(regex("PRIVATE KEY", lookup(var.restore_from, "decrypt_with", null)))
    error_message = "restore_from.decrypt_with is a key; give the path of the file it is in."
  }

  validation {
    condition     = var.restore_from == null ? true : can(regex("^[A-Za-z_][A-Za-z0-9_]*$", coalesce(lookup(var.restore_from, "unlock_key_env", null), "none")))
    error_message = "restore_from.unlock_key_env is the name of an environment variable (letters, digits and _), not the key itself."
  }
}

variable "swarm" {
  description = <<-EOT
    Settings of the swarm. Those it is made with are not changed later: all but `from_other_swarm`.
    * `listen_port`: port of the managers (2377). `data_path_port`: UDP port of overlay traffic (4789).
    * `default_addr_pool`: networks that overlays are cut from. Example: ["10.20.0.0/16"]. `subnet_size`: length of each one's prefix (24). Example: 26.
    * `task_history`: number of old tasks kept for each slot of a service. Example: 5.
    * `from_other_swarm`: what happens with a machine that belongs to another swarm: "refuse", or "leave" (it leaves that one by force, whatever that costs it).
  EOT
  type = object({
    listen_port       = optional(number, 2377)
    data_path_port    = optional(number, 4789)
    default_addr_pool = optional(list(string), [])
    subnet_size       = optional(number)
    task_history      = optional(number)
    from_other_swarm  = optional(string, "refuse")
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for port in [var.swarm.listen_port, var.swarm.data_path_port] : port >= 1024 && port <= 49151 && floor(port) == port])
    error_message = "swarm.listen_port is ${var.swarm.listen_port} and swarm.data_path_port is ${var.swarm.data_path_port}; both are 1024 to 49151, as Docker wants it of the data path."
  }

  validation {
    condition     = alltrue([for pool in var.swarm.default_addr_pool : can(cidrhost(pool, 0))])
    error_message = "swarm.default_addr_pool holds networks with their prefix length, for example \"10.20.0.0/16\"; correct ${join(", ", [for pool in var.swarm.default_addr_pool : pool if !can(cidrhost(pool, 0))])}."
  }

  validation {
    condition     = var.swarm.subnet_size == null ? true : (length(var.swarm.default_addr_pool) > 0 && var.swarm.subnet_size >= 8 && var.swarm.subnet_size <= 29)
    error_message = "swarm.subnet_size goes with swarm.default_addr_pool and is 8 to 29."
  }

  validation {
    condition     = contains(["refuse", "leave"], var.swarm.from_other_swarm)
    error_message = "swarm.from_other_swarm is \"${var.swarm.from_other_swarm}\"; use refuse or leave."
  }
}

variable "token_delivery" {
  description = "How join tokens travel: \"ssh\" (join-node reads them from a manager at that moment; none is in the state) or \"state\" (they are outputs as well, and so in the state)."
  type        = string
  default     = "ssh"
  nullable    = false

  validation {
    condition     = contains(["ssh", "state"], var.token_delivery)
    error_message = "token_delivery is \"${var.token_delivery}\"; use ssh or state."
  }
}

variable "drain_timeout" {
  description = "How long a node that leaves may take to stop its tasks, with a unit (ms, s, m, h). Example: \"5m\"."
  type        = string
  default     = "5m"
  nullable    = false

  validation {
    condition     = can(regex("^([0-9]+(ms|s|m|h))+$", var.drain_timeout))
    error_message = "drain_timeout is \"${var.drain_timeout}\"; use a number with a unit, for example \"90s\" or \"5m\"."
  }
}

variable "on_drain_timeout" {
  description = "What happens when a node's tasks have not stopped within drain_timeout: \"fail\" (the node stays, drained) or \"proceed\" (it leaves all the same and they are killed)."
  type        = string
  default     = "fail"
  nullable    = false

  validation {
    condition     = contains(["fail", "proceed"], var.on_drain_timeout)
    error_message = "on_drain_timeout is \"${var.on_drain_timeout}\"; use fail or proceed."
  }
}

variable "standalone_containers" {
  description = "What a node that leaves does about containers that run on it beside the swarm's, which no drain stops: \"ignore\" (name them and go on) or \"refuse\"."
  type        = string
  default     = "ignore"
  nullable    = false

  validation {
    condition     = contains(["ignore", "refuse"], var.standalone_containers)
    error_message = "standalone_containers is \"${var.standalone_containers}\"; use ignore or refuse."
  }
}

variable "from_other_swarm" {
  description = "What swarm.from_other_swarm was in 0.1.0; wins over it. null: swarm.from_other_swarm holds."
  type        = string
  default     = null

  validation {
    condition     = var.from_other_swarm == null ? true : contains(["refuse", "leave"], var.from_other_swarm)
    error_message = "from_other_swarm is \"${coalesce(var.from_other_swarm, "null")}\"; use refuse or leave."
  }
}

variable "detect_drift" {
  description = "Whether every plan asks the swarm for its nodes and puts back what was changed by hand: role, availability and labels, and nodes that were removed or left. A node that is Down is joined again too, so its machine has to run. Fills the output node_ids."
  type        = bool
  default     = false
  nullable    = false
}

variable "teardown_file" {
  description = "Path of a file in which the teardown of a whole swarm records which hosts did not answer, for the leaves of the same destroy; it is removed with the nodes. null: a destroy of a machine that is gone ends with an error where no manager is left. Kept in state as written. Example: \".swarm/dev.teardown\"."
  type        = string
  default     = null
}

variable "store" {
  description = <<-EOT
    Where the swarm's tokens and its managers' addresses are kept for machines that join by themselves; null: nowhere. docs/store.md says how.
    * `place`: "dynamodb://TABLE/NAME", "ssm://PATH/NAME" or "s3://BUCKET/PREFIX/NAME"; table or bucket are there. The name is the swarm's alone. Example: "dynamodb://SwarmMetaTable/dev".
    * `region`, `endpoint`, `allow_http`: as store-tokens takes them. Example: "eu-west-1".
    * `kms_key`: key that parameters or objects are encrypted with; null: the account's own, or as the bucket has it. Example: "alias/swarm".
    * `with_manager_token`: whether the token of managers is kept there as well; who reads it can take the swarm over.
    * `names`: names of a table's columns and items, where they are other ones. Example: { key = "Name", value = "Value" }.
  EOT
  type = object({
    place              = optional(string)
    region             = optional(string)
    endpoint           = optional(string)
    allow_http         = optional(bool, false)
    kms_key            = optional(string)
    with_manager_token = optional(bool, false)
    names              = optional(map(string), {})
  })
  default = null

  validation {
    condition     = var.store == null ? true : can(regex("^(dynamodb://[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+|(ssm|s3)://[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+)$", var.store.place))
    error_message = "store.place is \"${try(coalesce(var.store.place), "")}\"; use dynamodb://TABLE/NAME, ssm://PATH/NAME or s3://BUCKET/PREFIX/NAME, of letters, digits and _ . -."
  }

  validation {
    condition     = var.store == null ? true : startswith(coalesce(var.store.place, "-"), "dynamodb:") ? var.store.kms_key == null : length(var.store.names) == 0
    error_message = "store.kms_key is not for a table, which is encrypted as it was made, and store.names is for a table alone; leave that out."
  }

  validation {
    condition     = var.store == null ? true : length(setsubtract(keys(var.store.names), ["key", "value", "cluster", "worker", "manager", "address"])) == 0
    error_message = "store.names has ${join(", ", setsubtract(keys(try(var.store.names, {})), ["key", "value", "cluster", "worker", "manager", "address"]))}; known are key, value, cluster, worker, manager and address."
  }
}

variable "timeouts" {
  description = "How long each executable may take in all, with a unit; null: its own default. `prepare` is also how long a new machine may take to come up. Example: { join = \"10m\" }."
  type = object({
    prepare  = optional(string)
    init     = optional(string)
    join     = optional(string)
    leave    = optional(string)
    drain    = optional(string)
    tokens   = optional(string)
    describe = optional(string)
    backup   = optional(string)
    restore  = optional(string)
    store    = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for value in values(var.timeouts) : value == null || can(regex("^([0-9]+(ms|s|m|h))+$", value))])
    error_message = "Every one of timeouts is a number with a unit, for example \"90s\" or \"5m\"; correct ${join(", ", [for key, value in var.timeouts : key if value != null && !can(regex("^([0-9]+(ms|s|m|h))+$", value))])}."
  }

  # drain_timeout itself is checked above.
  validation {
    condition = alltrue([for value in [var.timeouts.leave, var.timeouts.drain] : value == null ? true : try(
      sum([for part in regexall("([0-9]+)(ms|s|m|h)", value) : tonumber(part[0]) * { ms = 0.001, s = 1, m = 60, h = 3600 }[part[1]]]) >
      sum([for part in regexall("([0-9]+)(ms|s|m|h)", var.drain_timeout) : tonumber(part[0]) * { ms = 0.001, s = 1, m = 60, h = 3600 }[part[1]]]),
      true
    )])
    error_message = "timeouts.leave is ${coalesce(var.timeouts.leave, "not set")} and timeouts.drain is ${coalesce(var.timeouts.drain, "not set")}, but tasks alone may take drain_timeout, ${var.drain_timeout}, to stop; give both more than that, or leave them out."
  }
}

variable "network" {
  description = "Whatever has to outlive every node that leaves: rules, routes, gateways, a bastion. Only depended upon, never stored. Example: [aws_route.internet, aws_instance.bastion]."
  type        = any
  default     = null
}

variable "helpers" {
  description = "Folder of the executables; null: bin/ of the checkout that this module is in. What is not there is looked for in that one and then on PATH, at a destroy too. Kept in state as written. Example: \"/usr/local/bin\"."
  type        = string
  default     = null
}

variable "check_files" {
  description = "Whether a plan ends where ssh.private_key, ssh.bastion_private_key or prepare.script is no file; false where the same apply makes one of them. A destroy goes on without them."
  type        = bool
  default     = true
  nullable    = false
}

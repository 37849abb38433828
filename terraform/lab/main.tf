# A whole cluster on this one machine: hosts made of network namespaces by
# scripts/lab, created and destroyed as a cloud's machines would be.
#
# As in modules/swarm, what is run when a thing goes stands on a resource of its
# own: after a create provisioner that failed, Terraform would skip it. And what is
# run when it comes is run by two: the first may be in the state although terraform
# was killed before it was done.

locals {
  cluster     = terraform.workspace
  known_hosts = "${path.root}/.swarm/${local.cluster}.known_hosts"
  private_key = module.cluster.ssh.private_key == null ? "${path.root}/.swarm/${local.cluster}.key" : module.cluster.ssh.private_key

  # One /24 of 10.0.0.0/8 for each workspace, never in 10.0.0.0/16, which swarms
  # cut their overlay networks from.
  derived = cidrsubnet("10.0.0.0/8", 16, 256 + parseint(substr(sha256(local.cluster), 0, 8), 16) % 65280)
  subnet  = module.cluster.own.subnet == null ? local.derived : module.cluster.own.subnet
  prefix  = try(tonumber(split("/", local.subnet)[1]), 24)

  # Every group counts from a place of its own, so that no address changes when a count
  # does, or another group comes or goes. Which place, follows from the group's name.
  offset = {
    for name, group in module.cluster.groups : name => coalesce(
      group.offset,
      lookup({ manager = 10, worker = 100 }, name, 20 + 10 * (parseint(substr(sha256(name), 0, 8), 16) % 8)),
    )
  }
  host    = { for name, node in module.names.nodes : name => local.offset[node.group] + node.number }
  address = { for name, host in local.host : name => try(cidrhost(local.subnet, host), "") }

  # The folder of another Docker Engine: what an image is to a cloud's machine
  engine = { for name, node in module.names.nodes : name => try(coalesce(module.cluster.groups[node.group].engine, module.cluster.own.engine), null) }

  same_address = { for name, host in local.host : tostring(host) => name... }
  taken_twice  = sort(flatten([for names in values(local.same_address) : names if length(names) > 1]))
  outside      = sort([for name, host in local.host : name if host > pow(2, 32 - local.prefix) - 2 || local.offset[module.names.nodes[name].group] < 1])
}

module "cluster" {
  source = "../../modules/cluster"

  file       = coalesce(var.cluster_file, "${path.root}/clusters/${local.cluster}.yaml")
  must_exist = var.cluster_file != null
  section    = "lab"
  types      = { "subnet" = "string", "engine" = "string", "groups.*.offset" = "number", "groups.*.engine" = "string" }
  surge      = var.surge
  defaults   = { docker = { source = "none" } }
  overrides = {
    groups = { manager = { count = var.manager_count }, worker = { count = var.worker_count } }
    docker = { version = var.docker_version }
    swarm  = { token_delivery = var.token_delivery, detect_drift = var.detect_drift }
    ssh    = { private_key = var.private_key }
    lab    = { subnet = var.subnet }
  }
}

module "names" {
  source = "../../modules/names"

  cluster      = local.cluster
  groups       = module.cluster.groups
  roles        = module.cluster.roles
  labels       = module.cluster.labels
  availability = module.cluster.availability
}

module "docker" {
  source = "../../modules/docker"

  docker = module.cluster.docker
}

resource "terraform_data" "key" {
  count = module.cluster.ssh.private_key == null ? 1 : 0

  input = local.private_key

  provisioner "local-exec" {
    interpreter = ["/bin/sh", "-c"]
    command     = "[ -e \"$KEY\" ] || ssh-keygen -q -t ed25519 -N '' -C \"$NAME\" -f \"$KEY\""
    environment = { KEY = self.input, NAME = "lab ${local.cluster}" }
    quiet       = true
  }

  provisioner "local-exec" {
    when        = destroy
    interpreter = ["/bin/sh", "-c"]
    command     = "rm -f \"$KEY\" \"$KEY.pub\""
    environment = { KEY = self.input }
    quiet       = true
  }
}

resource "terraform_data" "network" {
  triggers_replace = { cluster = local.cluster, subnet = local.subnet }

  # Here, since nothing is made before it
  lifecycle {
    precondition {
      condition     = try(cidrsubnet(local.subnet, 0, 0) == local.subnet && startswith(local.subnet, "10.") && local.prefix >= 16 && local.prefix <= 24, false)
      error_message = "The lab's subnet is \"${local.subnet}\"; use a network inside 10.0.0.0/8 with a prefix length of 16 to 24, for example \"10.31.7.0/24\"."
    }

    precondition {
      condition     = !startswith(local.subnet, "10.0.")
      error_message = "The lab's subnet is \"${local.subnet}\", where swarms keep their overlay networks (10.0.0.0/16); use another network inside 10.0.0.0/8."
    }

    precondition {
      condition     = length(local.taken_twice) == 0
      error_message = "${join(", ", local.taken_twice)} would have the address of another one of them; set lab.groups.<group>.offset of one of the groups to where its addresses begin, for example 60."
    }

    precondition {
      condition     = length(local.outside) == 0
      error_message = "${join(", ", local.outside)} would have no address in ${local.subnet}; take fewer nodes, a network with a shorter prefix, or another lab.groups.<group>.offset."
    }

    # By lookup, since Terraform shows the value of what a condition names.
    precondition {
      condition = alltrue([
        for path in compact([lookup(module.cluster.ssh, "private_key", null)]) :
        try(fileexists(pathexpand(path)) && fileexists(pathexpand("${path}.pub")), false)
      ])
      error_message = "ssh.private_key (private_key) is ${strcontains(local.private_key, "PRIVATE KEY") ? "a key; its path is wanted" : "${local.private_key}, but there is no such file, or no ${local.private_key}.pub beside it"}; make both with ssh-keygen, or leave it out."
    }
  }

  provisioner "local-exec" {
    when        = destroy
    interpreter = ["${path.module}/../../scripts/lab", "network-down"]
    command     = self.triggers_replace.cluster
    quiet       = true
  }
}

resource "terraform_data" "network_up" {
  triggers_replace = terraform_data.network.id

  provisioner "local-exec" {
    interpreter = ["${path.module}/../../scripts/lab", "network-up", local.cluster]
    command     = local.subnet
    quiet       = true
  }
}

resource "terraform_data" "network_ready" {
  triggers_replace = terraform_data.network_up.id

  provisioner "local-exec" {
    interpreter = ["${path.module}/../../scripts/lab", "network-up", local.cluster]
    command     = local.subnet
    quiet       = true
  }
}

# A host is replaced with -replace='terraform_data.host["<name>"]'.
resource "terraform_data" "host" {
  for_each = module.names.nodes

  input            = { cluster = local.cluster, name = each.key }
  triggers_replace = { network = terraform_data.network.id, address = local.address[each.key] }

  depends_on = [terraform_data.network_ready, terraform_data.key]

  provisioner "local-exec" {
    when        = destroy
    interpreter = ["${path.module}/../../scripts/lab", "down", self.input.cluster]
    command     = self.input.name
    quiet       = true
  }
}

resource "terraform_data" "boot" {
  for_each = module.names.nodes

  triggers_replace = terraform_data.host[each.key].id

  provisioner "local-exec" {
    interpreter = [
      "${path.module}/../../scripts/lab", "up", local.cluster, each.key,
      "${local.address[each.key]}/${split("/", local.subnet)[1]}", "--authorized-keys",
    ]
    command     = "${local.private_key}.pub"
    environment = local.engine[each.key] == null ? {} : { LAB_ENGINE = local.engine[each.key] }
    quiet       = true
  }
}

resource "terraform_data" "booted" {
  for_each = module.names.nodes

  input            = terraform_data.host[each.key].id
  triggers_replace = terraform_data.boot[each.key].id

  provisioner "local-exec" {
    interpreter = [
      "${path.module}/../../scripts/lab", "up", local.cluster, each.key,
      "${local.address[each.key]}/${split("/", local.subnet)[1]}", "--authorized-keys",
    ]
    command     = "${local.private_key}.pub"
    environment = local.engine[each.key] == null ? {} : { LAB_ENGINE = local.engine[each.key] }
    quiet       = true
  }
}

# A host keeps its engine; one that is replaced, or new, gets the one that the file says now.
module "outdated" {
  source = "../../modules/outdated"

  machines = { for name, host in terraform_data.host : name => host.id }
  wanted   = { for name, engine in local.engine : name => { engine = engine } }
}

check "outdated" {
  assert {
    condition     = module.outdated.warning == null
    error_message = "Hosts that run keep what they were made with: ${module.outdated.warning == null ? "" : module.outdated.warning}. Where that is not what you want, replace them one after the other: scripts/roll (docs/rolling.md)."
  }
}

module "swarm" {
  source = "../../modules/swarm"

  cluster = local.cluster
  nodes = {
    for name, node in module.names.nodes : name => {
      role            = node.role
      machine         = terraform_data.booted[name].output
      ssh_host        = local.address[name]
      private_address = local.address[name]
      labels          = node.labels
      availability    = node.availability
    }
  }
  ssh = {
    private_key     = local.private_key
    known_hosts     = local.known_hosts
    host_key_policy = "accept-new"
  }
  docker_socket         = module.cluster.swarm.docker_socket
  prepare               = module.cluster.swarm.prepare == false ? null : { script = module.docker.script, environment = module.docker.environment, secrets = module.docker.secrets }
  swarm                 = module.cluster.swarm
  token_delivery        = module.cluster.swarm.token_delivery
  drain_timeout         = module.cluster.swarm.drain_timeout
  on_drain_timeout      = module.cluster.swarm.on_drain_timeout
  standalone_containers = module.cluster.swarm.standalone_containers
  detect_drift          = module.cluster.swarm.detect_drift
  timeouts              = module.cluster.swarm.timeouts
  backup                = module.cluster.swarm.backup
  restore_from          = module.cluster.swarm.restore_from
  store                 = module.cluster.swarm.store
  rolling               = module.cluster.swarm.rolling
  teardown_file         = "${path.root}/.swarm/${local.cluster}.teardown"
  check_files           = length(terraform_data.key) == 0
  # What is remembered of the hosts, too: a replacement may end at the leave.
  network = [terraform_data.network_ready.id, terraform_data.key, module.outdated.made_with]
  helpers = var.helpers
}

# Every host would be another one in another network.
module "settings" {
  source = "../../modules/settings"

  of       = "The lab ${local.cluster}"
  exists   = length(module.names.nodes) > 0
  settings = { subnet = local.subnet }
  why      = "another network would replace every host at once"

  depends_on = [terraform_data.booted]
}

# The same of the hosts of a group; each remembers its own, since groups come and go.
module "offsets" {
  source   = "../../modules/settings"
  for_each = toset([for node in values(module.names.nodes) : node.group])

  of       = "The group ${each.key} of the lab ${local.cluster}"
  exists   = true
  settings = { "lab.groups.${each.key}.offset" = local.offset[each.key] }
  why      = "other addresses would replace every host of the group at once"

  depends_on = [terraform_data.booted]
}

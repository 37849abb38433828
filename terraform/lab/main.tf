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
  private_key = var.private_key == null ? "${path.root}/.swarm/${local.cluster}.key" : var.private_key

  # One /24 of 10.0.0.0/8 for each workspace, never in 10.0.0.0/16, which swarms
  # cut their overlay networks from.
  derived = cidrsubnet("10.0.0.0/8", 16, 256 + parseint(substr(sha256(local.cluster), 0, 8), 16) % 65280)
  subnet  = var.subnet == null ? local.derived : var.subnet

  # Managers and workers count from places of their own, so that no address
  # changes when a count does.
  base = { manager = 10, worker = 100 }
  address = {
    for name, node in module.names.nodes : name => cidrhost(local.subnet, local.base[node.group] + node.number)
  }
}

# Names of attributes, for the validations in variables.tf
module "attributes" {
  source = "../../modules/attributes"
}

module "names" {
  source = "../../modules/names"

  cluster       = local.cluster
  manager_count = var.manager_count
  worker_count  = var.worker_count
  roles         = var.roles
  labels        = var.labels
  availability  = var.availability
}

module "docker" {
  source = "../../modules/docker"

  docker = merge({ source = "none" }, var.docker)
}

resource "terraform_data" "key" {
  count = var.private_key == null ? 1 : 0

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
    command = "${local.private_key}.pub"
    quiet   = true
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
    command = "${local.private_key}.pub"
    quiet   = true
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
  prepare               = { script = module.docker.script, environment = module.docker.environment }
  swarm                 = var.swarm
  token_delivery        = var.token_delivery
  drain_timeout         = var.drain_timeout
  on_drain_timeout      = var.on_drain_timeout
  standalone_containers = var.standalone_containers
  from_other_swarm      = var.from_other_swarm
  detect_drift          = var.detect_drift
  teardown_file         = "${path.root}/.swarm/${local.cluster}.teardown"
  timeouts              = var.timeouts
  network               = [terraform_data.network_ready.id, terraform_data.key]
  helpers               = var.helpers
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

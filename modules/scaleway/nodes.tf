# For servers with and without a volume for Docker.
module "user_data" {
  source   = "../user_data"
  for_each = { plain = false, docker_volume = true }

  names         = [for name in keys(module.names.nodes) : name if local.has_volume[name] == each.value]
  docker        = merge(var.docker, { version = var.docker_version == null ? var.docker.version : var.docker_version })
  ssh_keys      = var.ssh_keys
  host_keys     = var.host_keys
  docker_disk   = each.value
  script        = var.script
  host_firewall = length(var.member_cidrs) == 0 ? null : { rules = module.ports.members, cidrs = var.member_cidrs }
}

resource "scaleway_instance_placement_group" "manager" {
  count = var.spread_managers ? 1 : 0

  name        = "${var.cluster}-managers"
  policy_type = "max_availability"
  project_id  = var.project_id
  zone        = var.zone
  tags        = local.tags
}

locals {
  # By the group in the name: the server of a worker that is promoted stays.
  group = {
    manager = {
      type            = var.manager_type
      volume          = var.manager_volume
      placement_group = one(scaleway_instance_placement_group.manager[*].id)
    }
    worker = {
      type            = var.worker_type
      volume          = var.worker_volume
      placement_group = null
    }
  }
}

# Whether a server has a volume for Docker, as it was when it was made: its user data looks for
# one then, or never will. With -replace of this its server goes too.
resource "terraform_data" "docker_volume" {
  for_each = module.names.nodes

  input = local.group[each.value.group].volume.docker_size != null

  lifecycle {
    ignore_changes = [input]
  }
}

locals {
  has_volume = { for name, made in terraform_data.docker_volume : name => made.input }
}

# It goes with its server, and with one that is replaced to the next one, which makes a
# file system of it anew: a swarm's state is of no use on another machine.
resource "scaleway_block_volume" "docker" {
  for_each = { for name, node in module.names.nodes : name => local.group[node.group].volume if local.has_volume[name] }

  name       = "${each.key}-docker"
  size_in_gb = coalesce(each.value.docker_size, 20)
  iops       = each.value.docker_iops
  project_id = var.project_id
  zone       = var.zone
  tags       = concat(local.tags, [each.key])

  lifecycle {
    # Nothing on the server would notice that it has grown, and with other iops it would be
    # another volume, under an engine that runs.
    ignore_changes = [size_in_gb, iops]
  }
}

resource "scaleway_instance_server" "node" {
  for_each = module.names.nodes

  name                  = each.key
  type                  = local.group[each.value.group].type
  image                 = var.image
  ip_id                 = var.public_ips == "all" || (var.public_ips == "managers" && each.value.group == "manager") ? scaleway_instance_ip.node[each.key].id : null
  security_group_id     = scaleway_instance_security_group.node.id
  placement_group_id    = local.group[each.value.group].placement_group
  additional_volume_ids = local.has_volume[each.key] ? [scaleway_block_volume.docker[each.key].id] : null
  cloud_init            = module.user_data[local.has_volume[each.key] ? "docker_volume" : "plain"].rendered[each.key]
  project_id            = var.project_id
  zone                  = var.zone
  tags                  = concat(local.tags, [each.value.group])

  # Scaleway would stop the server and move it, with all that runs on it.
  replace_on_type_change = true

  root_volume {
    volume_type           = local.group[each.value.group].volume.type
    size_in_gb            = local.group[each.value.group].volume.size
    delete_on_termination = true
  }

  private_network {
    pn_id = local.private_network_id
  }

  lifecycle {
    # A server is made once. Scaleway would stop it for some of these, Terraform replace all
    # that there are at once for others, managers too; outdated.tf tells what differs.
    ignore_changes       = [type, image, cloud_init, root_volume]
    replace_triggered_by = [terraform_data.docker_volume[each.key]]

    postcondition {
      condition     = anytrue([for ip in coalesce(self.private_ips, []) : !strcontains(ip.address, ":")])
      error_message = "${self.name} has no private IPv4 address that can be read; give the API key the permission set IPAMReadOnly, or look at the server's private network in the console."
    }
  }

  # Its default route comes with the address, so the gateway has to be there.
  depends_on = [scaleway_vpc_gateway_network.this]
}

locals {
  # A private network has IPv6 addresses as well.
  private_address = {
    for name, server in scaleway_instance_server.node : name => [
      for ip in server.private_ips : ip.address if !strcontains(ip.address, ":")
    ][0]
  }
}

# For the servers of each group with and without a disk for Docker, since those that run keep
# what they were made with.
module "user_data" {
  source = "../user_data"
  for_each = merge([
    for name, group in local.groups : {
      "${name}/plain"  = { group = name, disk = false, script = group.script }
      "${name}/docker" = { group = name, disk = true, script = group.script }
    }
  ]...)

  names             = [for name, node in local.nodes : name if node.group == each.value.group && local.has_disk[name] == each.value.disk]
  docker            = var.docker
  ssh_keys          = var.ssh_keys
  host_keys         = var.host_keys
  docker_disk       = each.value.disk
  publish_host_keys = var.host_key_source == "user-data" ? "scaleway" : null
  script            = each.value.script
  host_firewall     = length(var.member_cidrs) == 0 ? null : { rules = module.ports.members, cidrs = var.member_cidrs }
}

# One in each zone that managers are in.
resource "scaleway_instance_placement_group" "manager" {
  for_each = {
    for key, zone in local.zones : key => zone
    if var.spread_managers && (key == "own" || anytrue([for name, node in local.nodes : node.group == "manager" && local.zone[name] == zone]))
  }

  name        = "${var.cluster}-managers"
  policy_type = "max_availability"
  project_id  = var.project_id
  zone        = each.value
  tags        = local.tags
}

moved {
  from = scaleway_instance_placement_group.manager[0]
  to   = scaleway_instance_placement_group.manager["own"]
}

# The zone of each server, as it was when it was made: none moves when its group gets another
# zone, or has them in another order. With -replace of this its server goes too, and with it
# its address and its disk for Docker; the new ones are where the group has them today.
resource "terraform_data" "zone" {
  for_each = local.nodes

  input = each.value.zone

  lifecycle {
    ignore_changes = [input]
  }
}

# What there is once for each zone: in the cluster's own, and where else there are servers. The
# own one's key is no zone's name, as states of 0.1.0 have that one alone.
locals {
  zone  = { for name, made in terraform_data.zone : name => made.input }
  zones = merge({ own = var.zone }, { for zone in distinct(values(local.zone)) : zone => zone if zone != var.zone })
  key   = { for name, zone in local.zone : name => zone == var.zone ? "own" : zone }
}

# Whether a server has a disk for Docker, as it was when it was made: its user data looks for
# one then, or never will. With -replace of this its server goes too.
resource "terraform_data" "docker_disk" {
  for_each = local.nodes

  input = each.value.disk.docker_size != null

  lifecycle {
    ignore_changes = [input]
  }
}

moved {
  from = terraform_data.docker_volume
  to   = terraform_data.docker_disk
}

locals {
  has_disk = { for name, made in terraform_data.docker_disk : name => made.input }
  user_data = {
    for name, node in local.nodes : name => module.user_data["${node.group}/${local.has_disk[name] ? "docker" : "plain"}"].rendered[name]
  }
}

# It goes with its server, and with one that is replaced to the next one, which makes a
# file system of it anew: a swarm's state is of no use on another machine.
resource "scaleway_block_volume" "docker" {
  for_each = { for name, node in local.nodes : name => node.disk if local.has_disk[name] }

  name       = "${each.key}-docker"
  size_in_gb = coalesce(each.value.docker_size, 20)
  iops       = each.value.docker_iops
  project_id = var.project_id
  zone       = local.zone[each.key]
  tags       = concat(local.tags, [each.key])

  lifecycle {
    # Nothing on the server would notice that it has grown, and with other iops it would be
    # another volume, under an engine that runs.
    ignore_changes = [size_in_gb, iops]
  }
}

resource "scaleway_instance_server" "node" {
  for_each = local.nodes

  name                  = each.key
  type                  = each.value.type
  image                 = each.value.image
  ip_id                 = each.value.public_ip ? scaleway_instance_ip.node[each.key].id : null
  security_group_id     = each.value.security_group_id == null ? scaleway_instance_security_group.node[local.key[each.key]].id : each.value.security_group_id
  placement_group_id    = each.value.group == "manager" && var.spread_managers ? scaleway_instance_placement_group.manager[local.key[each.key]].id : null
  additional_volume_ids = local.has_disk[each.key] ? [scaleway_block_volume.docker[each.key].id] : null
  cloud_init            = local.user_data[each.key]
  project_id            = var.project_id
  zone                  = local.zone[each.key]
  tags                  = concat(local.tags, [each.value.group])

  # Scaleway would stop the server and move it, with all that runs on it.
  replace_on_type_change = true

  root_volume {
    volume_type           = each.value.disk.type
    size_in_gb            = each.value.disk.size
    delete_on_termination = true
  }

  private_network {
    pn_id = local.private_network_id
  }

  lifecycle {
    # A server is made once. Scaleway would stop it for some of these, Terraform replace all
    # that there are at once for others, managers too; outdated.tf tells what differs.
    ignore_changes       = [type, image, cloud_init, root_volume]
    replace_triggered_by = [terraform_data.docker_disk[each.key], terraform_data.zone[each.key]]

    postcondition {
      condition     = anytrue([for ip in coalesce(self.private_ips, []) : !strcontains(ip.address, ":")])
      error_message = "${self.name} has no private IPv4 address that can be read; give the API key the permission set IPAMReadOnly, or look at the server's private network in the console."
    }
  }

  # Its default route comes with the address, so the gateway has to be there.
  depends_on = [scaleway_vpc_gateway_network.this, var.routes]
}

locals {
  # A private network has IPv6 addresses as well.
  private_address = {
    for name, server in scaleway_instance_server.node : name => [
      for ip in server.private_ips : ip.address if !strcontains(ip.address, ":")
    ][0]
  }
}

# Whether a server publishes its host keys is in the user data that it was made with.
locals {
  publishes = {
    for name, server in scaleway_instance_server.node : name => var.host_key_source == "user-data" && try(nonsensitive(strcontains(server.cloud_init, "user_data/swarm-host-keys")), false)
  }
  published_key = "'${replace("${path.module}/published-key.sh", "'", "'\\''")}'"
}

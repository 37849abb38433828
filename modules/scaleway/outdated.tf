# What a living cluster does not follow: servers keep what they were made with, which is told,
# and the network stays.

module "outdated" {
  source = "../outdated"

  machines = { for name, server in scaleway_instance_server.node : name => server.id }
  wanted = {
    for name, node in local.nodes : name => {
      type        = node.type
      image       = node.image
      disk        = "${coalesce(node.disk.size, "the image's")} GB, ${node.disk.type}"
      docker_disk = node.disk.docker_size == null ? null : "${node.disk.docker_size} GB, ${node.disk.docker_iops} iops"
      user_data   = substr(nonsensitive(sha256(local.user_data[name])), 0, 12)
    }
  }
  quiet = ["user_data"]
}

# A server that is replaced stays in its zone, so that the record of what it was made with
# does not tell of that.
locals {
  elsewhere = { for name, node in local.nodes : name => "${local.zone[name]}, and ${node.zone} in new ones" if local.zone[name] != node.zone }
  outdated = merge(module.outdated.outdated, {
    for name, what in local.elsewhere : name => merge(lookup(module.outdated.outdated, name, {}), { zone = what })
  })
  warning = join("; ", compact(concat([module.outdated.warning], [for name, what in local.elsewhere : "${name} (zone: ${what})"])))
}

check "outdated" {
  assert {
    condition     = local.warning == ""
    error_message = "Servers that run keep what they were made with: ${local.warning}. Where that is not what you want, replace them one after the other: scripts/roll (docs/rolling.md), or terraform apply -replace='module.scaleway.scaleway_instance_server.node[\"NAME\"]', or, for docker_disk, its terraform_data.docker_disk, and for zone its terraform_data.zone."
  }
}

# Terraform would replace every server, or the private network under them.
module "settings" {
  source = "../settings"

  of     = "The cluster ${var.cluster}"
  exists = length(local.nodes) > 0
  settings = {
    zone               = var.zone
    region             = local.region
    project_id         = var.project_id
    private_network_id = var.private_network_id
    subnet             = var.subnet
    vpc_id             = var.vpc_id
  }
  why = "another place or network would replace every server at once"

  depends_on = [scaleway_instance_server.node]
}

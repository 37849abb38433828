# What a living cluster does not follow: instances keep what they were made with, which is
# told, and the network stays.

module "outdated" {
  source = "../outdated"

  machines = merge(
    { for name, instance in aws_instance.node : name => instance.id },
    { for instance in aws_instance.bastion : local.bastion_name => instance.id },
  )
  wanted = merge(
    {
      for name, node in local.nodes : name => merge(
        local.makes_vpc ? { zone = local.zone_of[name] } : {},
        {
          type        = node.type
          image       = local.image[node.group]
          key         = local.key_name
          disk        = "${node.disk.size} GiB${var.kms_key_id == null ? "" : ", ${var.kms_key_id}"}"
          docker_disk = node.disk.docker_size == null ? null : "${node.disk.docker_size} GiB"
          spot        = node.spot
          user_data   = substr(nonsensitive(sha256(module.user_data[node.group].base64gzip[name])), 0, 12)
        },
      )
    },
    {
      for name in local.makes_bastion ? [local.bastion_name] : [] : name => {
        type  = var.bastion.type
        image = local.image["bastion"]
        key   = local.key_name
        disk  = "${var.bastion.disk.size} GiB${var.kms_key_id == null ? "" : ", ${var.kms_key_id}"}"
      }
    },
  )
  quiet = concat(["user_data"], alltrue([for image in values(local.image_of) : image.id == null]) ? ["image"] : [])
}

# By itself, since the id of a subnet that is made in the same root is not known when the plan
# is made: neither is then whether anything differs, and Terraform would warn of that instead.
module "subnets" {
  source = "../outdated"

  machines = { for name, instance in aws_instance.node : name => instance.id }
  wanted   = local.makes_vpc ? {} : { for name in keys(local.nodes) : name => { subnet = local.subnet_of[name] } }
}

locals {
  outdated = {
    for name in distinct(concat(keys(module.outdated.outdated), keys(module.subnets.outdated))) : name =>
    merge(lookup(module.outdated.outdated, name, {}), lookup(module.subnets.outdated, name, {}))
  }
  warnings = compact([module.outdated.warning, var.create_vpc == false ? null : module.subnets.warning])
}

check "outdated" {
  assert {
    condition     = length(local.warnings) == 0
    error_message = "Instances that run keep what they were made with: ${join("; ", local.warnings)}. Where that is not what you want, replace them one after the other: scripts/roll (docs/rolling.md), or terraform apply -replace='module.aws.aws_instance.node[\"NAME\"]', and of the bastion aws_instance.bastion[0]."
  }
}

# Of the cloud and not of the state, where a new instance is not known to be running.
data "aws_instances" "stopped" {
  instance_state_names = ["stopping", "stopped"]
  instance_tags        = { swarm = var.cluster }
}

check "running" {
  assert {
    condition     = length(data.aws_instances.stopped.ids) == 0
    error_message = "Stopped, and so without the swarm: ${join(", ", data.aws_instances.stopped.ids)}. Start it (aws ec2 start-instances --instance-ids ...) and apply, since it may have another address then; or replace it."
  }
}

locals {
  # Where instances live that are not to be replaced
  abandoned = !local.makes_vpc ? [] : [
    for name, made in module.outdated.made_with : "${name} in ${made.zone}" if try(!contains(local.zones, made.zone), false)
  ]
}

# Terraform would replace the VPC, or the security group, and every instance with it.
module "settings" {
  source = "../settings"

  of     = "The cluster ${var.cluster}"
  exists = length(local.nodes) > 0
  settings = {
    network  = var.network
    vpc_cidr = local.makes_vpc ? var.vpc_cidr : null
    vpc_id   = var.vpc_id
  }
  why = "another network would replace every instance at once"

  depends_on = [aws_instance.node]
}

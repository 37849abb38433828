# The instances, each in the subnet that its number within its group falls on: managers over
# as many zones as there are, and a last worker that goes moves no other.

locals {
  # By the group in the name: the instance of a worker that is promoted stays.
  nodes = {
    for name, node in module.names.nodes : name => merge(node, local.groups[node.group], {
      place = (node.number - 1) % max(1, length(local.zones_of[node.group]))
    })
  }
  zone_of   = { for name, node in local.nodes : name => local.zones_of[node.group][node.place] }
  subnet_of = { for name, node in local.nodes : name => local.subnets_of[node.group][node.place] }

  # A stopped instance has no public address, and who had it may be anybody by now: a name
  # that no host can have (RFC 2606) is an address that nobody answers at.
  ssh_host = {
    for name, instance in aws_instance.node : name => (
      local.is_private ? instance.private_ip : instance.public_ip == "" || instance.public_ip == null ? "${name}.stopped.invalid" : instance.public_ip
    )
  }

  published_key = "'${replace("${path.module}/published-key.sh", "'", "'\\''")}'"

  offered = [
    for i, type in data.aws_ec2_instance_type_offerings.zones.instance_types :
    "${type} ${data.aws_ec2_instance_type_offerings.zones.locations[i]}"
  ]
}

# Not every zone of a region has every type.
data "aws_ec2_instance_type_offerings" "zones" {
  location_type = "availability-zone"

  filter {
    name   = "instance-type"
    values = local.types
  }
}

module "user_data" {
  source   = "../user_data"
  for_each = local.groups

  names        = [for name, node in local.nodes : name if node.group == each.key]
  set_hostname = true
  docker       = var.docker
  ssh_user     = lookup(local.user_of, each.key, local.ssh_user)
  ssh_keys     = var.ssh_keys
  host_keys    = var.host_keys
  docker_disk  = each.value.disk.docker_size != null

  publish_host_keys = var.host_key_source == "console" ? "console" : null
  script            = each.value.script
}

resource "aws_instance" "node" {
  #checkov:skip=CKV_AWS_88:with network = "public" the nodes are reached and publish ports themselves
  #checkov:skip=CKV_AWS_126:detailed monitoring is billed; `monitoring` turns it on
  #checkov:skip=CKV_AWS_135:they are where the type can be, which the provider is asked for
  #checkov:skip=CKV2_AWS_41:nodes ask nothing of AWS; `instance_profile` is for services that do
  for_each = local.nodes

  ami                         = local.image[each.value.group]
  instance_type               = each.value.type
  subnet_id                   = local.subnet_of[each.key]
  associate_public_ip_address = !local.is_private
  vpc_security_group_ids      = concat([aws_security_group.node.id], each.value.security_group_ids)
  key_name                    = local.key_name
  iam_instance_profile        = each.value.instance_profile
  user_data_base64            = module.user_data[each.value.group].base64gzip[each.key]
  disable_api_termination     = var.protect_managers && each.value.role == "manager"
  ebs_optimized               = data.aws_ec2_instance_type.this[each.value.type].ebs_optimized_support != "unsupported"
  monitoring                  = var.monitoring
  tags                        = merge(local.tags, { Name = each.key, swarm-group = each.value.group })

  # Containers have no business with the instance's credentials.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    volume_type           = "gp3"
    volume_size           = each.value.disk.size
    encrypted             = true
    kms_key_id            = var.kms_key_id
    delete_on_termination = true
    tags                  = merge(local.tags, { Name = each.key })
  }

  # It goes with its machine: a swarm's state is of no use on another one.
  dynamic "ebs_block_device" {
    for_each = each.value.disk.docker_size[*]

    content {
      device_name           = "/dev/sdf"
      volume_type           = "gp3"
      volume_size           = ebs_block_device.value
      encrypted             = true
      kms_key_id            = var.kms_key_id
      delete_on_termination = true
      tags                  = merge(local.tags, { Name = "${each.key}-docker" })
    }
  }

  dynamic "instance_market_options" {
    for_each = each.value.spot ? ["spot"] : []

    content {
      market_type = instance_market_options.value

      spot_options {
        instance_interruption_behavior = "terminate"
        spot_instance_type             = "one-time"
      }
    }
  }

  lifecycle {
    # An instance is made once. AWS would stop it for some of these, Terraform replace all
    # that there are at once for others, managers too; outdated.tf tells what differs.
    ignore_changes = [
      ami, instance_type, subnet_id, associate_public_ip_address, key_name, user_data, user_data_base64, ebs_optimized,
      root_block_device, ebs_block_device, instance_market_options,
    ]

    precondition {
      condition     = contains(local.offered, "${each.value.type} ${local.zone_of[each.key]}")
      error_message = "${each.value.type} of ${each.key} is not offered in ${local.zone_of[each.key]}; choose another type, or zones that have it."
    }
  }

  # Its first boot goes out for packages.
  depends_on = [
    aws_route.internet, aws_route.nat, aws_route_table_association.public, aws_route_table_association.private,
    aws_vpc_security_group_egress_rule.node, var.routes,
  ]
}

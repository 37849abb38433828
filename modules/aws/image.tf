# Which image an instance is made from, and who logs in there.

locals {
  distributions = {
    "ubuntu-26.04" = { owner = "099720109477", name = "ubuntu/images/hvm-ssd-gp3/ubuntu-resolute-26.04-%s-server-*", user = "ubuntu" }
    "ubuntu-24.04" = { owner = "099720109477", name = "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-%s-server-*", user = "ubuntu" }
    "debian-13"    = { owner = "136693071363", name = "debian-13-%s-*", user = "admin" }
    "debian-12"    = { owner = "136693071363", name = "debian-12-%s-*", user = "admin" }
  }

  image_owner = coalesce(var.image.owner, local.distributions[var.image.distribution].owner)
  image_name  = coalesce(var.image.name, local.distributions[var.image.distribution].name)
  ssh_user    = coalesce(var.image.user, local.distributions[var.image.distribution].user)

  types = toset(concat(
    [for node in values(local.nodes) : node.type],
    local.makes_bastion ? [var.bastion.type] : [],
  ))

  # As images are named and as AWS calls it
  is_arm = {
    for type in local.types : type => contains(data.aws_ec2_instance_type.this[type].supported_architectures, "arm64")
  }
  image = {
    for type in local.types : type => var.image.id == null ? data.aws_ami.this[local.is_arm[type] ? "arm64" : "amd64"].id : var.image.id
  }
}

data "aws_ec2_instance_type" "this" {
  for_each = local.types

  instance_type = each.value
}

data "aws_ami" "this" {
  for_each = var.image.id == null ? toset([for arm in values(local.is_arm) : arm ? "arm64" : "amd64"]) : []

  most_recent = true
  owners      = [local.image_owner]

  filter {
    name   = "name"
    values = [replace(local.image_name, "%s", each.key)]
  }

  filter {
    name   = "architecture"
    values = [each.key == "arm64" ? "arm64" : "x86_64"]
  }
}

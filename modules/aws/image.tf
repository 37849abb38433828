# Which image an instance is made from, and who logs in there.

locals {
  distributions = {
    "ubuntu-26.04" = { owner = "099720109477", name = "ubuntu/images/hvm-ssd-gp3/ubuntu-resolute-26.04-%s-server-*", user = "ubuntu" }
    "ubuntu-24.04" = { owner = "099720109477", name = "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-%s-server-*", user = "ubuntu" }
    "debian-13"    = { owner = "136693071363", name = "debian-13-%s-*", user = "admin" }
    "debian-12"    = { owner = "136693071363", name = "debian-12-%s-*", user = "admin" }
  }

  # Of each group that has nodes, and of the bastion
  type_of = merge(
    { for node in values(module.names.nodes) : node.group => local.groups[node.group].type... },
    { for name in local.makes_bastion ? ["bastion"] : [] : name => [var.bastion.type] },
  )
  types = toset([for types in values(local.type_of) : types[0]])

  image_of = { for name in keys(local.type_of) : name => name == "bastion" ? var.image : local.groups[name].image }
  user_of  = { for name, image in local.image_of : name => coalesce(image.user, local.distributions[image.distribution].user) }
  ssh_user = coalesce(var.image.user, local.distributions[var.image.distribution].user)

  # As images are named; AWS calls the other one x86_64.
  arch_of = {
    for name, types in local.type_of : name => contains(data.aws_ec2_instance_type.this[types[0]].supported_architectures, "arm64") ? "arm64" : "amd64"
  }

  # The newest of a name, looked for once
  search_of = {
    for name, image in local.image_of : name => {
      owner = coalesce(image.owner, local.distributions[image.distribution].owner)
      name  = replace(coalesce(image.name, local.distributions[image.distribution].name), "%s", local.arch_of[name])
      arch  = local.arch_of[name]
    } if image.id == null
  }
  searches = { for search in values(local.search_of) : "${search.owner}/${search.name}/${search.arch}" => search... }

  image = {
    for name, image in local.image_of : name => image.id != null ? image.id : data.aws_ami.this[
      "${local.search_of[name].owner}/${local.search_of[name].name}/${local.search_of[name].arch}"
    ].id
  }
}

data "aws_ec2_instance_type" "this" {
  for_each = local.types

  instance_type = each.value
}

data "aws_ami" "this" {
  for_each = local.searches

  most_recent = true
  owners      = [each.value[0].owner]

  filter {
    name   = "name"
    values = [each.value[0].name]
  }

  filter {
    name   = "architecture"
    values = [each.value[0].arch == "arm64" ? "arm64" : "x86_64"]
  }
}

# Machines for a swarm on AWS. What modules/swarm takes of them is in outputs.tf; that module is
# called beside this one.

locals {
  tags = merge(var.tags, { swarm = var.cluster })

  # manager and worker are always there.
  silent = {
    count      = null, role = null, labels = null, availability = null, type = null, spot = null, disk = null, zones = null,
    subnet_ids = null, image = null, security_group_ids = null, instance_profile = null, script = null
  }
  asked = merge({ manager = local.silent, worker = local.silent }, { for name, group in var.groups : name => group })

  groups = {
    for name, group in local.asked : name => {
      type               = group.type == null ? "t3.small" : group.type
      spot               = group.spot == null ? false : group.spot
      disk               = group.disk == null ? { size = 20, docker_size = null } : group.disk
      zones              = group.zones == null ? local.zones : group.zones
      subnet_ids         = group.subnet_ids == null ? var.subnet_ids : group.subnet_ids
      image              = group.image == null ? var.image : group.image
      security_group_ids = concat(var.security_group_ids, group.security_group_ids == null ? [] : group.security_group_ids)
      instance_profile   = group.instance_profile == null ? var.instance_profile : group.instance_profile
      script             = group.script == null ? var.script : group.script
    }
  }
}

module "names" {
  source = "../names"

  cluster      = var.cluster
  groups       = local.asked
  roles        = var.roles
  labels       = var.labels
  availability = var.availability
}

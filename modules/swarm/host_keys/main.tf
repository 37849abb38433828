# Host keys, each read once, when its machine is new, and kept in the state from then on.
#
# What reads comes before what keeps, so a terraform that is killed in between leaves a machine
# that is not new any more and has no key, and nothing that comes before can tell. What
# comes after can: for such a machine the next apply reads again, by a second one of the same, and
# so it does where the first reading failed and that was tolerated. What remains: a machine
# whose key was not read by two applies. Terraform has no third place that is not the
# second one over again: what a resource did cannot be what it depends on.

module "first" {
  source = "./reading"

  program   = var.program
  tolerant  = var.tolerant
  machines  = var.machines
  queries   = var.queries
  published = local.published
}

module "again" {
  source = "./reading"

  program  = var.program
  tolerant = var.tolerant
  machines = {
    for name, machine in var.machines : name => machine
    if lookup(module.first.cut_off, name, false) || lookup(module.first.failed, name, false)
  }
  queries   = var.queries
  published = local.published
}

locals {
  published = { for name in keys(var.machines) : name => lookup(var.published, name, { command = null }) }
}

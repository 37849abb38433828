# Host keys, each read once, when its machine is new, and kept in the state from then on.
#
# What reads comes before what keeps, so a terraform that is killed in between leaves a machine
# that is not new any more and has no key, and nothing that comes before can tell. What
# comes after can: for such a machine the next apply reads again, by a second one of the same. What
# remains: killed in the first, and in the very next apply in the second one too.

module "first" {
  source = "./reading"

  program  = var.program
  machines = var.machines
  queries  = var.queries
}

module "again" {
  source = "./reading"

  program  = var.program
  machines = { for name, machine in var.machines : name => machine if lookup(module.first.missing, name, false) }
  queries  = var.queries
}

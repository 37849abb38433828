# What `prepare` does on machines that are new, on those that are in the swarm: with `rolling`,
# another script or environment runs on every node, one after the other, so that no work and no
# quorum is lost (docs/rolling.md). After all joins: nodes that come have been prepared with it.

locals {
  rolls = var.rolling != null && var.prepare != null && local.first != null

  roll_query = !local.rolls ? {} : merge(
    local.target[local.first], local.trust_all,
    local.other_managers[local.first] == "" ? {} : { managers = local.other_managers[local.first] },
    local.prepare_secrets,
    {
      nodes              = join(",", [for name in keys(var.nodes) : local.entry[name]])
      script             = var.prepare.script
      environment        = jsonencode(var.prepare.environment)
      availability       = jsonencode({ for name, node in var.nodes : local.entry[name] => node.availability if node.availability != null })
      max_unavailable    = var.rolling.max_unavailable
      drain              = var.rolling.drain
      reboot             = var.rolling.reboot
      node_timeout       = var.rolling.timeout
      drain_timeout      = var.drain_timeout
      on_missing_tasks   = var.rolling.on_missing_tasks
      allow_sole_manager = tostring(var.rolling.allow_sole_manager)
    },
  )
}

# By their hashes alone, so that no setting is in the state twice. How many go at a time is
# no reason to roll, and neither are secrets, of which nothing is known here but where they are.
module "roll" {
  source = "./step"

  program = local.program["roll-swarm"]
  triggers = {
    for of in ["swarm"] : of => {
      script      = filesha256(pathexpand(var.prepare.script))
      environment = sha256(jsonencode(var.prepare.environment))
    } if local.rolls
  }
  queries = { swarm = local.roll_query }

  depends_on = [module.join]
}

# What was changed behind Terraform's back, with detect_drift: a query on every plan,
# and a node that differs has its join replaced. How that comes about: deferred.tf.

# Waits until there is a swarm, as the tokens do.
module "observed" {
  source = "./observed"
  count  = var.detect_drift && local.first != null ? 1 : 0

  program = local.program["describe-swarm"]
  query   = merge(local.describe_query, local.deferred_target)
  nodes   = local.identity
}

locals {
  identity = {
    for name, node in var.nodes : name => { address = node.private_address, hostname = local.target[name].name }
  }

  reachable = anytrue(module.observed[*].reachable)
  observed  = { for name in keys(var.nodes) : name => one(module.observed[*].nodes[name]) }

  # A node that is Down differs too: to a manager one that somebody let leave by hand and
  # one without power have both only stopped their heartbeats, and nothing but going there
  # can tell. What goes there is join-node, which drains nothing and finds nothing to do
  # where the machine is back.
  drifted = {
    for name, node in var.nodes : name => local.reachable && !try(
      local.observed[name].state != "down" &&
      local.observed[name].role == node.role &&
      (node.availability == null || local.observed[name].availability == node.availability) &&
      (node.labels == null || local.observed[name].labels == jsonencode(node.labels)),
      false
    )
  }
}

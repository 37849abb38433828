# What was changed behind Terraform's back, with detect_drift: a query on every plan,
# and a node that differs has its join replaced.

# Waits until there is a swarm, as the tokens do.
module "seen" {
  source = "./seen"
  count  = var.detect_drift && local.first != null ? 1 : 0

  program = "${local.helpers}/describe-swarm"
  query   = merge(local.describe_query, local.once_made)
  nodes   = local.identity
}

# The IDs, for the output. Where nothing joins they are those that were seen, which cat
# hands on: a data source cannot but run a program, and reads its query as JSON and
# writes its result as such. What comes, or comes back, has an ID only then, so an
# apply in which anything joins asks the swarm again, afterwards.
module "ids" {
  source = "./seen"
  count  = var.detect_drift && local.first != null ? 1 : 0

  program = local.joins ? "${local.helpers}/describe-swarm" : "cat"
  query   = local.joins ? local.describe_query : one(module.seen[*].result)
  nodes   = local.identity

  depends_on = [terraform_data.joined]
}

locals {
  identity = {
    for name, node in var.nodes : name => { address = node.private_address, hostname = local.target[name].name }
  }

  reachable = anytrue(module.seen[*].reachable)
  seen      = { for name in keys(var.nodes) : name => one(module.seen[*].nodes[name]) }

  # Whether anything joins in this very run: that is known only once it has, which is
  # when this is read. (A plan within the same second asks once too often.)
  joins = anytrue([for joined in terraform_data.joined : joined.output == plantimestamp()])

  # A node that is Down differs too: to a manager one that somebody let leave by hand and
  # one without power have both only stopped their heartbeats, and nothing but going there
  # can tell. What goes there is join-node, which drains nothing and finds nothing to do
  # where the machine is back.
  drifted = {
    for name, node in var.nodes : name => local.reachable && !try(
      local.seen[name].state != "down" &&
      local.seen[name].role == node.role &&
      local.seen[name].availability == node.availability &&
      local.seen[name].labels == jsonencode(node.labels),
      false
    )
  }

  # What a join is triggered by has to be the same before and after it has put things
  # right, and yet differ in between: timestamp() is not known before the apply, so
  # neither is this where something drifted, and Terraform plans a replacement. In the
  # state it is "ok" all the same. (Not one condition with &&, which is not known as
  # soon as one side is not.)
  as_wanted = {
    for name in keys(var.nodes) : name => local.drifted[name] ? (timestamp() == "" ? "" : "ok") : "ok"
  }
}

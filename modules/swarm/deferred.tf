# Feats, each of them with its reason: Terraform has no word for "not before the apply", nor
# for "only if something is done in this run". Whoever changes one runs tests/terraform/drift.sh.

locals {
  # Laid over a query: the same host, but not known before there is a swarm, so that what
  # asks it is read then and not when the plan is made. By an id, which is always known of
  # a resource that is there. Not by depends_on: any change below would then be a reason
  # to read late, and all that depends on what is read would show as about to change.
  deferred_target = {
    host = one([for swarm in terraform_data.swarm : swarm.id == "" ? "" : local.verified_host[local.asked[0]]])
  }

  # What a join is triggered by has to be the same before and after it has put things
  # right, and yet differ in between: timestamp() is not known before the apply, so
  # neither is this where something drifted, and Terraform plans a replacement. In the
  # state it is "ok" all the same. (Not one condition with &&, which is not known as
  # soon as one side is not.)
  as_wanted = {
    for name in keys(var.nodes) : name => local.drifted[name] ? (timestamp() == "" ? "" : "ok") : "ok"
  }

  # Whether anything joins in this very run: that is known only once it has, which is
  # when this is read. (A plan within the same second asks once too often.)
  joins = anytrue([for made_by in values(module.join.made_by) : made_by == plantimestamp()])
}

# The IDs, for the output. Where nothing joins they are those that were observed, which cat
# hands on: a data source cannot but run a program, and reads its query as JSON and
# writes its result as such. What comes, or comes back, has an ID only then, so an
# apply in which anything joins asks the swarm again, afterwards.
module "ids" {
  source = "./observed"
  count  = var.detect_drift && local.first != null ? 1 : 0

  program = local.joins ? local.program["describe-swarm"] : "cat"
  query   = local.joins ? local.describe_query : one(module.observed[*].result)
  nodes   = local.identity

  depends_on = [module.join]
}

# What was changed behind Terraform's back, with detect_drift: a query on every plan, as in
# ../swarm/drift.tf, and the stack is deployed again where it is not what it was deployed as.

# Not before there was a deploy: by an id, which is known of a resource that is there.
module "observed" {
  source = "./observed"
  count  = var.detect_drift ? 1 : 0

  program = local.program["describe-stack"]
  query = merge(local.query, local.timeout.describe, {
    host           = terraform_data.remove.id == "" ? "" : var.swarm.host
    on_unreachable = "empty"
  })
}

locals {
  observed = one(module.observed[*].result)
  # Services that lack tasks are no drift: deploying them once more brings none.
  drifted = var.detect_drift ? try(local.observed.reachable == "true" && local.observed.state != "as-deployed", false) : false

  # The same before and after it has been put right, and yet not known in between: see
  # ../swarm/deferred.tf.
  as_wanted = local.drifted ? (timestamp() == "" ? "" : "ok") : "ok"
}

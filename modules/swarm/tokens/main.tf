# The join tokens as Terraform values. Apart from the rest of modules/swarm
# because this is the one place that needs a provider.

# A manager out of reach must fail neither a plan nor a destroy, which reads
# this first; hence on_unreachable.
data "external" "this" {
  program = [var.program]
  query   = merge(var.query, { on_unreachable = "empty" })
}

locals {
  reachable = try(data.external.this.result.reachable, "false") == "true"
}

# The nodes as a manager sees them. Apart from the rest of modules/swarm because,
# like tokens, it needs a provider.

data "external" "this" {
  program = [var.program]
  query   = var.query
}

locals {
  result = data.external.this.result

  # Those that are not Down first: a node may have left an older entry behind.
  ids = compact(split(",", local.result.ids))
  ordered = concat(
    [for id in local.ids : id if local.result["${id}.state"] != "down"],
    [for id in local.ids : id if local.result["${id}.state"] == "down"],
  )
  ids_of = {
    for name, node in var.nodes : name => [
      for id in local.ordered : id
      if local.result["${id}.address"] == node.address && lower(local.result["${id}.hostname"]) == lower(node.hostname)
    ]
  }
}

# What ../published.sh is told of a machine that publishes its keys; null where it does not
locals {
  first_connection = {
    for name, published in var.published : name => published.command == null ? null : [
      name, published.time, published.known_as, published.command, var.program,
    ]
  }
}

# Waits for the machine, and accepts or refuses its key as the caller's known hosts and policy
# say. A failure taints it, so that the next apply reads again; or, where it is tolerated, is
# remembered for this run (../../tried.sh). Remembers which plan it was made by: that, unlike
# its id, is known in the plan itself.
resource "terraform_data" "read" {
  for_each = var.machines

  input            = plantimestamp()
  triggers_replace = each.value

  lifecycle {
    ignore_changes = [input]
  }

  provisioner "local-exec" {
    interpreter = concat(
      var.tolerant ? ["${path.module}/../../tried.sh", "run", plantimestamp(), self.id, ""] : [],
      local.first_connection[each.key] == null ? [var.program, "--query-env"] : concat(["${path.module}/../published.sh", "run"], local.first_connection[each.key]),
    )
    command     = "SWARM_QUERY"
    quiet       = true
    environment = { SWARM_QUERY = jsonencode(var.queries[each.key]) }
  }
}

locals {
  new = { for name, read in terraform_data.read : name => read.input == plantimestamp() }
}

# A provisioner cannot hand on what it has read, hence once more, verified by what it has
# recorded. Only for machines that are new. By the id, which is not known before the
# apply, it is read after the provisioner and not when the plan is made.
data "external" "this" {
  for_each = { for name, new in local.new : name => terraform_data.read[name].id if new }

  program = concat(
    var.tolerant ? ["sh", "${path.module}/../../tried.sh", "key", plantimestamp(), each.value] : [],
    local.first_connection[each.key] == null ? [var.program] : concat(["sh", "${path.module}/../published.sh", "key"], local.first_connection[each.key]),
  )
  query = merge(var.queries[each.key], { host = each.value == "" ? "" : var.queries[each.key].host })
}

# Holds the key. For good: null where nothing came of the reading, empty where it failed.
resource "terraform_data" "this" {
  for_each = { for name, read in terraform_data.read : name => read.id }

  input            = one([for name, read in data.external.this : tostring(read.result.host_key) if name == each.key])
  triggers_replace = each.value

  lifecycle {
    ignore_changes = [input]
  }
}

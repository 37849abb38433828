# Which nodes a cluster has, what they are called and what role each one plays.
# Every root and cloud module asks here, so that the rules stand in one place.

locals {
  counted = merge(
    { for n in range(1, var.manager_count + 1) : "${var.cluster}-manager-${n}" => { role = "manager", group = "manager", number = n } },
    { for n in range(1, var.worker_count + 1) : "${var.cluster}-worker-${n}" => { role = "worker", group = "worker", number = n } },
  )

  named = {
    for name, role in var.hosts : name => { role = role, group = role, number = 0 }
  }

  nodes = {
    for name, node in merge(local.counted, local.named) : name => {
      role         = lookup(var.roles, name, node.role)
      group        = node.group
      number       = node.number
      labels       = lookup(var.labels, name, {})
      availability = lookup(var.availability, name, "active")
    }
  }

  managers = sort([for name, node in local.nodes : name if node.role == "manager"])

  unknown = sort(setsubtract(
    distinct(concat(keys(var.roles), keys(var.labels), keys(var.availability))),
    keys(local.nodes),
  ))
}

# Which nodes a cluster has, what they are called and what role each one plays.
# Every root and cloud module asks here, so that the rules stand in one place.

locals {
  counted = merge([
    for group, settings in var.groups : {
      for n in range(1, coalesce(settings.count, group == "worker" ? 2 : 1) + 1) : "${var.cluster}-${group}-${n}" => {
        role         = coalesce(settings.role, group == "manager" ? "manager" : "worker")
        group        = group
        number       = n
        labels       = settings.labels
        availability = settings.availability
      }
    }
  ]...)

  named = {
    for name, role in var.hosts : name => { role = role, group = role, number = 0, labels = {}, availability = "active" }
  }

  nodes = {
    for name, node in merge(local.counted, local.named) : name => {
      role         = lookup(var.roles, name, node.role)
      group        = node.group
      number       = node.number
      labels       = merge(node.labels, lookup(var.labels, name, {}))
      availability = lookup(var.availability, name, node.availability)
    }
  }

  managers = sort([for name, node in local.nodes : name if node.role == "manager"])

  unknown = sort(setsubtract(
    distinct(concat(keys(var.roles), keys(var.labels), keys(var.availability))),
    keys(local.nodes),
  ))
}

# Machines for a swarm on AWS. What modules/swarm takes of them is in outputs.tf; that module is
# called beside this one.

locals {
  tags = merge(var.tags, { swarm = var.cluster })

  # <cluster>-<pool>-<n>
  pool_nodes = merge([
    for pool, settings in var.pools : {
      for n in range(1, settings.count + 1) : "${var.cluster}-${pool}-${n}" => { pool = pool, number = n }
    }
  ]...)

  # What is said of one node wins over what is said of its pool.
  pool_labels       = { for name, node in local.pool_nodes : name => merge(var.pools[node.pool].labels, lookup(var.labels, name, {})) }
  pool_availability = { for name, node in local.pool_nodes : name => lookup(var.availability, name, var.pools[node.pool].availability) }
}

module "names" {
  source = "../names"

  cluster       = var.cluster
  manager_count = var.manager_count
  worker_count  = var.worker_count
  hosts         = { for name, node in local.pool_nodes : name => var.pools[node.pool].role }
  roles         = var.roles
  labels        = merge(var.labels, local.pool_labels)
  availability  = merge(var.availability, local.pool_availability)
}

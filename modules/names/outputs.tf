output "nodes" {
  description = "Node name to its role (as overridden), group (the one in its name; for hosts with names of their own their role), number (counted from 1 within the group, 0 for hosts with names of their own), labels and availability."
  value       = local.nodes

  precondition {
    condition     = length(local.nodes) == 0 || length(local.managers) % 2 == 1
    error_message = "With the counts and roles asked for, the cluster would have ${length(local.managers)} managers${length(local.managers) == 0 ? "" : " (${join(", ", local.managers)})"}; the number has to be odd. Managers decide by majority: an even number of them survives no more failures than one fewer would, and loses its majority sooner. Change a count, or the role of one more node."
  }

  precondition {
    condition     = length(local.unknown) == 0
    error_message = "roles, labels or availability speak of ${join(", ", local.unknown)}, which is not a node of this cluster; correct the name or remove the entry."
  }
}

output "managers" {
  description = "Names of the nodes that are managers, sorted."
  value       = local.managers
}

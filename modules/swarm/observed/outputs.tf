output "reachable" {
  description = "Whether a manager answered."
  value       = local.result.reachable == "true"
}

output "nodes" {
  description = "What the swarm knows of each node: id, role, availability, state and labels (JSON, as jsonencode writes it); null where it knows nothing, or no manager answered."
  value = {
    for name, ids in local.ids_of : name => length(ids) == 0 ? null : {
      id           = ids[0]
      role         = local.result["${ids[0]}.role"]
      availability = local.result["${ids[0]}.availability"]
      state        = local.result["${ids[0]}.state"]
      labels       = jsonencode(jsondecode(local.result["${ids[0]}.labels"]))
    }
  }
}

output "result" {
  description = "The answer of the program, unchanged."
  value       = local.result
}

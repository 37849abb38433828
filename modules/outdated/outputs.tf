output "made_with" {
  description = "What each machine was made with, by node name."
  value       = { for name, record in terraform_data.made_with : name => record.input }
}

output "outdated" {
  description = "Node name to what a new machine would have in another way: setting to \"has, and has in new ones\". Without the nodes that are up to date."
  value       = local.outdated
}

output "warning" {
  description = "The same as a sentence, without what is no reason to warn; null where there is nothing."
  value = length(local.warned) == 0 ? null : join("; ", [
    for name, differs in local.warned : "${name} (${join(", ", differs)})"
  ])
}

output "made_with" {
  description = "What each machine was made with, by node name."
  value       = { for name, record in terraform_data.made_with : name => record.input }
}

output "outdated" {
  description = "By node name, the settings in which a new machine would differ: \"OLD, and NEW in new ones\". Without the nodes that are up to date."
  value       = local.outdated
}

output "warning" {
  description = "The same as a sentence, without settings that give no warning; null where nothing is left."
  value = length(local.warned) == 0 ? null : join("; ", [
    for name, differs in local.warned : "${name} (${join(", ", differs)})"
  ])
}

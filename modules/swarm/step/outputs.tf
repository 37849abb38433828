output "made_by" {
  description = "By name: the time of the plan by which it was last run to its end; null where a version wrote the state that did not keep it."
  value       = { for name, confirm in terraform_data.confirm : name => confirm.output }
}

output "ids" {
  description = "By name: the ID under which ../tried.sh keeps the result, once that is confirmed."
  value       = { for name, confirm in terraform_data.confirm : name => confirm.triggers_replace }
}

output "began" {
  description = "By name: the time of the plan by which it was begun; null where a version wrote the state that did not keep it."
  value       = { for name, run in terraform_data.run : name => run.input }
}

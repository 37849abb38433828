output "made_by" {
  description = "By name: the time of the plan by which it was last run to its end; null where a version wrote the state that did not keep it."
  value       = { for name, confirm in terraform_data.confirm : name => confirm.output }
}

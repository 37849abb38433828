output "entries" {
  description = "The values one level below var.entries, in the same form. A key that the table does not have gets the type \"?\", and `among` has the keys of the table."
  value       = local.entries
}

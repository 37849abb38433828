output "entries" {
  description = "The values in those of var.entries, likewise; where the table does not know a key, its type is the unknown one, \"?\", and `among` has those it knows."
  value       = local.entries
}

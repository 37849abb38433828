output "of" {
  description = "Names of the attributes, by kind of object."
  value       = local.of
}

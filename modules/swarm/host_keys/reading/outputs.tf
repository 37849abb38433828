output "keys" {
  description = "By name: the public key that the machine has proved to hold, type and base64."
  value       = { for name, key in terraform_data.this : name => tostring(key.output) }
}

output "new" {
  description = "By name: whether it is read in this very run, so that the key is not known before the apply."
  value       = local.new
}

output "cut_off" {
  description = "By name: whether it was read by an earlier run, which was cut off before it kept the key."
  value       = { for name, key in terraform_data.this : name => local.new[name] ? false : key.input == null }
}

output "failed" {
  description = "By name: whether it was read by an earlier run, in vain."
  value       = { for name, key in terraform_data.this : name => local.new[name] ? false : try(key.input == "", false) }
}

output "ids" {
  description = "By name: the ID under which ../../tried.sh keeps the result of the reading."
  value       = { for name, read in terraform_data.read : name => read.id }
}

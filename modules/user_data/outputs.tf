output "rendered" {
  description = "User data by machine name: a script, or with ssh_keys or host_keys a multi-part message of cloud-config and that script."
  value       = local.rendered
  sensitive   = true
}

output "base64gzip" {
  description = "The same, compressed and encoded, for clouds that take at most 16 KiB before the encoding."
  value       = { for name, text in local.rendered : name => base64gzip(text) }
  sensitive   = true
}

output "prepare" {
  description = "For `prepare` of modules/swarm: a script that waits for the user data and fails with the end of its log."
  value       = { script = "${path.module}/wait-user-data.sh", environment = {} }
}

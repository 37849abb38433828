output "result" {
  description = "The answer of describe-stack."
  value       = data.external.this.result
}

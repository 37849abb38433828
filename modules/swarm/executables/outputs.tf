output "found" {
  description = "\"all\": every executable was found and is new enough."
  value       = data.external.this.result.found
}

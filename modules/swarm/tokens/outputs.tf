output "tokens" {
  description = "Join tokens: manager, worker, and the swarm's cluster_id; null where no manager answered."
  sensitive   = true
  value = local.reachable ? {
    manager    = data.external.this.result.manager
    worker     = data.external.this.result.worker
    cluster_id = data.external.this.result.cluster_id
  } : null
}

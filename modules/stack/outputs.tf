output "name" {
  description = "The stack's name, once it is whole."
  value       = var.name

  depends_on = [module.deploy]
}

output "observed" {
  description = "With detect_drift, what describe-stack said of the stack before the apply: reachable, state, whole, version, services, running, desired; else null."
  value       = local.observed
}

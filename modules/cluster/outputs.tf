output "groups" {
  description = "The groups, by name: `count`, `role`, `labels`, `availability`, and what the caller's own section knows of groups; null where nothing is said. manager and worker are always there."
  value = {
    for name, group in local.by_name.groups : name => merge(
      group, lookup(var.surge, name, 0) == 0 ? {} : { count = coalesce(group.count, name == "worker" ? 2 : 1) + var.surge[name] },
    )
  }

  precondition {
    condition     = length(local.problems) == 0
    error_message = join("\n", [for problem in local.problems : "${local.shown}: ${problem}"])
  }
}

output "roles" {
  description = "Role by node name, of the nodes that have one of their own; for modules/names."
  value       = { for name, node in local.by_name.nodes : name => node.role if node.role != null }
}

output "labels" {
  description = "Labels by node name, of the nodes that have some of their own; for modules/names."
  value       = { for name, node in local.by_name.nodes : name => node.labels if node.labels != null }
}

output "availability" {
  description = "Availability by node name, of the nodes that have one of their own; for modules/names."
  value       = { for name, node in local.by_name.nodes : name => node.availability if node.availability != null }
}

output "docker" {
  description = "Attributes of modules/docker; null where nothing is said, which is its default there."
  value       = local.flat.docker
}

output "swarm" {
  description = "Attributes of the variable `swarm` of modules/swarm, and its variables `token_delivery`, `drain_timeout`, `on_drain_timeout`, `standalone_containers`, `detect_drift`, `docker_socket`, `rolling`, `backup`, `restore_from`, `store` and `timeouts`; `prepare`, whether a new machine is prepared. null where nothing is said."
  value       = local.flat.swarm
}

output "ssh" {
  description = "Attributes of the variable `ssh` of modules/swarm; null where nothing is said."
  value       = local.flat.ssh
}

output "own" {
  description = "What else the caller's own section holds; null where nothing is said."
  value       = local.section
}

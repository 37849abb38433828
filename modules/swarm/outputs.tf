output "nodes" {
  description = "Node name to role, ssh_host and private_address, once every node has joined."
  value = {
    for name, node in var.nodes : name => {
      role            = node.role
      ssh_host        = node.ssh_host
      private_address = node.private_address
    }
  }

  depends_on = [terraform_data.join]
}

output "manager_addresses" {
  description = "Private addresses of the managers, in the order of their names."
  value       = [for name in local.managers : var.nodes[name].private_address]

  depends_on = [terraform_data.join]
}

output "docker_context" {
  description = "Command that makes the swarm a context of the local docker client; null without managers."
  value = local.first == null ? null : format("docker context create %s --docker host=ssh://%s",
    var.cluster,
    trimsuffix(local.entry[local.first], ":22"),
  )

  depends_on = [terraform_data.join]
}

output "tokens" {
  description = "Join tokens (manager, worker) and cluster_id with token_delivery = \"state\"; null with \"ssh\", and where no manager answered."
  sensitive   = true
  value       = one(module.tokens[*].tokens)
}

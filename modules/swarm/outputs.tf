output "nodes" {
  description = "Node name to role, ssh_host and private_address, once every node has joined."
  value = {
    for name, node in var.nodes : name => {
      role            = node.role
      ssh_host        = node.ssh_host
      private_address = node.private_address
    }
  }

  depends_on = [terraform_data.joined]
}

output "manager_addresses" {
  description = "Private addresses of the managers, in the order of their names."
  value       = [for name in local.managers : var.nodes[name].private_address]

  depends_on = [terraform_data.joined]
}

output "node_ids" {
  description = "Node name to ID in the swarm, once every node has joined, with detect_drift; else null. A name without an ID is unknown to the swarm, or no manager answered."
  value       = var.detect_drift ? { for name in keys(var.nodes) : name => try(module.ids[0].nodes[name].id, null) } : null
}

output "docker_context" {
  description = "Command that makes the swarm a context of the local docker client; null without managers."
  value = local.first == null ? null : format("docker context create %s --docker host=ssh://%s",
    var.cluster,
    trimsuffix(local.entry[local.first], ":22"),
  )

  depends_on = [terraform_data.joined]
}

output "tokens" {
  description = "Join tokens (manager, worker) and cluster_id with token_delivery = \"state\"; null with \"ssh\", and where no manager answered."
  sensitive   = true
  value       = one(module.tokens[*].tokens)
}

locals {
  ssh_known_hosts = var.ssh.known_hosts == null ? "" : "-o UserKnownHostsFile=${var.ssh.known_hosts}"

  # Not -J, whose ssh has neither the key nor the known_hosts file.
  ssh_bastion_key = var.ssh.bastion_private_key == null ? var.ssh.private_key : var.ssh.bastion_private_key
  ssh_bastion = var.ssh.bastion_host == null ? "" : format("-o ProxyCommand=\"%s\"", join(" ", compact([
    "ssh",
    local.ssh_bastion_key == null ? "" : "-i ${local.ssh_bastion_key}",
    local.ssh_known_hosts,
    var.ssh.bastion_port == null ? "" : "-p ${var.ssh.bastion_port}",
    "-W [%h]:%p",
    var.ssh.bastion_user == null ? var.ssh.bastion_host : "${var.ssh.bastion_user}@${var.ssh.bastion_host}",
  ])))
}

output "ssh" {
  description = "Command for a shell on each node, by name, with the key, known_hosts file and bastion of `ssh`; run where Terraform runs."
  value = {
    for name, node in var.nodes : name => join(" ", compact([
      "ssh",
      var.ssh.private_key == null ? "" : "-i ${var.ssh.private_key}",
      local.ssh_known_hosts,
      node.ssh_port == 22 ? "" : "-p ${node.ssh_port}",
      local.ssh_bastion,
      "${local.target[name].user}@${node.ssh_host}",
    ]))
  }
}

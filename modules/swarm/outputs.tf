output "nodes" {
  description = "Node name to role, ssh_host and private_address, once every node has joined."
  value = {
    for name, node in var.nodes : name => {
      role            = node.role
      ssh_host        = node.ssh_host
      private_address = node.private_address
    }
  }

  depends_on = [module.join]
}

output "manager_addresses" {
  description = "Private addresses of the managers, in the order of their names."
  value       = [for name in local.managers : var.nodes[name].private_address]

  depends_on = [module.join]
}

output "node_ids" {
  description = "Node name to ID in the swarm, once every node has joined, with detect_drift; else null. A name without an ID is unknown to the swarm, or no manager answered."
  value       = var.detect_drift ? { for name in keys(var.nodes) : name => try(module.ids[0].nodes[name].id, null) } : null
}

output "docker_context" {
  description = "Command that makes the swarm a context of the local docker client, through the first manager; null without managers. For eval, where Terraform runs."
  value       = local.first == null ? null : local.context_command[local.first][var.cluster]

  depends_on = [module.join]
}

output "docker_contexts" {
  description = "The same through each manager, by name, which is the context's name too."
  value       = { for name in local.managers : name => local.context_command[name][name] }

  depends_on = [module.join]
}

output "tokens" {
  description = "Join tokens (manager, worker) and cluster_id with token_delivery = \"state\"; null with \"ssh\", and where no manager answered."
  sensitive   = true
  value       = one(module.tokens[*].tokens)
}

output "ssh" {
  description = "Command for a shell on each node, by name, with the key, known_hosts file and bastion of `ssh`; run where Terraform runs."
  value       = local.ssh_command
}

output "host_keys" {
  description = "Public host keys by node name, as every query pins them: those of ssh.host_keys, else the one that was read when the machine was new."
  value       = { for name in keys(var.nodes) : name => contains(keys(local.given), name) ? trimspace(local.given[name]) : module.host_keys.keys[name] }
}

output "docker" {
  description = "What to put before a command so that its docker is a manager's, over a verified connection, for as long as it runs: `$(terraform output -raw docker) docker node ls`, where Terraform runs. null without managers."
  value       = local.docker_command

  depends_on = [module.join]
}

output "watch" {
  description = "Command that shows what the swarm does, as it happens: `$(terraform output -raw watch)` on a terminal, `$(terraform output -raw watch) --json` for scripts, and with `--listen 127.0.0.1:0` as a page; where Terraform runs. null without managers."
  value       = local.watch_command

  depends_on = [module.join]
}

output "backup" {
  description = "Command that makes an archive of the swarm as `backup` says: `$(terraform output -raw backup)`, where Terraform runs. null without `backup`, and without managers."
  value       = local.backup_command

  depends_on = [module.join]
}

output "ssh_config" {
  description = "Configuration for ssh, and for what runs it (scp, rsync, ansible, editors): every node by its name, through the bastion, with `known_hosts` or the pinned keys. `terraform output -raw ssh_config >.swarm/dev.ssh_config`, then `ssh -F .swarm/dev.ssh_config dev-worker-1`, where Terraform runs."
  value       = local.ssh_config
}

output "roll" {
  description = "For scripts/roll, as a part of the root's output `roll`: `program` and `query` of describe-swarm, in the root's folder, and the `nodes` by name: role, address in the swarm, hostname."
  value = {
    program = local.program["describe-swarm"]
    query   = local.describe_all_query
    nodes   = { for name, node in local.identity : name => merge(node, { role = var.nodes[name].role }) }
  }

  depends_on = [module.join]
}

output "managers" {
  description = "How a manager is reached, as keys of a query: for `swarm` of modules/stack. null without managers. Known before there is a swarm; what has to wait for one depends on `nodes` as well."
  value = local.first == null ? null : merge(
    local.target[local.first], local.trust_all, { host = local.verified_host[local.first] },
    local.other_managers[local.first] == "" ? {} : { managers = local.other_managers[local.first] },
  )
}

# A configuration for ssh, and for all that runs it (scp, rsync, ansible, editors): each node
# by its name, through the bastion, with the keys that the executables would accept.

locals {
  # In ssh's configuration % begins what it fills in.
  config_key     = var.ssh.private_key == null ? [] : ["IdentityFile \"${replace(var.ssh.private_key, "%", "%%")}\"", "IdentitiesOnly yes"]
  config_bastion = var.ssh.bastion_private_key == null ? local.config_key : ["IdentityFile \"${replace(var.ssh.bastion_private_key, "%", "%%")}\"", "IdentitiesOnly yes"]

  config_known = concat(
    var.ssh.known_hosts == null ? [] : ["UserKnownHostsFile \"${replace(var.ssh.known_hosts, "%", "%%")}\""],
    ["StrictHostKeyChecking ${var.ssh.host_key_policy == "strict" ? "yes" : "accept-new"}"],
  )

  # The keys of a host, as every query pins them, alone are trusted. They stand in the
  # configuration itself: a program that prints them is all that ssh takes.
  config_keys = merge(local.given, module.host_keys.keys, module.bastion_key.keys)
  config_pinned = {
    for name, keys in local.config_keys : lookup(local.pinned_as, name, name) => [
      "UserKnownHostsFile none",
      "GlobalKnownHostsFile /dev/null",
      format("KnownHostsCommand /usr/bin/printf \"%%%%s\\n\" %s", join(" ", [
        for key in split("\n", trimspace(keys)) : "\"${lookup(local.pinned_as, name, name)} ${trimspace(key)}\""
      ])),
      "StrictHostKeyChecking yes",
    ] if keys != ""
  }

  config_hosts = merge(
    {
      for name, node in var.nodes : name => concat(
        ["HostName ${node.ssh_host}", "Port ${node.ssh_port}", "User ${local.target[name].user}"],
        local.config_key,
        lookup(local.config_pinned, local.known_as[name], local.config_known),
        var.ssh.bastion_host == null ? [] : ["ProxyJump ${local.bastion_name}"],
      )
    },
    var.ssh.bastion_host == null ? {} : {
      (local.bastion_name) = concat(
        ["HostName ${var.ssh.bastion_host}", "Port ${coalesce(var.ssh.bastion_port, 22)}", "User ${coalesce(var.ssh.bastion_user, var.ssh.user)}"],
        local.config_bastion,
        lookup(local.config_pinned, coalesce(local.bastion_known_as, local.bastion_name), local.config_known),
      )
    },
  )

  ssh_config = join("", [for name, lines in local.config_hosts : format("Host %s\n\t%s\n", name, join("\n\t", lines))])
}

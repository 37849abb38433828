# A configuration for ssh, and for all that runs it (scp, rsync, ansible, editors): each node
# by its name, through the bastion, with the keys that the executables would accept.
#
# A text that whoever wants the file writes, and no resource: a file of one would be on the disk
# of the operator who applied and on nobody else's, and what reads something at every
# plan has no business to write. From the state it is the same on any disk.

locals {
  # In ssh's configuration % begins what it fills in.
  config_key     = var.ssh.private_key == null ? [] : ["IdentityFile \"${replace(var.ssh.private_key, "%", "%%")}\"", "IdentitiesOnly yes"]
  config_bastion = var.ssh.bastion_private_key == null ? local.config_key : ["IdentityFile \"${replace(var.ssh.bastion_private_key, "%", "%%")}\"", "IdentitiesOnly yes"]

  config_known = concat(
    var.ssh.known_hosts == null ? [] : ["UserKnownHostsFile \"${replace(var.ssh.known_hosts, "%", "%%")}\""],
    ["StrictHostKeyChecking ${var.ssh.host_key_policy == "strict" ? "yes" : "accept-new"}"],
  )

  # The keys of a host, as every query pins them, alone are trusted. They stand in the
  # configuration itself, so that one file is all of it: ssh takes them from a program that
  # prints them (KnownHostsCommand, since OpenSSH 8.5; an older one refuses the file).
  config_keys = merge(local.given, module.host_keys.keys, module.bastion_key.keys)

  # A bastion that is a node as well has two names and one address.
  config_trusted = {
    for name, keys in local.config_keys : lookup(local.pinned_as, name, name) => split("\n", trimspace(keys))... if keys != ""
  }
  config_pinned = {
    for host, keys in local.config_trusted : host => [
      "UserKnownHostsFile none",
      "GlobalKnownHostsFile /dev/null",
      format("KnownHostsCommand /usr/bin/printf \"%%%%s\\n\" %s", join(" ", [
        for key in distinct([for line in flatten(keys) : trimspace(line)]) : "\"${host} ${key}\""
      ])),
      "StrictHostKeyChecking yes",
    ]
  }

  config_hosts = merge(
    {
      for name, node in var.nodes : name => concat(
        ["HostName ${replace(node.ssh_host, "%", "%%")}", "Port ${node.ssh_port}", "User ${local.target[name].user}"],
        local.config_key,
        lookup(local.config_pinned, local.known_as[name], local.config_known),
        var.ssh.bastion_host == null ? [] : ["ProxyJump ${local.bastion_name}"],
      )
    },
    var.ssh.bastion_host == null ? {} : {
      (local.bastion_name) = concat(
        ["HostName ${replace(var.ssh.bastion_host, "%", "%%")}", "Port ${coalesce(var.ssh.bastion_port, 22)}", "User ${coalesce(var.ssh.bastion_user, var.ssh.user)}"],
        local.config_bastion,
        lookup(local.config_pinned, coalesce(local.bastion_known_as, local.bastion_name), local.config_known),
      )
    },
  )

  ssh_config = join("", [for name, lines in local.config_hosts : format("Host %s\n\t%s\n", name, join("\n\t", lines))])
}

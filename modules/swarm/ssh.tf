# Commands that a person pastes into a shell: each word is quoted unless a shell would
# leave it as it is. A ~ at its beginning is left to the shell.

locals {
  plain = "^[a-zA-Z0-9_@%+=:,./~-]+$"

  # As ssh takes a path of known_hosts: % begins what it fills in, blanks part two files.
  ssh_known_hosts = var.ssh.known_hosts == null ? null : format(
    can(regex(local.plain, var.ssh.known_hosts)) ? "UserKnownHostsFile=%s" : "UserKnownHostsFile=\"%s\"",
    replace(var.ssh.known_hosts, "%", "%%"),
  )

  # Not -J, whose ssh has neither the key nor the known_hosts file. Run by a shell again.
  ssh_bastion_key = var.ssh.bastion_private_key == null ? var.ssh.private_key : var.ssh.bastion_private_key
  ssh_bastion_words = concat(
    ["ssh"],
    local.ssh_bastion_key == null ? [] : ["-i", replace(local.ssh_bastion_key, "%", "%%")],
    local.ssh_known_hosts == null ? [] : ["-o", local.ssh_known_hosts],
    var.ssh.bastion_port == null ? [] : ["-p", tostring(var.ssh.bastion_port)],
  )
  ssh_bastion = var.ssh.bastion_host == null ? null : format("ProxyCommand=%s -W [%%h]:%%p %s",
    join(" ", [
      for word in local.ssh_bastion_words : can(regex(local.plain, word)) ? replace(word, "%", "%%") : "'${replace(replace(word, "%", "%%"), "'", "'\\''")}'"
    ]),
    var.ssh.bastion_user == null ? var.ssh.bastion_host : "${var.ssh.bastion_user}@${var.ssh.bastion_host}",
  )

  ssh_words = {
    for name, node in var.nodes : name => concat(
      ["ssh"],
      var.ssh.private_key == null ? [] : ["-i", replace(var.ssh.private_key, "%", "%%")],
      local.ssh_known_hosts == null ? [] : ["-o", local.ssh_known_hosts],
      node.ssh_port == 22 ? [] : ["-p", tostring(node.ssh_port)],
      local.ssh_bastion == null ? [] : ["-o", local.ssh_bastion],
      ["${local.target[name].user}@${node.ssh_host}"],
    )
  }

  ssh_command = {
    for name, words in local.ssh_words : name => join(" ", [
      for word in words : can(regex(local.plain, word)) ? word : "'${replace(word, "'", "'\\''")}'"
    ])
  }

  # docker-context.sh is told what the executables are told: of the pinned keys those of
  # the manager and of the bastion.
  context_words = {
    for name in local.managers : name => concat(
      [
        for key in ["host", "port", "user", "private_key", "known_hosts", "docker_socket", "bastion_host", "bastion_port", "bastion_user", "bastion_private_key"] :
        "${key}=${local.target[name][key]}" if contains(keys(local.target[name]), key)
      ],
      [
        for line in split("\n", join("\n", concat(local.other_pins, [local.pins[name]]))) : "host_key=${line}"
        if contains([local.known_as[name], var.ssh.bastion_host == null ? "" : local.bastion_known_as], split(" ", line)[0])
      ],
    )
  }

  # By manager, and by the name that the context is to have
  context_command = {
    for name, words in local.context_words : name => {
      for context in [name, var.cluster] : context => join(" ", [
        for word in concat(["${path.module}/docker-context.sh", context], words) :
        can(regex(local.plain, word)) ? word : "'${replace(word, "'", "'\\''")}'"
      ])
    }
  }
}

# What a new machine does by itself on its first boot, the same for every cloud:
# the pinned Docker with its daemon settings, keys, and whatever else is asked for.

module "docker" {
  source = "../docker"

  docker = var.docker
}

locals {
  # Nothing of a value may end its quotes.
  environment = {
    for name, value in module.docker.environment : name => "'${replace(value, "'", "'\\''")}'"
  }

  firewall = var.host_firewall == null ? "" : templatefile("${path.module}/host-firewall.sh.tftpl", {
    cidrs = var.host_firewall.cidrs
    rules = values(var.host_firewall.rules)
  })

  script = templatefile("${path.module}/user-data.sh.tftpl", {
    environment    = local.environment
    install_docker = file(module.docker.script)
    firewall       = local.firewall
    publish        = var.publish_host_keys == null ? "" : file("${path.module}/publish-${var.publish_host_keys}.sh")
    docker_disk    = var.docker_disk ? file("${path.module}/docker-disk.sh") : ""
    script         = var.script == null ? "" : var.script
  })

  # Which machines have a host key is no secret, only the key is.
  pinned = nonsensitive(keys(var.host_keys))

  user = {
    name                = var.ssh_user
    lock_passwd         = false
    ssh_authorized_keys = [for key in var.ssh_keys : trimspace(key)]
  }

  # Keys have to be there before sshd is, or the first connection would be
  # refused for good. A script runs too late for that, cloud-config does not.
  cloud_config = {
    for name in var.names : name => merge(
      {
        for key, value in { users = ["default", local.user] } : key => value if length(var.ssh_keys) > 0
      },
      {
        for key, value in { ssh_deletekeys = true, ssh_genkeytypes = [], ssh_keys = { ed25519_private = lookup(var.host_keys, name, "") } } :
        key => value if contains(local.pinned, name)
      },
      # On every boot anew, and sudo finds it without a name server.
      {
        for key, value in { hostname = name, manage_etc_hosts = "localhost" } : key => value if var.set_hostname
      },
    )
  }

  rendered = {
    for name in var.names : name => length(local.cloud_config[name]) == 0 ? local.script : templatefile(
      "${path.module}/multipart.tftpl",
      { cloud_config = jsonencode(local.cloud_config[name]), script = local.script }
    )
  }
}

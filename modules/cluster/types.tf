# What every file may hold: path to type, as in the variable `types`; keys are those of dockerd,
# which knows best what they hold. Where another module has
# the type, tests/terraform/attributes.py compares the names.

locals {
  # The roots that have a section of their own
  sections = ["aws", "hosts", "lab", "scaleway"]

  common = {
    "groups.*.count"        = "number"
    "groups.*.role"         = "manager|worker"
    "groups.*.labels.*"     = "string"
    "groups.*.availability" = "active|pause|drain"

    "nodes.*.role"         = "manager|worker"
    "nodes.*.labels.*"     = "string"
    "nodes.*.availability" = "active|pause|drain"

    "docker.version"             = "string"
    "docker.source"              = "string"
    "docker.packages"            = "string"
    "docker.repository_url"      = "string"
    "docker.repository_key"      = "string"
    "docker.metrics_address"     = "string"
    "docker.log_driver"          = "string"
    "docker.log_max_size"        = "string"
    "docker.log_max_file"        = "number"
    "docker.dns.[]"              = "string"
    "docker.storage_driver"      = "string"
    "docker.registry_mirrors.[]" = "string"
    "docker.labels.*"            = "string"
    "docker.daemon"              = "keys"

    "docker.proxy.http"        = "string"
    "docker.proxy.https"       = "string"
    "docker.proxy.http_env"    = "string"
    "docker.proxy.https_env"   = "string"
    "docker.proxy.no_proxy.[]" = "string"
    "docker.proxy.version"     = "number"

    "docker.registry_auth.*.username"         = "string!"
    "docker.registry_auth.*.password_env"     = "string!"
    "docker.registry_auth.*.password_version" = "number"

    "swarm.listen_port"           = "number"
    "swarm.data_path_port"        = "number"
    "swarm.default_addr_pool.[]"  = "string"
    "swarm.subnet_size"           = "number"
    "swarm.task_history"          = "number"
    "swarm.token_delivery"        = "ssh|state"
    "swarm.drain_timeout"         = "string"
    "swarm.on_drain_timeout"      = "fail|proceed"
    "swarm.standalone_containers" = "ignore|refuse"
    "swarm.from_other_swarm"      = "refuse|leave"
    "swarm.detect_drift"          = "bool"
    "swarm.docker_socket"         = "string"
    "swarm.prepare"               = "bool"
    "swarm.timeouts.prepare"      = "string"
    "swarm.timeouts.init"         = "string"
    "swarm.timeouts.join"         = "string"
    "swarm.timeouts.leave"        = "string"
    "swarm.timeouts.drain"        = "string"
    "swarm.timeouts.tokens"       = "string"
    "swarm.timeouts.describe"     = "string"
    "swarm.timeouts.backup"       = "string"
    "swarm.timeouts.restore"      = "string"
    "swarm.timeouts.store"        = "string"

    "swarm.rolling.max_unavailable"    = "string"
    "swarm.rolling.drain"              = "when-asked|always"
    "swarm.rolling.reboot"             = "never|when-required"
    "swarm.rolling.timeout"            = "string"
    "swarm.rolling.on_missing_tasks"   = "fail|proceed"
    "swarm.rolling.allow_sole_manager" = "bool"

    "swarm.backup.to"            = "string"
    "swarm.backup.encrypt_to"    = "file"
    "swarm.backup.keep"          = "number"
    "swarm.backup.if_older_than" = "string"
    "swarm.backup.schedule"      = "string"
    "swarm.backup.helpers_path"  = "string"
    "swarm.backup.copy"          = "stopped|running"
    "swarm.backup.metrics_dir"   = "string"
    "swarm.backup.endpoint"      = "string"
    "swarm.backup.region"        = "string"
    "swarm.backup.allow_http"    = "bool"
    "swarm.backup.kms_key"       = "string"

    "swarm.store.place"              = "string"
    "swarm.store.region"             = "string"
    "swarm.store.endpoint"           = "string"
    "swarm.store.allow_http"         = "bool"
    "swarm.store.kms_key"            = "string"
    "swarm.store.with_manager_token" = "bool"
    "swarm.store.names.*"            = "string"

    "swarm.restore_from.from"           = "string"
    "swarm.restore_from.decrypt_with"   = "string"
    "swarm.restore_from.unlock_key_env" = "string"
    "swarm.restore_from.manager"        = "string"
    "swarm.restore_from.gone.[]"        = "string"
    "swarm.restore_from.endpoint"       = "string"
    "swarm.restore_from.region"         = "string"
    "swarm.restore_from.allow_http"     = "bool"

    "ssh.user"                = "string"
    "ssh.private_key"         = "file"
    "ssh.private_key_env"     = "string"
    "ssh.passphrase_env"      = "string"
    "ssh.known_hosts"         = "string"
    "ssh.host_key_policy"     = "strict|accept-new"
    "ssh.host_keys.*"         = "string"
    "ssh.bastion_host"        = "string"
    "ssh.bastion_port"        = "number"
    "ssh.bastion_user"        = "string"
    "ssh.bastion_private_key" = "file"
  }

  declared = merge(
    local.common,
    { for path, type in merge(var.overlay ? local.common : {}, var.types) : "${var.section}.${path}" => type },
  )

  types    = { for path, type in local.declared : path => trimsuffix(type, "!") }
  required = [for path, type in local.declared : path if endswith(type, "!")]

  # Every path on the way to one that has a type, and below each the keys that are known
  inner = distinct(flatten([
    for path in keys(local.types) : [
      for n in range(1, length(split(".", path))) : join(".", slice(split(".", path), 0, n))
    ]
  ]))
  below = {
    for path in sort(concat(keys(local.types), local.inner)) :
    join(".", slice(split(".", path), 0, length(split(".", path)) - 1)) => reverse(split(".", path))[0]...
  }
  children = merge(local.below, { "" = sort(distinct(concat(local.below[""], local.sections))) })
}

# What each executable is asked. Values are strings; a key without a value is
# left out rather than sent empty, so that the executable's own default holds.

locals {
  managers = sort([for name, node in var.nodes : name if node.role == "manager"])
  first    = one(slice(local.managers, 0, min(1, length(local.managers))))

  socket = {
    for name, node in var.nodes : name => node.docker_socket == null ? var.docker_socket : node.docker_socket
  }

  # A machine that publishes its host keys, and of which none is in the state, was never verified, so it
  # is in no swarm. Nobody is asked at its address, neither to leave nor as a manager: a name that
  # no host can have (RFC 2606) stands in its place.
  verified_host = {
    for name, node in var.nodes : name => (
      node.host_key_command == null ? node.ssh_host : local.pins[name] == "" ? "${name}.unverified.invalid" : node.ssh_host
    )
  }

  # [user@]address[:port][/socket], spelled out: without user, port or socket the
  # executables take those of the node they were started for.
  entry = {
    for name, node in var.nodes : name => format("%s@%s:%d%s",
      node.ssh_user == null ? var.ssh.user : node.ssh_user,
      strcontains(local.verified_host[name], ":") ? "[${local.verified_host[name]}]" : local.verified_host[name],
      node.ssh_port,
      length(distinct(values(local.socket))) == 1 ? "" : coalesce(local.socket[name], "/var/run/docker.sock"),
    )
  }

  all_managers = join(",", [for name in local.managers : local.entry[name]])

  other_managers = {
    for name in keys(var.nodes) : name => join(",", [for m in local.managers : local.entry[m] if m != name])
  }

  # As known_hosts names a host.
  known_as = {
    for name, node in var.nodes : name => node.ssh_port == 22 ? node.ssh_host : "[${node.ssh_host}]:${node.ssh_port}"
  }

  # The bastion has a name as well: its address may not be known before it is made.
  bastion_name = "${var.cluster}-bastion"
  pinned_as    = merge({ (local.bastion_name) = coalesce(local.bastion_known_as, local.bastion_name) }, local.known_as)

  bastion_known_as = coalesce(var.ssh.bastion_port, 22) == 22 ? var.ssh.bastion_host : "[${var.ssh.bastion_host}]:${var.ssh.bastion_port}"

  # How to log in; whom to trust is in host_keys.tf.
  ssh = {
    for key, value in {
      private_key         = var.ssh.private_key
      private_key_env     = var.ssh.private_key_env
      passphrase_env      = var.ssh.passphrase_env
      known_hosts         = var.ssh.known_hosts
      bastion_host        = var.ssh.bastion_host
      bastion_port        = var.ssh.bastion_port == null ? null : tostring(var.ssh.bastion_port)
      bastion_user        = var.ssh.bastion_user
      bastion_private_key = var.ssh.bastion_private_key
    } : key => value if value != null
  }

  target = {
    for name, node in var.nodes : name => merge(
      local.ssh,
      local.socket[name] == null ? {} : { docker_socket = local.socket[name] },
      {
        host = node.ssh_host
        name = node.hostname == null ? name : node.hostname
        port = tostring(node.ssh_port)
        user = node.ssh_user == null ? var.ssh.user : node.ssh_user
      },
    )
  }

  # A port that is not Docker's own belongs to the address that others use.
  advertise = {
    for name, node in var.nodes : name => (
      var.swarm.listen_port == 2377 ? node.private_address :
      strcontains(node.private_address, ":") ? "[${node.private_address}]:${var.swarm.listen_port}" :
      "${node.private_address}:${var.swarm.listen_port}"
    )
  }

  timeout = {
    for key, value in var.timeouts : key => value == null ? {} : { timeout = value }
  }

  # Without an address of its own a node listens on all of them, as Docker does
  # by default; only a port that is not Docker's has to be said.
  listen = {
    for name, node in var.nodes : name => merge(
      var.swarm.listen_port == 2377 ? {} : {
        listen_addr = "${strcontains(node.private_address, ":") ? "[::]" : "0.0.0.0"}:${var.swarm.listen_port}"
      },
      node.data_path_address == null ? {} : { data_path_addr = node.data_path_address },
    )
  }

  teardown_file = var.teardown_file == null ? {} : { teardown_file = var.teardown_file }

  prepare_secrets = length(try(var.prepare.secrets, {})) == 0 ? {} : { secrets = jsonencode(var.prepare.secrets) }

  prepare_query = {
    for name in keys(var.nodes) : name => merge(local.target[name], local.trust[name], local.timeout.prepare, local.prepare_secrets, {
      script      = try(var.prepare.script, "")
      environment = jsonencode(try(var.prepare.environment, {}))
    })
  }

  # init.sh fills in the peers.
  init_queries = {
    for name in local.managers : name => merge(
      local.target[name], local.trust[name], local.listen[name], local.timeout.init,
      {
        advertise_addr = local.advertise[name]
        data_path_port = tostring(var.swarm.data_path_port)
      },
      length(local.managers) == 1 ? {} : { peers = "@PEERS@" },
      length(var.swarm.default_addr_pool) == 0 ? {} : { default_addr_pool = join(",", var.swarm.default_addr_pool) },
      var.swarm.subnet_size == null ? {} : { subnet_size = tostring(var.swarm.subnet_size) },
      var.swarm.task_history == null ? {} : { task_history = tostring(var.swarm.task_history) },
    )
  }
  init_query = local.first == null ? {} : local.init_queries[local.first]

  # Under what this run has said whether a machine can be reached, and whether it is prepared
  reached = { for name in keys(var.nodes) : name => lookup(module.host_keys.ids, name, "") }
  tried   = { for name in keys(var.nodes) : name => lookup(module.prepare.ids, name, local.reached[name]) }

  member_query = {
    for name in keys(var.nodes) : name => merge(local.target[name], local.trust[name], local.timeout.join, {
      script      = "${path.module}/in-swarm.sh"
      environment = jsonencode(local.socket[name] == null ? {} : { DOCKER_HOST = "unix://${local.socket[name]}" })
    })
  }

  ready_environment = {
    for name in keys(var.nodes) : name => {
      SWARM_NAME          = name
      SWARM_PLAN          = plantimestamp()
      SWARM_TRIED         = local.tried[name]
      SWARM_BEFORE        = local.reached[name]
      SWARM_PREPARE       = local.program["prepare-node"]
      SWARM_PREPARE_QUERY = var.prepare == null ? "" : jsonencode(local.prepare_query[name])
      SWARM_MEMBER_QUERY  = jsonencode(local.member_query[name])
    }
  }

  init_environment = merge(
    {
      SWARM_PLAN     = plantimestamp()
      SWARM_PREPARE  = local.program["prepare-node"]
      SWARM_DESCRIBE = local.program["describe-swarm"]
      SWARM_COUNT    = tostring(length(local.managers))
    },
    [
      for i, name in local.managers : {
        for key, value in {
          NAME          = name
          ENTRY         = trimsuffix(trimprefix(jsonencode(local.entry[name]), "\""), "\"")
          TRIED         = local.tried[name]
          BEFORE        = local.reached[name]
          PREPARE_QUERY = local.ready_environment[name].SWARM_PREPARE_QUERY
          MEMBER_QUERY  = local.ready_environment[name].SWARM_MEMBER_QUERY
          INIT_QUERY    = jsonencode(local.init_queries[name])
          ASK_QUERY     = jsonencode(merge(local.target[name], local.trust[name], { on_unreachable = "empty", timeout = "15s" }))
        } : "SWARM_${key}_${i + 1}" => value
      }
    ]...
  )

  other_swarms = coalesce(var.from_other_swarm, var.swarm.from_other_swarm)

  # A manager is in its own list: alone, there is nobody else to ask. A node that becomes one asks
  # those that it knows itself, which may be workers by then: it has everybody's key.
  join_query = {
    for name, node in var.nodes : name => merge(
      local.target[name], local.trust_all, local.listen[name], local.timeout.join, local.teardown_file,
      node.availability == null ? {} : { availability = node.availability },
      node.labels == null ? {} : { labels = jsonencode(node.labels) },
      {
        role             = node.role
        managers         = local.all_managers
        advertise_addr   = local.advertise[name]
        from_other_swarm = local.other_swarms
      },
    )
  }

  leave_query = {
    for name, node in var.nodes : name => merge(local.target[name], local.trust[name], local.timeout.leave, local.teardown_file,
      local.other_managers[name] == "" ? {} : { managers = local.other_managers[name] },
      {
        host                  = local.verified_host[name]
        advertise_addr        = node.private_address
        drain_timeout         = var.drain_timeout
        on_drain_timeout      = var.on_drain_timeout
        standalone_containers = var.standalone_containers
      }
    )
  }

  # Any manager will do, and every node is to leave. Without a manager that answers a
  # destroy has to end all the same, each node leaving by itself.
  drain_query = local.first == null ? {} : merge(
    local.target[local.first], local.trust_all, local.timeout.drain, local.teardown_file,
    local.other_managers[local.first] == "" ? {} : { managers = local.other_managers[local.first] },
    {
      host           = local.verified_host[local.first]
      nodes          = join(",", [for name in keys(var.nodes) : local.entry[name]])
      drain_timeout  = var.drain_timeout
      on_unreachable = "proceed"
    },
  )

  tokens_query = merge(local.ask_query, local.timeout.tokens)

  # A swarm out of reach must fail neither a plan nor a destroy, which reads first.
  describe_query = merge(local.ask_query, local.timeout.describe, { on_unreachable = "empty" })

  # What the executables are going to read here; by lookup, since Terraform shows the value of
  # what a condition names.
  read_files = {
    "ssh.private_key"         = var.ssh.private_key_env == null ? lookup(var.ssh, "private_key", null) : null
    "ssh.bastion_private_key" = lookup(var.ssh, "bastion_private_key", null)
    "prepare.script"          = try(var.prepare.script, null)
  }

  # For whoever asks once all is made: unlike the query of a plan it does not depend on what was
  # known before.
  describe_all_query = local.first == null ? {} : merge(
    local.target[local.first], local.trust_all, local.timeout.describe, { host = local.verified_host[local.first], on_unreachable = "empty" },
    local.other_managers[local.first] == "" ? {} : { managers = local.other_managers[local.first] },
  )
}

# Who is who. The key of a machine is given by the caller, or read when the machine is new and
# kept in the state. Every other query pins those of the hosts that it reaches, and accepts no
# others: whoever runs Terraform, and on whatever disk.

locals {
  given = var.ssh.host_keys

  # For what is no node, the bastion and whoever else the caller pins: lines as in
  # known_hosts, those of one in one text, which may be unknown while the others are not.
  given_others = [
    for name, text in local.given : join("\n", [
      for key in split("\n", trimspace(text)) : "${lookup(local.pinned_as, name, name)} ${trimspace(key)}"
    ]) if !contains(keys(var.nodes), name)
  ]

  # One that is made along with the nodes may have no address yet when the plan is made.
  has_bastion   = length(var.ssh.bastion_machines) > 0 ? true : var.ssh.bastion_host != null
  bastion_names = length(var.ssh.bastion_machines) > 0 ? [local.bastion_name] : compact([local.bastion_name, var.ssh.bastion_host, local.bastion_known_as])
  reads_bastion = local.has_bastion && length(setintersection(local.bastion_names, keys(local.given))) == 0

  bastion_first_query = merge(
    local.ssh,
    { host_key_policy = var.ssh.host_key_policy },
    length(local.given_others) == 0 ? {} : { host_key = join("\n", local.given_others) },
    {
      host = var.ssh.bastion_host
      name = local.bastion_name
      port = tostring(coalesce(var.ssh.bastion_port, 22))
      user = coalesce(var.ssh.bastion_user, try(local.target[local.first].user, var.ssh.user))
      # Nothing lies before it.
      bastion_host = "", bastion_port = "", bastion_user = "", bastion_private_key = ""
    },
    var.ssh.bastion_private_key == null ? {} : { private_key = var.ssh.bastion_private_key, private_key_env = "" },
    local.timeout.prepare,
  )
}

module "bastion_key" {
  source = "./host_keys"

  program = local.program["fetch-host-key"]
  machines = {
    for name in [local.bastion_name] : name => { machines = join(",", var.ssh.bastion_machines), host = local.bastion_known_as }
    if local.reads_bastion
  }
  queries = { (local.bastion_name) = local.bastion_first_query }

  depends_on = [var.network, module.bastion]
}

locals {
  other_pins = concat(local.given_others, [for key in values(module.bastion_key.keys) : "${local.bastion_known_as} ${key}"])

  # Of a machine of which nothing is known yet. It alone may be accepted unseen, where the
  # caller says so.
  first_use = merge(
    { host_key_policy = var.ssh.host_key_policy },
    length(local.other_pins) == 0 ? {} : { host_key = join("\n", local.other_pins) },
  )

  # One that publishes its keys is accepted by these alone. For those who go there by hand the
  # one that it has proved is recorded where an unseen one would be.
  first_published = {
    for name in keys(var.nodes) : name => merge(
      {
        host_key_policy = "strict"
        host_key        = join("\n", concat(local.other_pins, ["@PUBLISHED@"]))
      },
      var.ssh.host_key_policy == "strict" || var.ssh.known_hosts == null ? {} : { record = "yes" },
    )
  }
  unseen = { for name, node in var.nodes : name => node.host_key_command == null ? var.ssh.host_key_policy : "strict" }

  first_query = {
    for name, node in var.nodes : name => merge(
      local.target[name], local.first_use, node.host_key_command == null ? {} : local.first_published[name], local.timeout.prepare,
    )
  }
}

module "host_keys" {
  source = "./host_keys"

  program  = local.program["fetch-host-key"]
  tolerant = true
  machines = { for name, node in var.nodes : name => node.machine if !contains(keys(local.given), name) }
  queries  = local.first_query
  published = {
    for name, node in var.nodes : name => {
      command  = node.host_key_command
      time     = var.timeouts.prepare == null ? "5m" : var.timeouts.prepare
      known_as = local.known_as[name]
    }
  }

  depends_on = [var.network, module.bastion, terraform_data.known_host]
}

locals {
  # The same by node name. Every line begins with the host it is for, so that one text serves
  # for the node, the managers it asks and the bastion. Empty where a key could not be read.
  pins = {
    for name in keys(var.nodes) : name => join("\n", [
      for key in compact(split("\n", trimspace(contains(keys(local.given), name) ? local.given[name] : module.host_keys.keys[name]))) :
      "${local.known_as[name]} ${trimspace(key)}"
    ])
  }

  # For a query about a node, which asks the managers too, and for one about all. Whoever has
  # no key yet is a first use; all others are who they were, whatever the policy.
  trust = {
    for name in keys(var.nodes) : name => {
      host_key_policy = local.pins[name] == "" ? local.unseen[name] : "strict"
      host_key        = join("\n", compact(concat(local.other_pins, [for other in distinct(concat([name], local.managers)) : local.pins[other]])))
    }
  }
  trust_all = {
    host_key_policy = contains([for name, pins in local.pins : pins == "" ? local.unseen[name] : "strict"], "accept-new") ? "accept-new" : "strict"
    host_key        = join("\n", compact(concat(local.other_pins, values(local.pins))))
  }

  # What asks a manager when the plan is made can ask only those whose keys are known by then.
  # Where no key is (there is no swarm yet, or a version made it that kept none), the
  # first use is now; but those that publish theirs are asked once these are known.
  settled = [for name in local.managers : name if lookup(module.host_keys.known, name, true)]
  asked   = length(local.settled) > 0 ? local.settled : local.managers
  trust_asked = length(local.settled) == 0 && alltrue([for name in local.managers : var.nodes[name].host_key_command == null]) ? local.first_use : {
    host_key_policy = "strict"
    host_key        = join("\n", compact(concat(local.other_pins, [for name in local.asked : local.pins[name]])))
  }

  # The query of whoever asks a manager and is about no node.
  ask_query = local.first == null ? {} : merge(
    local.target[local.asked[0]], local.trust_asked, { host = local.verified_host[local.asked[0]] },
    length(local.asked) == 1 ? {} : { managers = join(",", [for name in slice(local.asked, 1, length(local.asked)) : local.entry[name]]) },
  )
}

check "host_keys" {
  assert {
    condition     = length(module.host_keys.unread) == 0
    error_message = "The host key of ${join(" and ", module.host_keys.unread)} could not be read by two applies, so that ssh.known_hosts alone says who that is, and ssh.host_key_policy where no keys are published. Once it runs: terraform apply -replace='ADDRESS.module.host_keys.module.first.terraform_data.read[\"NAME\"]', with the address of modules/swarm and that name."
  }
}

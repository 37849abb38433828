# A map of machines in, a swarm out. For each node, in this order:
#
#   machine (the caller's) -> known_host -> host key -> prepare -> leave -> join
#
# and destroyed the other way round. What runs when a node goes is kept apart
# from what runs when it comes, because Terraform skips the destroy provisioner
# of a resource whose create provisioner failed. None of these may ever be
# create_before_destroy: that skips it as well.
#
# What runs when it comes (prepare, init, join) is a step each, which is two resources: a
# terraform that is killed leaves the first behind as if it were done.
#
# Of what depends on a resource, Terraform does nothing for any node once one instance has
# failed. So a machine that fails before its join fails nothing: what came of it is said by
# tried.sh, and its own `ready` and `join`, on which no other node's work depends, are the
# failures. In the next apply they prepare it anew, where that is wanted still.
#
# A destroy provisioner sees only what the state holds of its own resource, so
# that is where its query is; changes to it are updates in place.

# Takes the machine's line out of known_hosts, once no leave can need it.
# A resource of its own and not a second provisioner of leave: leaves run side
# by side and ask managers that leave too, which would record the line anew.
resource "terraform_data" "known_host" {
  for_each = {
    for name, node in var.nodes : name => node
    if var.ssh.known_hosts != null && !contains(keys(var.ssh.host_keys), name)
  }

  input            = { helpers = var.helpers, known_hosts = var.ssh.known_hosts }
  triggers_replace = { machine = each.value.machine, host = local.known_as[each.key] }

  depends_on = [var.network, module.bastion]

  # A state that 0.1.0 wrote has no helpers here.
  provisioner "local-exec" {
    when = destroy
    interpreter = [
      concat([
        for folder in compact([try(self.input.helpers, null), "${path.module}/../../bin"]) : "${pathexpand(folder)}/forget-host"
        if try(fileexists("${folder}/forget-host"), false)
      ], ["forget-host"])[0],
      "--query-env",
    ]
    command = "SWARM_QUERY"
    quiet   = true
    environment = {
      SWARM_QUERY = jsonencode({
        known_hosts = self.input.known_hosts
        host        = try(regex("^\\[(.*)\\]:[0-9]+$", self.triggers_replace.host)[0], self.triggers_replace.host)
        port        = try(regex("\\]:([0-9]+)$", self.triggers_replace.host)[0], "22")
      })
    }
  }
}

# Only a machine that was not there before is prepared. Another script or
# environment leaves those that run as they are.
module "prepare" {
  source = "./step"

  program  = local.program["prepare-node"]
  triggers = { for name, node in var.nodes : name => node.machine if var.prepare != null }
  queries  = local.prepare_query
  after    = module.host_keys.ids

  depends_on = [var.network, module.bastion, terraform_data.known_host]
}

# Fails for a machine that could not be prepared, and in the next apply prepares it again. Not for
# one that a version prepared which failed in `prepare` itself.
resource "terraform_data" "ready" {
  for_each = { for name, began in module.prepare.began : name => module.prepare.ids[name] if began != null }

  triggers_replace = each.value

  provisioner "local-exec" {
    interpreter = ["${path.module}/ready.sh"]
    command     = "again"
    quiet       = true
    environment = local.ready_environment[each.key]
  }
}

# Takes away what the end of the whole swarm tells the leaves, once all of them have
# ended.
resource "terraform_data" "teardown_file" {
  count = var.teardown_file == null || local.first == null ? 0 : 1

  input = { file = var.teardown_file }

  provisioner "local-exec" {
    when        = destroy
    interpreter = ["${path.module}/remove-file.sh"]
    command     = self.input.file
    quiet       = true
  }
}

resource "terraform_data" "leave" {
  for_each = var.nodes

  input            = { helpers = var.helpers, query = local.leave_query[each.key] }
  triggers_replace = each.value.machine

  depends_on = [var.network, module.bastion, module.prepare, terraform_data.known_host, terraform_data.teardown_file]

  provisioner "local-exec" {
    when = destroy
    interpreter = [
      concat([
        for folder in compact([self.input.helpers, "${path.module}/../../bin"]) : "${pathexpand(folder)}/drain-and-remove"
        if try(fileexists("${folder}/drain-and-remove"), false)
      ], ["drain-and-remove"])[0],
      "--query-env",
    ]
    command     = "SWARM_QUERY"
    quiet       = true
    environment = { SWARM_QUERY = jsonencode(self.input.query) }
  }
}

# Depends on every leave and is otherwise only updated, so it is destroyed by a
# whole destroy alone, and before any node leaves: it takes the whole swarm apart, and
# the leaves then find nothing left to do. Interrupted it stays in the state, so that
# the next destroy goes on with it. Not dependent on the joins: a cluster of which one
# node failed to join has to be destroyable.
resource "terraform_data" "drain" {
  count = local.first == null ? 0 : 1

  input = { helpers = var.helpers, query = local.drain_query }

  depends_on = [terraform_data.leave]

  # Here and not on a variable: a destroy may be run where these files are gone.
  lifecycle {
    precondition {
      condition     = length(local.missing_files) == 0
      error_message = "${join("; ", local.missing_files)}. Paths are those of the machine that runs Terraform; correct them, or set check_files to false where the same apply makes the files."
    }
  }

  provisioner "local-exec" {
    when = destroy
    interpreter = [
      concat([
        for folder in compact([self.input.helpers, "${path.module}/../../bin"]) : "${pathexpand(folder)}/drain-swarm"
        if try(fileexists("${folder}/drain-swarm"), false)
      ], ["drain-swarm"])[0],
      "--query-env",
    ]
    command     = "SWARM_QUERY"
    quiet       = true
    environment = { SWARM_QUERY = jsonencode(self.input.query) }
  }
}

# Asks the other managers for a swarm before it makes one, so that running it
# again, for a first manager that is a new machine or another node, is safe. After
# what takes a swarm apart: from the first moment on a destroy knows what to do. Where the
# first manager is not ready another one makes it (init.sh).
module "init" {
  source = "./step"

  program     = local.program["init-swarm"]
  through     = concat(local.restores ? ["${path.module}/restore.sh"] : [], ["${path.module}/init.sh"])
  triggers    = { for name in local.first[*] : "swarm" => var.nodes[name].machine }
  queries     = { swarm = local.init_query }
  environment = { swarm = merge(local.init_environment, local.restore_environment) }

  depends_on = [terraform_data.drain]
}

# There from when the swarm was first made until it goes, never replaced: what asks the
# swarm at plan time waits for this and not for `init`, which a new machine of
# the first manager replaces while the swarm lives on.
resource "terraform_data" "swarm" {
  count = local.first == null ? 0 : 1

  depends_on = [module.init]
}

# The id of leave is among the triggers so that a leave that was replaced by
# hand is followed by a join.
module "join" {
  source = "./step"

  program     = local.program["join-node"]
  through     = ["${path.module}/ready.sh", "join"]
  environment = local.ready_environment
  triggers = {
    for name, node in var.nodes : name => {
      # Named so in states of 0.1.0: another name would join every node once more.
      seen         = local.as_wanted[name]
      leave        = terraform_data.leave[name].id
      role         = node.role
      availability = node.availability
      labels       = node.labels
    }
  }
  queries = local.join_query

  depends_on = [module.init]
}

# Tokens exist once the swarm does. Reading them waits for that by way of the query,
# not by depends_on: that would count every node that is on its way as a reason to
# read them late, and show the tokens as about to change.
module "tokens" {
  source = "./tokens"
  count  = var.token_delivery == "state" && local.first != null ? 1 : 0

  program = local.program["fetch-tokens"]
  query   = merge(local.tokens_query, local.deferred_target)
}

# What a swarm is made with and keeps. Other ports or pools would change nothing about it but
# the queries of the executables and, in a cloud, the rules that close the ports it uses.
module "settings" {
  source = "../settings"

  of     = "The swarm of ${var.cluster}"
  exists = local.first != null
  settings = {
    "swarm.listen_port"       = var.swarm.listen_port
    "swarm.data_path_port"    = var.swarm.data_path_port
    "swarm.default_addr_pool" = var.swarm.default_addr_pool
    "swarm.subnet_size"       = var.swarm.subnet_size
  }
  why = "no living swarm takes other ones, and rules for other ports would close those that it uses"

  depends_on = [module.init]
}

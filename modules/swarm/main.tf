# A map of machines in, a swarm out. For each node, in this order:
#
#   machine (the caller's) -> known_host -> prepare -> leave -> join
#
# and destroyed the other way round. What runs when a node goes is kept apart
# from what runs when it comes, because Terraform skips the destroy provisioner
# of a resource whose create provisioner failed. None of these may ever be
# create_before_destroy: that skips it as well.
#
# What runs when a thing comes stands on two resources: prepare and prepared, init
# and made, join and joined. While a create provisioner runs, its resource counts as
# made, and is in the state file as such as soon as anything else has that written. A
# provisioner that fails marks it as tainted; a terraform that is killed does not live
# to do so, and the next one would see nothing to do, for ever. The second resource is
# not in such a state, since it is made only after the first, so the next apply makes
# it. Where the first was not done (done.sh) it runs the same executable with the same
# query. What remains: killed in the first, and in the very next apply in the second
# one again. Then `terraform apply -replace` of the first runs it.
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

  depends_on = [var.network]

  # A state that 0.1.0 wrote has no helpers here.
  provisioner "local-exec" {
    when = destroy
    interpreter = [
      "${try(self.input.helpers, null) == null ? "${path.module}/../../bin" : self.input.helpers}/forget-host",
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
resource "terraform_data" "prepare" {
  for_each = var.prepare == null ? {} : var.nodes

  triggers_replace = each.value.machine

  depends_on = [var.network, terraform_data.known_host]

  provisioner "local-exec" {
    interpreter = ["${local.helpers}/prepare-node", "--query-env"]
    command     = "SWARM_QUERY"
    quiet       = true
    environment = { SWARM_QUERY = jsonencode(local.prepare_query[each.key]) }
  }

  provisioner "local-exec" {
    interpreter = ["${path.module}/done.sh", "yes"]
    command     = self.id
    quiet       = true
  }
}

resource "terraform_data" "prepared" {
  for_each = terraform_data.prepare

  triggers_replace = each.value.id

  provisioner "local-exec" {
    interpreter = ["${path.module}/done.sh", "or", self.triggers_replace, "${local.helpers}/prepare-node", "--query-env"]
    command     = "SWARM_QUERY"
    quiet       = true
    environment = { SWARM_QUERY = jsonencode(local.prepare_query[each.key]) }
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

moved {
  from = terraform_data.going
  to   = terraform_data.teardown_file
}

resource "terraform_data" "leave" {
  for_each = var.nodes

  input            = { helpers = var.helpers, query = local.leave_query[each.key] }
  triggers_replace = each.value.machine

  depends_on = [var.network, terraform_data.prepared, terraform_data.known_host, terraform_data.teardown_file]

  provisioner "local-exec" {
    when = destroy
    interpreter = [
      "${self.input.helpers == null ? "${path.module}/../../bin" : self.input.helpers}/drain-and-remove",
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

  provisioner "local-exec" {
    when = destroy
    interpreter = [
      "${self.input.helpers == null ? "${path.module}/../../bin" : self.input.helpers}/drain-swarm",
      "--query-env",
    ]
    command     = "SWARM_QUERY"
    quiet       = true
    environment = { SWARM_QUERY = jsonencode(self.input.query) }
  }
}

# Asks the other managers for a swarm before it makes one, so that running it
# again, for a first manager that is a new machine or another node, is safe. After
# what takes a swarm apart: from the first moment on a destroy knows what to do.
resource "terraform_data" "init" {
  count = local.first == null ? 0 : 1

  triggers_replace = var.nodes[local.first].machine

  depends_on = [terraform_data.drain]

  provisioner "local-exec" {
    interpreter = ["${local.helpers}/init-swarm", "--query-env"]
    command     = "SWARM_QUERY"
    quiet       = true
    environment = { SWARM_QUERY = jsonencode(local.init_query) }
  }

  provisioner "local-exec" {
    interpreter = ["${path.module}/done.sh", "yes"]
    command     = self.id
    quiet       = true
  }
}

resource "terraform_data" "made" {
  count = local.first == null ? 0 : 1

  triggers_replace = terraform_data.init[0].id

  provisioner "local-exec" {
    interpreter = ["${path.module}/done.sh", "or", self.triggers_replace, "${local.helpers}/init-swarm", "--query-env"]
    command     = "SWARM_QUERY"
    quiet       = true
    environment = { SWARM_QUERY = jsonencode(local.init_query) }
  }
}

# There from when the swarm was first made until it goes, never replaced: what asks the
# swarm at plan time waits for this and not for `made`, which a new machine of
# the first manager replaces while the swarm lives on.
resource "terraform_data" "swarm" {
  count = local.first == null ? 0 : 1

  depends_on = [terraform_data.made]
}

# The id of leave is among the triggers so that a leave that was replaced by
# hand is followed by a join.
resource "terraform_data" "join" {
  for_each = var.nodes

  triggers_replace = {
    seen         = local.as_wanted[each.key]
    leave        = terraform_data.leave[each.key].id
    role         = each.value.role
    availability = each.value.availability
    labels       = each.value.labels
  }

  depends_on = [terraform_data.made]

  provisioner "local-exec" {
    interpreter = ["${local.helpers}/join-node", "--query-env"]
    command     = "SWARM_QUERY"
    quiet       = true
    environment = { SWARM_QUERY = jsonencode(local.join_query[each.key]) }
  }

  provisioner "local-exec" {
    interpreter = ["${path.module}/done.sh", "yes"]
    command     = self.id
    quiet       = true
  }
}

# Remembers which plan it was made by; see drift.tf.
resource "terraform_data" "joined" {
  for_each = terraform_data.join

  input            = plantimestamp()
  triggers_replace = each.value.id

  lifecycle {
    ignore_changes = [input]
  }

  provisioner "local-exec" {
    interpreter = ["${path.module}/done.sh", "or", self.triggers_replace, "${local.helpers}/join-node", "--query-env"]
    command     = "SWARM_QUERY"
    quiet       = true
    environment = { SWARM_QUERY = jsonencode(local.join_query[each.key]) }
  }
}

# Tokens exist once the swarm does. Reading them waits for that by way of the query,
# not by depends_on: that would count every node that is on its way as a reason to
# read them late, and show the tokens as about to change.
module "tokens" {
  source = "./tokens"
  count  = var.token_delivery == "state" && local.first != null ? 1 : 0

  program = "${local.helpers}/fetch-tokens"
  query   = merge(local.tokens_query, local.once_made)
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

  depends_on = [terraform_data.made]
}

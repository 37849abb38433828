# What runs when a thing comes stands on two resources, run and confirm. While a create
# provisioner runs, its resource counts as made, and is in the state file as such as soon as
# anything else has that written. A provisioner that fails marks it as tainted; a terraform
# that is killed does not live to do so, and the next one would see nothing to do, for ever.
# The second resource is not in such a state, since it is made only after the first, so the
# next apply makes it. Where the first was not done (done.sh) it runs the same executable with
# the same query. What remains: killed in the first, and in the very next apply in the second
# one again. Then `terraform apply -replace` of the first runs it.
#
# A step that many depend on is tolerant: it ends well for a name for which the program failed, and
# whoever must not go on without it asks (../tried.sh). Terraform would keep all back.
#
# Neither may ever get a destroy provisioner, or be create_before_destroy; see ../main.tf.

# Both remember which plan they were made by; ../deferred.tf and ../main.tf ask.
resource "terraform_data" "run" {
  for_each = var.triggers

  input            = plantimestamp()
  triggers_replace = each.value

  lifecycle {
    ignore_changes = [input]
  }

  provisioner "local-exec" {
    interpreter = concat(
      var.after == null ? var.through : ["${path.module}/../tried.sh", "run", plantimestamp(), self.id, lookup(var.after, each.key, "")],
      [var.program, "--query-env"],
    )
    command     = "SWARM_QUERY"
    quiet       = true
    environment = merge({ SWARM_QUERY = jsonencode(var.queries[each.key]) }, lookup(var.environment, each.key, {}))
  }

  provisioner "local-exec" {
    interpreter = ["${path.module}/done.sh", "yes"]
    command     = self.id
    quiet       = true
  }
}

resource "terraform_data" "confirm" {
  for_each = terraform_data.run

  input            = plantimestamp()
  triggers_replace = each.value.id

  lifecycle {
    ignore_changes = [input]
  }

  provisioner "local-exec" {
    interpreter = concat(
      ["${path.module}/done.sh", "or", self.triggers_replace],
      var.after == null ? var.through : ["${path.module}/../tried.sh", "run", plantimestamp(), self.triggers_replace, lookup(var.after, each.key, "")],
      [var.program, "--query-env"],
    )
    command     = "SWARM_QUERY"
    quiet       = true
    environment = merge({ SWARM_QUERY = jsonencode(var.queries[each.key]) }, lookup(var.environment, each.key, {}))
  }
}

# Remembers what something was made with and keeps as long as it lives, and ends a plan that
# asks for anything else. Terraform only warns of conditions that do not hold when it
# destroys.

resource "terraform_data" "this" {
  count = var.exists ? 1 : 0

  input = var.settings

  lifecycle {
    ignore_changes = [input]

    postcondition {
      condition     = jsonencode(self.input) == jsonencode(var.settings)
      error_message = "${var.of} was made with ${join(", ", [for key, was in self.input : "${key} = ${jsonencode(was)}" if jsonencode(was) != jsonencode(lookup(var.settings, key, null))])} and keeps that while it lives, but is asked for ${join(", ", [for key, was in self.input : "${key} = ${jsonencode(lookup(var.settings, key, null))}" if jsonencode(was) != jsonencode(lookup(var.settings, key, null))])}: ${var.why}. Put it back, or make another cluster with it and move there."
    }
  }
}

# What a swarm is made with and keeps as long as it lives. Other ports or pools would change
# nothing about it but the queries of the executables and, in a cloud, the rules that close
# the ports which it uses; so a plan that asks for them ends here.

locals {
  settings = {
    listen_port       = var.swarm.listen_port
    data_path_port    = var.swarm.data_path_port
    default_addr_pool = var.swarm.default_addr_pool
    subnet_size       = var.swarm.subnet_size
  }
}

# From when the swarm was first made until it goes. Terraform only warns of conditions that
# do not hold when it destroys.
resource "terraform_data" "settings" {
  count = local.first == null ? 0 : 1

  input = local.settings

  depends_on = [terraform_data.made]

  lifecycle {
    ignore_changes = [input]

    postcondition {
      condition     = jsonencode(self.input) == jsonencode(local.settings)
      error_message = "The swarm of ${var.cluster} was made with ${join(", ", [for key, was in self.input : "swarm.${key} = ${jsonencode(was)}" if jsonencode(was) != jsonencode(local.settings[key])])} and keeps that while it lives; ${join(", ", [for key, was in self.input : "${jsonencode(local.settings[key])} for ${key}" if jsonencode(was) != jsonencode(local.settings[key])])} would only close what it uses. Put it back, or make another cluster with it and move there."
    }
  }
}

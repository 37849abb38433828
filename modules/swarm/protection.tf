# Machines that their cloud would not give up: that would come out only when the swarm is gone
# already. So this is destroyed before anything else, and fails then.

locals {
  protections = { for name, node in var.nodes : name => node.protection if node.protection != null }
}

module "protection" {
  source = "./protection"

  nodes = {
    for name, protection in local.protections : name => {
      machine   = var.nodes[name].machine
      protected = protection.enabled
      remedy    = protection.remedy
    }
  }

  depends_on = [terraform_data.drain, module.join, terraform_data.swarm, module.settings]
}

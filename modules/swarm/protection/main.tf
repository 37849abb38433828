# What keeps a swarm from being taken apart while its cloud would refuse to give its machines
# up. It is to depend on whatever goes when a node goes; as long as it does not go, nothing
# else does.
#
# One for every node, whether protected or not: a role or a protection that changes is an
# update in place, and only a node that goes, or its machine, takes one away.

resource "terraform_data" "node" {
  for_each = var.nodes

  input            = { protected = each.value.protected, why = each.value.remedy }
  triggers_replace = each.value.machine

  provisioner "local-exec" {
    when        = destroy
    interpreter = ["${path.module}/refuse.sh", self.input.protected ? "yes" : "no", each.key]
    command     = self.input.why
    quiet       = true
  }
}

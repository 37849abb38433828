# What keeps a swarm from being taken apart while its cloud would refuse to give its machines
# up. It is to depend on all of modules/swarm, so that it goes before any node leaves, and on
# what would go beside; as long as it does not go, nothing else does.
#
# One for every node, whether protected or not: a role or a protection that changes is an
# update in place, and only a node that goes, or its machine, takes one away.

resource "terraform_data" "node" {
  for_each = var.machines

  input            = { protected = contains(var.protected, each.key), why = var.why }
  triggers_replace = each.value

  provisioner "local-exec" {
    when        = destroy
    interpreter = ["${path.module}/refuse.sh", self.input.protected ? "yes" : "no", each.key]
    command     = self.input.why
    quiet       = true
  }
}

# The bastion's line in known_hosts goes with the bastion, as those of the nodes go with
# their machines.

resource "terraform_data" "known_host" {
  input = { known_hosts = var.known_hosts }
  triggers_replace = {
    machine = var.machine
    host    = var.port == 22 ? var.host : "[${var.host}]:${var.port}"
  }

  provisioner "local-exec" {
    when        = destroy
    interpreter = ["${path.module}/../forget-host.sh", self.input.known_hosts]
    command     = self.triggers_replace.host
    quiet       = true
  }
}

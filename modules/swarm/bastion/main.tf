# The bastion's line in known_hosts goes with the bastion, as those of the nodes go with
# their machines.

resource "terraform_data" "known_host" {
  input = { helpers = var.helpers, known_hosts = var.known_hosts }
  triggers_replace = {
    machine = var.machine
    host    = var.port == 22 ? var.host : "[${var.host}]:${var.port}"
  }

  # A state that 0.1.0 wrote has no helpers here.
  provisioner "local-exec" {
    when = destroy
    interpreter = [
      concat([
        for folder in compact([try(self.input.helpers, null), "${path.module}/../../../bin"]) : "${pathexpand(folder)}/forget-host"
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

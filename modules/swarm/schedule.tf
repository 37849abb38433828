# A timer on every manager that makes archives of the swarm by itself (docs/backup.md): Terraform only
# puts it there, and takes it away with the manager, the setting or the swarm.

locals {
  schedules = local.backs_up ? var.backup.schedule != null : false
  scheduled = local.schedules ? local.managers : []

  # What a manager asks itself. The files are there.
  scheduled_query = !local.schedules ? {} : merge(
    { for key, value in local.backup_query : key => value if contains(["to", "copy", "keep", "metrics_dir", "endpoint", "region", "allow_http", "kms_key", "timeout"], key) },
    { if_older_than = var.backup.schedule },
    var.backup.encrypt_to == null ? {} : { encrypt_to = "/etc/swarm-backup/certificate.pem" },
  )

  schedule_environment = {
    for name in local.scheduled : name => {
      SCHEDULE    = "yes"
      PROGRAM     = "${trimsuffix(var.backup.helpers_path, "/")}/backup-swarm"
      QUERY       = jsonencode(merge(local.scheduled_query, { host = "unix://${coalesce(local.socket[name], "/var/run/docker.sock")}" }))
      CERTIFICATE = try(trimspace(file(pathexpand(var.backup.encrypt_to))), "")
    }
  }
}

# What goes when a manager goes, apart from what comes, as with leave. Before the leave, since
# no archive is to be made meanwhile.
resource "terraform_data" "scheduled" {
  for_each = toset(local.scheduled)

  input = {
    helpers = var.helpers
    query = merge(local.target[each.key], local.trust[each.key], {
      host        = local.verified_host[each.key]
      environment = jsonencode({ SCHEDULE = "no" })
      timeout     = "30s"
    })
  }
  triggers_replace = var.nodes[each.key].machine

  depends_on = [terraform_data.leave]

  provisioner "local-exec" {
    when = destroy
    interpreter = [
      "${path.module}/unschedule.sh",
      concat([
        for folder in compact([self.input.helpers, "${path.module}/../../bin"]) : "${pathexpand(folder)}/prepare-node"
        if try(fileexists("${folder}/prepare-node"), false)
      ], ["prepare-node"])[0],
      "--query-env",
    ]
    command     = "SWARM_QUERY"
    quiet       = true
    environment = { SWARM_QUERY = jsonencode(merge(self.input.query, { script = "${path.module}/schedule-backup.sh" })) }
  }
}

# By a hash alone, so that no setting is in the state twice.
module "schedule" {
  source = "./step"

  program = local.program["prepare-node"]
  triggers = {
    for name in local.scheduled : name => {
      to     = terraform_data.scheduled[name].id
      wanted = sha256("${jsonencode(local.schedule_environment[name])} ${filesha256("${path.module}/schedule-backup.sh")}")
    }
  }
  queries = {
    for name in local.scheduled : name => merge(local.target[name], local.trust[name], local.timeout.join, {
      script      = "${path.module}/schedule-backup.sh"
      environment = jsonencode(local.schedule_environment[name])
    })
  }

  depends_on = [module.join]
}

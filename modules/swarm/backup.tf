# The command that makes an archive of the swarm, for whoever runs it where Terraform runs: by hand,
# in CI, or by a timer. docs/backup.md.

locals {
  backs_up  = var.backup != null && local.first != null
  backup_s3 = local.backs_up ? startswith(coalesce(var.backup.to, "-"), "s3://") : false

  backup_query = !local.backs_up ? {} : merge(
    local.target[local.first], local.trust[local.first],
    local.other_managers[local.first] == "" ? {} : { managers = local.other_managers[local.first] },
    {
      for key, value in {
        to            = var.backup.to
        copy          = var.backup.copy
        keep          = var.backup.keep == 0 ? null : tostring(var.backup.keep)
        if_older_than = var.backup.if_older_than
        encrypt_to    = var.backup.encrypt_to
        metrics_dir   = var.backup.metrics_dir
        endpoint      = var.backup.endpoint
        region        = var.backup.region
        allow_http    = local.backup_s3 ? tostring(var.backup.allow_http) : null
        kms_key       = var.backup.kms_key
        timeout       = var.timeouts.backup
      } : key => value if value != null
    },
  )

  # One word, as in docker.tf
  backup_word = replace(replace(replace(replace(jsonencode(local.backup_query),
    " ", "\\u0020"), "*", "\\u002a"), "?", "\\u003f"), "[", "\\u005b",
  )
  backup_command = !local.backs_up ? null : join(" ", [
    "env", "SWARM_QUERY=${local.backup_word}", local.program["backup-swarm"], "--query-env", "SWARM_QUERY",
  ])
}

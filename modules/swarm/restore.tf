# A swarm that is put back in place of one that would be made (docs/backup.md): before init, and only
# where none of the managers is in a swarm. Nothing of it is in the state, so a cluster that lives
# takes no notice of another archive, nor of none.

locals {
  restores = var.restore_from != null && local.first != null
  restored = !local.restores ? null : coalesce(var.restore_from.manager, local.first)
  # Who may leave another swarm to join this one may be in any.
  witnesses = local.other_swarms == "leave" ? [] : [
    for name in keys(var.nodes) : local.entry[name] if !contains(local.managers, name)
  ]
  from_s3 = local.restores ? startswith(var.restore_from.from, "s3://") : false

  restore_query = !local.restores ? {} : merge(
    local.target[local.restored], local.trust_all, local.timeout.restore,
    local.other_managers[local.restored] == "" ? {} : { peers = local.other_managers[local.restored] },
    length(local.witnesses) == 0 ? {} : { workers = join(",", local.witnesses) },
    {
      for key, value in {
        from           = var.restore_from.from
        advertise_addr = var.nodes[local.restored].private_address
        decrypt_with   = var.restore_from.decrypt_with
        unlock_key_env = var.restore_from.unlock_key_env
        gone           = length(var.restore_from.gone) == 0 ? null : join(",", var.restore_from.gone)
        endpoint       = var.restore_from.endpoint
        region         = var.restore_from.region
        allow_http     = local.from_s3 ? tostring(var.restore_from.allow_http) : null
      } : key => value if value != null
    },
  )

  restore_environment = !local.restores ? {} : merge(
    {
      SWARM_RESTORE       = local.program["restore-swarm"]
      SWARM_RESTORE_QUERY = jsonencode(local.restore_query)
      SWARM_RESTORE_ON    = tostring(index(local.managers, local.restored) + 1)
    },
    {
      for i, name in local.managers : "SWARM_STATE_QUERY_${i + 1}" => jsonencode(merge(local.member_query[name], {
        environment = jsonencode(merge(jsondecode(local.member_query[name].environment), { SWARM_RESTORE = "yes" }))
      }))
    },
  )
}

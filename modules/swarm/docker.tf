# The command that leads the local docker client to a manager.

locals {
  # One word without a blank, for a shell that splits it and tries it as a pattern: JSON
  # has another spelling for each of those characters.
  tunnel_query = local.first == null ? null : jsonencode(merge(
    local.target[local.first], local.trust[local.first],
    local.other_managers[local.first] == "" ? {} : { managers = local.other_managers[local.first] },
  ))
  tunnel_word = local.first == null ? null : replace(replace(replace(replace(
    local.tunnel_query, " ", "\\u0020"), "*", "\\u002a"), "?", "\\u003f"), "[", "\\u005b",
  )

  docker_command = local.first == null ? null : join(" ", [
    "env", "SWARM_QUERY=${local.tunnel_word}", local.program["docker-tunnel"], "--query-env", "SWARM_QUERY", "--",
  ])
}

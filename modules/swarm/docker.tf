# The commands that lead the local docker client, and a person's eyes, to a manager.

locals {
  # One word without a blank, for a shell that splits it and tries it as a pattern: JSON
  # has another spelling for each of those characters. Who watches may ask any node what it
  # uses, and so pins the keys of all.
  person_word = local.first == null ? {} : {
    for program, trust in { docker-tunnel = local.trust[local.first], watch-swarm = local.trust_all } :
    program => replace(replace(replace(replace(jsonencode(merge(
      local.target[local.first], trust,
      local.other_managers[local.first] == "" ? {} : { managers = local.other_managers[local.first] },
    )), " ", "\\u0020"), "*", "\\u002a"), "?", "\\u003f"), "[", "\\u005b")
  }

  docker_command = local.first == null ? null : join(" ", [
    "env", "SWARM_QUERY=${local.person_word.docker-tunnel}", local.program["docker-tunnel"], "--query-env", "SWARM_QUERY", "--",
  ])

  watch_command = local.first == null ? null : join(" ", [
    "env", "SWARM_QUERY=${local.person_word.watch-swarm}", local.program["watch-swarm"], "--query-env", "SWARM_QUERY",
  ])
}

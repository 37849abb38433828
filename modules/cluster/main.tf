# One file a cluster: what it says, in the order in which things win. A file with errors counts
# as empty, so that its own errors are all that is told.

locals {
  said = jsondecode(length(local.problems) == 0 ? local.json : "{}")
  own  = try(merge(local.said[var.section], {}), {})
  over = jsondecode(var.overlay ? jsonencode(local.own) : "{}")

  # The later win: the caller's defaults, what is common, the caller's own section, variables
  parts = ["groups", "nodes", "docker", "swarm", "ssh"]
  layers = {
    for part in local.parts : part => [
      for layer in [var.defaults, local.said, local.over, var.overrides] : try(merge(layer[part], {}), {})
    ]
  }
  variables = 3

  # Every key that is known is there, with null where nothing is said. A variable that is
  # null was not set.
  flat = {
    for part in ["docker", "swarm", "ssh"] : part => merge(concat(
      [{ for key in local.children[part] : key => null }],
      [for i, layer in local.layers[part] : { for key, value in layer : key => value if i < local.variables || value != null }],
    )...)
  }

  names = {
    groups = distinct(concat(["manager", "worker"], flatten([for layer in local.layers.groups : keys(layer)])))
    nodes  = distinct(flatten([for layer in local.layers.nodes : keys(layer)]))
  }
  by_name = {
    for part, names in local.names : part => {
      for name in names : name => merge(concat(
        [{ for key in distinct(concat(local.children["${part}.*"], lookup(local.children, "${var.section}.${part}.*", []))) : key => null }],
        [
          for i, layer in local.layers[part] : {
            for key, value in try(merge(layer[name], {}), {}) : key => value if i < local.variables || value != null
          }
        ],
      )...)
    }
  }

  # The section itself, without what is laid over the common parts
  own_keys = [for key in lookup(local.children, var.section, []) : key if !(var.overlay && contains(local.parts, key)) && key != "*"]
  own_layers = [
    try(merge(var.defaults[var.section], {}), {}),
    local.own,
    { for key, value in try(merge(var.overrides[var.section], {}), {}) : key => value if value != null },
  ]
  section = {
    for key, value in merge(concat([{ for key in local.own_keys : key => null }], local.own_layers)...) : key => value
    if !(var.overlay && contains(local.parts, key))
  }
}

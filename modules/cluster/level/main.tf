# From one level of a file to the next. Values go along as JSON, whose first character tells
# what they are: a list in Terraform holds values of one type only.

locals {
  kinds = { "{" = "keys", "[" = "list", "\"" = "string", t = "bool", f = "bool", n = "null" }

  # Only what the table goes on below, and only if it is as the table has it: anything else
  # is an error by itself.
  opened = [
    for entry in var.entries : merge(entry, { known = lookup(var.children, entry.type, []) })
    if entry.kind == (contains(lookup(var.children, entry.type, []), "[]") ? "list" : "keys") && contains(keys(var.children), entry.type)
  ]

  entries = flatten([
    for entry in local.opened : [
      for key, value in jsondecode(entry.json) : {
        path = entry.kind == "list" ? "${entry.path}[${key}]" : join(".", compact([entry.path, key]))
        type = (
          entry.kind == "list" ? "${entry.type}.[]" :
          contains(entry.known, key) ? join(".", compact([entry.type, key])) :
          contains(entry.known, "*") ? "${entry.type}.*" :
          "?"
        )
        kind  = lookup(local.kinds, substr(jsonencode(value), 0, 1), "number")
        json  = jsonencode(value)
        among = entry.known
      }
    ]
  ])
}

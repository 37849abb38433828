# Everything in the file beside its type, and what is wrong with it.

locals {
  exists = fileexists(var.file)
  shown  = trimprefix(var.file, "./")

  # yamldecode takes no text without a value, such as one of comments only.
  text = local.exists ? file(var.file) : ""
  json = jsonencode(yamldecode(length(regexall("(?m)^[ \t]*[^# \t\r\n]", local.text)) == 0 ? "{}" : local.text))

  has_keys = startswith(local.json, "{")
  ours     = [for key in try(keys(jsondecode(local.json)), []) : key if key == var.section || !contains(local.sections, key)]
  top = [{
    path = ""
    type = ""
    kind = local.has_keys ? "keys" : "other"
    json = jsonencode({ for key in local.ours : key => jsondecode(local.json)[key] })
  }]
}

# Terraform has no recursion, hence a module for each level.
module "level_1" {
  source   = "./level"
  entries  = local.top
  children = local.children
}

module "level_2" {
  source   = "./level"
  entries  = module.level_1.entries
  children = local.children
}

module "level_3" {
  source   = "./level"
  entries  = module.level_2.entries
  children = local.children
}

module "level_4" {
  source   = "./level"
  entries  = module.level_3.entries
  children = local.children
}

module "level_5" {
  source   = "./level"
  entries  = module.level_4.entries
  children = local.children
}

module "level_6" {
  source   = "./level"
  entries  = module.level_5.entries
  children = local.children
}

locals {
  entries = concat(
    module.level_1.entries, module.level_2.entries, module.level_3.entries,
    module.level_4.entries, module.level_5.entries, module.level_6.entries,
  )
  unknown = [for entry in local.entries : entry if entry.type == "?"]
  grown   = [for entry in local.entries : merge(entry, { known = lookup(local.children, entry.type, []) }) if contains(local.inner, entry.type)]
  leaves  = [for entry in local.entries : merge(entry, { of = lookup(local.types, entry.type, "") }) if contains(keys(local.types), entry.type)]
  choices = [for leaf in local.leaves : leaf if strcontains(leaf.of, "|") && leaf.kind == "string"]
  files   = [for leaf in local.leaves : merge(leaf, { name = jsondecode(leaf.json) }) if leaf.of == "file" && leaf.kind == "string"]

  words = { keys = "keys with values", list = "a list", string = "text", number = "a number", bool = "true or false", null = "nothing" }

  # A value is not shown: somebody may have written down a secret. Something that is null is
  # as if it were not there.
  problems = concat(
    var.must_exist && !local.exists ? ["there is no such file"] : [],
    !local.exists && fileexists(replace(var.file, "/\\.yaml$/", ".yml")) ? ["there is ${replace(local.shown, "/\\.yaml$/", ".yml")}, which is not read; rename it"] : [],
    local.has_keys ? [] : ["expected ${local.words.keys}; known here are ${join(", ", local.children[""])}"],
    [
      for entry in local.unknown : "${entry.path}: unknown; known here are ${join(", ", [for key in entry.among : key if key != "*"])}"
    ],
    [
      for entry in concat(local.grown, local.leaves) : "${entry.path}: ${var.unsupported[trimprefix(entry.type, "${var.section}.")]}"
      if entry.kind != "null" && contains(keys(var.unsupported), trimprefix(entry.type, "${var.section}."))
    ],
    [
      for entry in local.grown : "${entry.path}: expected ${contains(entry.known, "[]") ? local.words.list : local.words.keys}, got ${local.words[entry.kind]}"
      if !contains(["null", contains(entry.known, "[]") ? "list" : "keys"], entry.kind)
    ],
    [
      for leaf in local.leaves : "${leaf.path}: expected ${lookup(local.words, leaf.of, local.words.string)}, got ${local.words[leaf.kind]}${!contains(["number", "bool", "keys"], leaf.of) && contains(["number", "bool"], leaf.kind) ? "; put it in quotes" : ""}"
      if !contains(["null", contains(["number", "bool", "keys"], leaf.of) ? leaf.of : "string"], leaf.kind)
    ],
    [
      for leaf in local.choices : "${leaf.path}: use ${replace(leaf.of, "|", " or ")}"
      if !contains(split("|", leaf.of), jsondecode(leaf.json))
    ],
    [
      for leaf in local.files : "${leaf.path}: ${strcontains(leaf.name, "PRIVATE KEY") ? "is a key; its path is wanted" : "there is no file ${leaf.name}"}"
      if !try(fileexists(pathexpand(leaf.name)), false)
    ],
    flatten([
      for entry in local.grown : [
        for path in local.required : "${entry.path}.${reverse(split(".", path))[0]}: missing"
        if path == "${entry.type}.${reverse(split(".", path))[0]}" && try(jsondecode(entry.json)[reverse(split(".", path))[0]], null) == null
      ]
    ]),
  )
}

variable "entries" {
  description = "The values one level up: `path` of the value as a person reads it, `type` as the table has it, `kind` (keys, list, string, number, bool or null), and the value itself as JSON."
  type        = list(object({ path = string, type = string, kind = string, json = string }))
  nullable    = false
}

variable "children" {
  description = "The keys that are known below each path of the table, by that path."
  type        = map(list(string))
  nullable    = false
}

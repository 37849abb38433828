variable "folders" {
  description = "Where they are looked for, in this order, before PATH. Example: [\"/usr/local/bin\"]."
  type        = list(string)
  nullable    = false
}

variable "oldest" {
  description = "The first version that knows every key they are asked with. Example: \"0.2.0\"."
  type        = string
  nullable    = false
}

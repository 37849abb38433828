variable "program" {
  description = "Path of the describe-stack executable. Example: \"/usr/local/bin/describe-stack\"."
  type        = string
  nullable    = false
}

variable "query" {
  description = "Query of describe-stack, without null values. Example: { host = \"10.0.1.11\", stack = \"web\", compose_file = \"web.yml\" }."
  type        = map(string)
  nullable    = false
}

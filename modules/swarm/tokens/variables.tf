variable "program" {
  description = "Path of the fetch-tokens executable. Example: \"/usr/local/bin/fetch-tokens\"."
  type        = string
  nullable    = false
}

variable "query" {
  description = "Query of fetch-tokens, without null values. Example: { host = \"10.0.1.11\", user = \"admin\" }."
  type        = map(string)
  nullable    = false
}

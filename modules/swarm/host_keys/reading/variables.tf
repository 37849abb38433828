variable "program" {
  description = "Path of the fetch-host-key executable. Example: \"/usr/local/bin/fetch-host-key\"."
  type        = string
  nullable    = false
}

variable "machines" {
  description = "The machines, by name: an id of each; another one under the same name is a new machine. Example: { \"dev-worker-1\" = \"i-0123456789abcdef0\" }."
  type        = any
  nullable    = false
}

variable "queries" {
  description = "Query of fetch-host-key by name, without null values. Example: { \"dev-worker-1\" = { host = \"10.0.1.21\", user = \"admin\" } }."
  type        = map(map(string))
  nullable    = false
}

variable "published" {
  description = "By name: the `command` that prints the keys which the machine has published by another channel, null where it does not; how long to wait for them (`time`); the host as `known_hosts` names it (`known_as`). Its query has @PUBLISHED@ in the place of the keys."
  type        = map(map(string))
  nullable    = false
}

variable "tolerant" {
  description = "Whether the apply goes on where a machine's key cannot be read; that machine has none then."
  type        = bool
  nullable    = false
}

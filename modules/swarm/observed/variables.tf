variable "program" {
  description = "Path of the describe-swarm executable, or cat where query is its result already. Example: \"/usr/local/bin/describe-swarm\"."
  type        = string
  nullable    = false
}

variable "query" {
  description = "Query of describe-swarm, without null values, or its result. Example: { host = \"10.0.1.11\", user = \"admin\" }."
  type        = map(string)
  nullable    = false
}

variable "nodes" {
  description = "The nodes to look for, by name: address in the swarm, and hostname. Example: { \"dev-worker-1\" = { address = \"10.1.0.21\", hostname = \"dev-worker-1\" } }."
  type        = map(object({ address = string, hostname = string }))
  nullable    = false
}

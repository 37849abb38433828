variable "program" {
  description = "Path of the executable. Example: \"/usr/local/bin/join-node\"."
  type        = string
  nullable    = false
}

variable "queries" {
  description = "What the executable is asked, by name of what it is run for; values as its query has them. Another query alone runs nothing. Example: { \"dev-worker-1\" = { host = \"10.0.1.21\", role = \"worker\" } }."
  type        = map(map(string))
  nullable    = false
}

variable "triggers" {
  description = "What it is run for, by name: it runs when a name is new, and again when its value changes. Example: { \"dev-worker-1\" = \"i-0123456789abcdef0\" }."
  type        = any
  nullable    = false
}

variable "after" {
  description = "For a step that is tolerant: by name, the ID of what was tried before with the same machine, if anything; a name for which that failed is not run. null: the program's failure is this step's. Example: { \"dev-worker-1\" = \"39f72647-693c-a4ab-2ac0-965626500511\" }."
  type        = map(string)
  default     = null
}

variable "environment" {
  description = "Further environment of the program, by name; a change alone runs nothing. Example: { \"dev-worker-1\" = { SWARM_NAME = \"dev-worker-1\" } }."
  type        = map(map(string))
  default     = {}
  nullable    = false
}

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

variable "through" {
  description = "Program, with arguments, that is started in place of the executable and given its command. Example: [\"./ready.sh\", \"join\"]."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "triggers" {
  description = "What it is run for, by name: it runs when a name is new, and again when its value changes. Example: { \"dev-worker-1\" = \"i-0123456789abcdef0\" }."
  type        = any
  nullable    = false
}

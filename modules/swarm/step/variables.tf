variable "after" {
  description = "For a tolerant step: by name, the ID of the step before it on the same machine, if there is one; where that one failed, this one is not run. null: a failure of the program is a failure of the step. Example: { \"dev-worker-1\" = \"39f72647-693c-a4ab-2ac0-965626500511\" }."
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
  description = "Query of the executable by name. A changed query alone runs nothing. Example: { \"dev-worker-1\" = { host = \"10.0.1.21\", role = \"worker\" } }."
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
  description = "Trigger by name: the step runs for a new name, and again when its value changes. Example: { \"dev-worker-1\" = \"i-0123456789abcdef0\" }."
  type        = any
  nullable    = false
}

variable "of" {
  description = "What the settings are of, as the subject of a sentence. Example: \"The swarm of dev\"."
  type        = string
  nullable    = false
}

variable "settings" {
  description = "The settings, by the name that the caller has for each. Example: { \"swarm.listen_port\" = 2377 }."
  type        = any
  nullable    = false
}

variable "exists" {
  description = "Whether the object exists, or is to be made. One that is gone may be made again with other settings."
  type        = bool
  nullable    = false
}

variable "why" {
  description = "What another value would cause. Example: \"another network would replace every machine at once\"."
  type        = string
  nullable    = false
}

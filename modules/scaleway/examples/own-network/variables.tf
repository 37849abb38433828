variable "ssh_cidrs" {
  description = "Networks that SSH is reached from. Example: [\"203.0.113.7/32\"]."
  type        = list(string)
  nullable    = false
}

variable "private_key" {
  description = "Path of the SSH private key whose public half is in the project; null: the agent's. Example: \"~/.ssh/id_ed25519\"."
  type        = string
  default     = null
}

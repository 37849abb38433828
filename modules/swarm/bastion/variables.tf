variable "machine" {
  description = "Id of the machine or gateway; another one under the same address is another bastion. Example: \"i-0123456789abcdef0\"."
  type        = string
  nullable    = false
}

variable "host" {
  description = "Address that SSH reaches it by. Example: \"203.0.113.9\"."
  type        = string
  nullable    = false
}

variable "port" {
  description = "Port that SSH reaches it by. Example: 61000."
  type        = number
  default     = 22
  nullable    = false
}

variable "known_hosts" {
  description = "The workspace's own known_hosts file. Example: \".swarm/dev.known_hosts\"."
  type        = string
  nullable    = false
}

variable "helpers" {
  description = "Folder of the executables; null: bin/ of the checkout that this module is in. Kept in state as written. Example: \"/usr/local/bin\"."
  type        = string
  default     = null
}

# What a person sets for one run. All else is in clusters/<workspace>.yaml; what is set
# here wins.

variable "cluster_file" {
  description = "The cluster's file; null: clusters/<workspace>.yaml, where there is one. Example: \"../lab/clusters/dev.yaml\"."
  type        = string
  default     = null
}

variable "manager_count" {
  description = "Number of nodes in the group manager; null: the file's, else 1. Example: 3."
  type        = number
  default     = null
}

variable "worker_count" {
  description = "Number of nodes in the group worker; null: the file's, else 2. Example: 5."
  type        = number
  default     = null
}

variable "docker_version" {
  description = "Version of Docker on new machines; null: the file's, else the newest there is on that day. Example: \"28.3.3\"."
  type        = string
  default     = null
}

variable "ssh_cidrs" {
  description = "Networks that SSH is reached from, the address that you come from for example; null: the file's. Example: [\"203.0.113.7/32\"]."
  type        = list(string)
  default     = null
}

variable "private_key" {
  description = "Path of the SSH private key that logs in; null: the file's, else the agent's. Example: \"~/.ssh/id_ed25519\"."
  type        = string
  default     = null

  validation {
    condition     = var.private_key == null ? true : try(fileexists(pathexpand(var.private_key)), false)
    error_message = "private_key is ${strcontains(coalesce(var.private_key, "null"), "PRIVATE KEY") ? "a key; its path is wanted" : "\"${coalesce(var.private_key, "null")}\", but there is no such file"}."
  }
}

variable "host_keys" {
  description = "Private ed25519 host keys by node name, to pin the public halves in ssh.host_keys of the file; as in modules/user_data, trade-off included. Example: { dev-manager-1 = file(\"dev-manager-1.key\") }."
  type        = map(string)
  default     = {}
  nullable    = false
  sensitive   = true
}

variable "token_delivery" {
  description = "How join tokens travel, \"ssh\" or \"state\"; null: the file's, else \"ssh\"."
  type        = string
  default     = null
}

variable "detect_drift" {
  description = "Whether every plan asks the swarm for its nodes; null: the file's, else false."
  type        = bool
  default     = null
}

variable "surge" {
  description = "Nodes beside those of the file and of the counts, by group. scripts/roll sets it while it replaces others. Example: { worker = 1 }."
  type        = map(number)
  default     = {}
  nullable    = false
}

variable "helpers" {
  description = "Folder of the executables; null: bin/ of this checkout, else PATH. Example: \"/usr/local/bin\"."
  type        = string
  default     = null
}

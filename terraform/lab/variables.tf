# What a person sets for one run. All else is in clusters/<workspace>.yaml; what is set
# here wins.

variable "cluster_file" {
  description = "The cluster's file; null: clusters/<workspace>.yaml, where there is one. Example: \"../aws/clusters/dev.yaml\"."
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
  description = "Version of Docker that the hosts are to have; null: the file's, else the one they have. Example: \"28.3.3\"."
  type        = string
  default     = null
}

variable "subnet" {
  description = "Network of the hosts; null: the file's, else one derived from the workspace's name. Example: \"10.31.7.0/24\"."
  type        = string
  default     = null
}

variable "private_key" {
  description = "Path of an SSH private key for the hosts, its public half beside it as <path>.pub; null: the file's, else one made for the workspace. Example: \"~/.ssh/id_ed25519\"."
  type        = string
  default     = null
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

# What a person sets for one run. All else is in clusters/<workspace>.yaml; what is set
# here wins.

variable "cluster_file" {
  description = "The cluster's file; null: clusters/<workspace>.yaml. Example: \"../lab/clusters/dev.yaml\"."
  type        = string
  default     = null
}

variable "docker_version" {
  description = "Version of Docker on machines that are new; null: the file's, else the newest there is on that day. Example: \"28.3.3\"."
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

variable "helpers" {
  description = "Folder of the executables; null: bin/ of this checkout, else PATH. Example: \"/usr/local/bin\"."
  type        = string
  default     = null
}

variable "manager_instance_type" {
  description = "Commercial type of the manager. Example: \"DEV1-S\"."
  type        = string
  default     = "DEV1-S"
}

variable "worker_instance_type" {
  description = "Commercial type of the workers. Example: \"DEV1-S\"."
  type        = string
  default     = "DEV1-S"
}

variable "worker_instance_count" {
  description = "Number of workers. Example: 2."
  type        = number
  default     = 2
}

variable "ssh_cidr" {
  description = "Network that SSH is reached from. Example: \"203.0.113.7/32\"."
  type        = string
}

variable "install_script" {
  description = "Path of the script that installs Docker. Example: \"scripts/install-docker.sh\"."
  type        = string
}

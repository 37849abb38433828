variable "manager_count" {
  description = "Number of managers: 1, 3, 5 or 7. Example: 3."
  type        = number
  default     = 1
  nullable    = false
}

variable "worker_count" {
  description = "Number of workers. Example: 2."
  type        = number
  default     = 2
  nullable    = false
}

variable "batch" {
  description = "One more group of workers, as modules/aws takes it. Example: { count = 2, type = \"m7i.large\", spot = true }."
  type        = any
  default     = { count = 1, labels = { batch = "yes" }, disk = { docker_size = 40 } }
  nullable    = false
}

variable "ssh_cidrs" {
  description = "Networks that SSH is reached from. Example: [\"203.0.113.7/32\"]."
  type        = list(string)
  nullable    = false
}

variable "private_key" {
  description = "Path of an SSH private key. Example: \"~/.ssh/id_ed25519\"."
  type        = string
  default     = "~/.ssh/id_ed25519"
  nullable    = false
}

variable "public_key" {
  description = "The public half of private_key, as the line in its file. Example: \"ssh-ed25519 AAAA... me\"."
  type        = string
  nullable    = false
}

variable "image" {
  description = "Image of new instances, as modules/aws takes it. Example: { distribution = \"debian-13\" }."
  type        = any
  default     = {}
  nullable    = false
}

variable "machines" {
  description = "Id of the machine by node name. Example: { dev-worker-1 = \"i-0123456789abcdef0\" }."
  type        = map(string)
  nullable    = false
}

variable "wanted" {
  description = "What a machine made now would be made with, by node name. Example: { dev-worker-1 = { type = \"t3.small\", zone = \"eu-west-1a\" } }."
  type        = map(map(string))
  nullable    = false
}

variable "quiet" {
  description = "Settings that are listed without a warning. Example: [\"image\"]."
  type        = list(string)
  default     = ["image", "user_data"]
  nullable    = false
}

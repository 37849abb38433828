variable "machines" {
  description = "Id of the machine by node name, of all nodes. Example: { dev-manager-1 = \"i-0123456789abcdef0\" }."
  type        = map(string)
  nullable    = false
}

variable "protected" {
  description = "Names of the nodes that may not go. Example: [\"dev-manager-1\"]."
  type        = list(string)
  nullable    = false
}

variable "why" {
  description = "What takes the protection off. Example: \"set protect_managers to false and apply first\"."
  type        = string
  nullable    = false
}

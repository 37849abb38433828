variable "nodes" {
  description = "By node name: id of its `machine`, whether it is `protected`, and how to turn that off (`remedy`). Example: { dev-manager-1 = { machine = \"i-0123456789abcdef0\", protected = true, remedy = \"set protect_managers to false and apply first\" } }."
  type = map(object({
    machine   = string
    protected = bool
    remedy    = string
  }))
  nullable = false
}

# The stack as a manager sees it. Apart from the rest of modules/stack because it needs a
# provider.

data "external" "this" {
  program = [var.program]
  query   = var.query
}

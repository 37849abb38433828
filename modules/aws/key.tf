# The key that logs in first. Given as it is, not by the path of a file: what another operator
# has there would make another key pair of it.

locals {
  key_name = var.public_key == null ? var.key_name : one(aws_key_pair.this[*].key_name)
}

resource "aws_key_pair" "this" {
  count = var.public_key == null ? 0 : 1

  key_name   = var.cluster
  public_key = trimspace(var.public_key)
  tags       = local.tags
}

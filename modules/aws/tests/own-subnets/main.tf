# The module beside a VPC and subnets that have no ids yet.

terraform {
  required_version = ">= 1.9"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0"
    }
  }
}

variable "reversed" {
  description = "Whether the subnets are given in another order."
  type        = bool
  default     = false
  nullable    = false
}

resource "aws_vpc" "this" {
  #checkov:skip=CKV2_AWS_11:it is never made
  cidr_block = "10.67.0.0/16"
}

resource "aws_subnet" "this" {
  count = 3

  vpc_id     = aws_vpc.this.id
  cidr_block = cidrsubnet(aws_vpc.this.cidr_block, 8, count.index)
}

resource "aws_route" "this" {
  route_table_id         = aws_vpc.this.main_route_table_id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = "igw-0123"
}

module "aws" {
  source = "../.."

  cluster    = "dev"
  groups     = { batch = { count = 2, subnet_ids = [aws_subnet.this[2].id] } }
  network    = "private"
  create_vpc = false
  vpc_id     = aws_vpc.this.id
  subnet_ids = var.reversed ? [aws_subnet.this[1].id, aws_subnet.this[0].id] : [aws_subnet.this[0].id, aws_subnet.this[1].id]
  bastion    = { subnet_id = aws_subnet.this[0].id }
  ssh_cidrs  = ["203.0.113.7/32"]
  key_name   = "me"
  routes     = aws_route.this
}

output "aws" {
  description = "All of the module's."
  value       = module.aws
}

# A VPC, its subnets, a way out and a bastion of one's own, made in the same apply as the
# cluster in it: none of them has an id when that is planned. The tag swarm is what policy.json
# wants of everything that is made.

provider "aws" {
  region = "us-east-1"
}

locals {
  tags  = { swarm = terraform.workspace, Name = "${terraform.workspace}-own" }
  zones = { us-east-1a = 1, us-east-1b = 2 }
}

resource "aws_vpc" "this" {
  #checkov:skip=CKV2_AWS_11:flow logs are billed and need a place to go; they belong to the account
  cidr_block = "10.67.0.0/16"
  tags       = local.tags
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
  tags   = local.tags
}

resource "aws_subnet" "public" {
  vpc_id            = aws_vpc.this.id
  cidr_block        = "10.67.0.0/24"
  availability_zone = keys(local.zones)[0]
  tags              = local.tags
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.this.id
  tags   = local.tags
}

resource "aws_route" "internet" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this.id
}

resource "aws_route_table_association" "public" {
  subnet_id      = aws_subnet.public.id
  route_table_id = aws_route_table.public.id
}

resource "aws_eip" "nat" {
  domain = "vpc"
  tags   = local.tags

  depends_on = [aws_internet_gateway.this]
}

resource "aws_nat_gateway" "this" {
  allocation_id = aws_eip.nat.id
  subnet_id     = aws_subnet.public.id
  tags          = local.tags

  depends_on = [aws_route.internet, aws_route_table_association.public]
}

resource "aws_subnet" "private" {
  for_each = local.zones

  vpc_id            = aws_vpc.this.id
  cidr_block        = "10.67.${each.value}.0/24"
  availability_zone = each.key
  tags              = local.tags
}

resource "aws_route_table" "private" {
  vpc_id = aws_vpc.this.id
  tags   = local.tags
}

resource "aws_route" "nat" {
  route_table_id         = aws_route_table.private.id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.this.id
}

resource "aws_route_table_association" "private" {
  for_each = aws_subnet.private

  subnet_id      = each.value.id
  route_table_id = aws_route_table.private.id
}

module "aws" {
  source = "../.."

  cluster        = terraform.workspace
  groups         = { manager = { count = var.manager_count }, worker = { count = var.worker_count } }
  network        = "private"
  create_vpc     = false
  vpc_id         = aws_vpc.this.id
  subnet_ids     = values(aws_subnet.private)[*].id
  create_bastion = false
  bastion        = { host = aws_instance.bastion.public_ip, user = var.image.user }
  ssh_cidrs      = [aws_subnet.public.cidr_block]
  public_key     = var.public_key
  image          = var.image

  # What the first boot of a node goes out by
  routes = [aws_route.nat, aws_route_table_association.private]
}

module "swarm" {
  source = "../../../swarm"

  cluster = terraform.workspace
  nodes   = module.aws.nodes
  prepare = module.aws.prepare
  ssh = merge(module.aws.ssh, {
    private_key      = var.private_key
    known_hosts      = "${path.root}/.swarm/${terraform.workspace}.known_hosts"
    host_key_policy  = "accept-new"
    bastion_machines = [aws_instance.bastion.id]
  })
  teardown_file = "${path.root}/.swarm/${terraform.workspace}.teardown"

  # Every node leaves through the bastion.
  network = [
    module.aws.network, aws_route.internet, aws_route_table_association.public, aws_instance.bastion,
    aws_vpc_security_group_ingress_rule.bastion, aws_vpc_security_group_egress_rule.bastion,
  ]
}

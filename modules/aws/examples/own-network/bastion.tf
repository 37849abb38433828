# The bastion of one's own.

resource "aws_key_pair" "bastion" {
  key_name   = "${terraform.workspace}-own"
  public_key = trimspace(var.public_key)
  tags       = local.tags
}

resource "aws_security_group" "bastion" {
  name        = "${terraform.workspace}-own-bastion"
  description = "A bastion of one's own"
  vpc_id      = aws_vpc.this.id
  tags        = local.tags
}

resource "aws_vpc_security_group_ingress_rule" "bastion" {
  #checkov:skip=CKV_AWS_24:the networks are the caller's own words
  for_each = toset(var.ssh_cidrs)

  security_group_id = aws_security_group.bastion.id
  description       = "SSH"
  ip_protocol       = "tcp"
  from_port         = 22
  to_port           = 22
  cidr_ipv4         = each.value
  tags              = local.tags
}

resource "aws_vpc_security_group_egress_rule" "bastion" {
  security_group_id = aws_security_group.bastion.id
  description       = "SSH to the nodes"
  ip_protocol       = "tcp"
  from_port         = 22
  to_port           = 22
  cidr_ipv4         = aws_vpc.this.cidr_block
  tags              = local.tags
}

resource "aws_instance" "bastion" {
  #checkov:skip=CKV_AWS_88:a bastion is what has the public address
  #checkov:skip=CKV_AWS_126:detailed monitoring is billed and of no use for a bastion
  #checkov:skip=CKV_AWS_135:this type is by default
  #checkov:skip=CKV2_AWS_41:it asks nothing of AWS
  ami                         = var.image.id
  instance_type               = "t3.micro"
  subnet_id                   = aws_subnet.public.id
  associate_public_ip_address = true
  vpc_security_group_ids      = [aws_security_group.bastion.id]
  key_name                    = aws_key_pair.bastion.key_name
  tags                        = local.tags

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    volume_type = "gp3"
    volume_size = 8
    encrypted   = true
    tags        = local.tags
  }

  depends_on = [aws_route.internet, aws_route_table_association.public, aws_vpc_security_group_ingress_rule.bastion]
}

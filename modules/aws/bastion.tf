# The one machine with a public address in front of a private network. It lets SSH
# through and has nothing to lose: no Docker, no key of anybody's, no role in AWS.

locals {
  has_bastion   = local.is_private && var.bastion.enabled
  makes_bastion = !local.has_bastion ? false : var.create_bastion == null ? var.bastion.host == null : var.create_bastion
  bastion_name  = "${var.cluster}-bastion"

  # While it is stopped, as for the nodes
  made_bastion = {
    host        = one([for bastion in aws_instance.bastion : bastion.public_ip == "" || bastion.public_ip == null ? "${local.bastion_name}.stopped.invalid" : bastion.public_ip])
    port        = 22
    user        = local.ssh_user
    private_key = null
  }
  given_bastion = {
    host        = local.has_bastion ? var.bastion.host : null
    port        = local.has_bastion ? var.bastion.port : null
    user        = local.has_bastion ? var.bastion.user : null
    private_key = local.has_bastion ? var.bastion.private_key : null
  }
  bastion = local.makes_bastion ? local.made_bastion : local.given_bastion

  bastion_subnet = local.makes_vpc ? try(aws_subnet.public[local.zones[0]].id, null) : var.bastion.subnet_id

  # The bastion's host key, where one is given
  bastion_ssh = {
    for key, value in { ssh_deletekeys = true, ssh_genkeytypes = [], ssh_keys = { ed25519_private = lookup(var.host_keys, local.bastion_name, "") } } :
    key => value if contains(nonsensitive(keys(var.host_keys)), local.bastion_name)
  }
  bastion_config = merge({ hostname = local.bastion_name, manage_etc_hosts = "localhost" }, local.bastion_ssh)
}

resource "aws_security_group" "bastion" {
  count = local.makes_bastion ? 1 : 0

  name        = local.bastion_name
  description = "Bastion of the swarm ${var.cluster}"
  vpc_id      = local.vpc_id
  tags        = merge(local.tags, { Name = local.bastion_name })
}

resource "aws_vpc_security_group_ingress_rule" "bastion" {
  #checkov:skip=CKV_AWS_24:the networks are the caller's own words, none is a default
  for_each = local.makes_bastion ? module.ports.ssh : {}

  security_group_id = aws_security_group.bastion[0].id
  description       = each.value.description
  ip_protocol       = each.value.protocol
  from_port         = each.value.from
  to_port           = each.value.to
  cidr_ipv4         = strcontains(each.value.cidr, ":") ? null : each.value.cidr
  cidr_ipv6         = strcontains(each.value.cidr, ":") ? each.value.cidr : null
  tags              = merge(local.tags, { Name = "${local.bastion_name}-${each.key}" })
}

resource "aws_vpc_security_group_egress_rule" "bastion_to_node" {
  count = local.makes_bastion ? 1 : 0

  security_group_id            = aws_security_group.bastion[0].id
  referenced_security_group_id = aws_security_group.node.id
  description                  = "SSH to the nodes"
  ip_protocol                  = "tcp"
  from_port                    = 22
  to_port                      = 22
  tags                         = merge(local.tags, { Name = "${local.bastion_name}-nodes" })
}

# Its own security updates come from there.
resource "aws_vpc_security_group_egress_rule" "bastion_updates" {
  for_each = local.makes_bastion ? { http = 80, https = 443 } : {}

  security_group_id = aws_security_group.bastion[0].id
  description       = "Security updates"
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
  cidr_ipv4         = "0.0.0.0/0"
  tags              = merge(local.tags, { Name = "${local.bastion_name}-${each.key}" })
}

resource "aws_vpc_security_group_ingress_rule" "bastion_to_node" {
  #checkov:skip=CKV_AWS_24:it names the bastion's group and no network
  count = local.makes_bastion ? 1 : 0

  security_group_id            = aws_security_group.node.id
  referenced_security_group_id = aws_security_group.bastion[0].id
  description                  = "SSH from the bastion"
  ip_protocol                  = "tcp"
  from_port                    = 22
  to_port                      = 22
  tags                         = merge(local.tags, { Name = "${var.cluster}-ssh-bastion" })
}

resource "aws_instance" "bastion" {
  #checkov:skip=CKV_AWS_88:a bastion is what has the public address
  #checkov:skip=CKV_AWS_126:detailed monitoring is billed and of no use for a bastion
  #checkov:skip=CKV_AWS_135:it is where the type can be, which the provider is asked for
  #checkov:skip=CKV2_AWS_41:it asks nothing of AWS
  count = local.makes_bastion ? 1 : 0

  ami                         = local.image["bastion"]
  instance_type               = var.bastion.type
  subnet_id                   = local.bastion_subnet
  associate_public_ip_address = true
  vpc_security_group_ids      = [aws_security_group.bastion[0].id]
  key_name                    = local.key_name
  user_data_base64            = base64gzip("#cloud-config\n${jsonencode(local.bastion_config)}\n")
  ebs_optimized               = data.aws_ec2_instance_type.this[var.bastion.type].ebs_optimized_support != "unsupported"
  tags                        = merge(local.tags, { Name = local.bastion_name })

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    volume_type           = "gp3"
    volume_size           = var.bastion.disk.size
    encrypted             = true
    kms_key_id            = var.kms_key_id
    delete_on_termination = true
    tags                  = merge(local.tags, { Name = local.bastion_name })
  }

  lifecycle {
    # As for the nodes: another type would stop it, and give it another address.
    ignore_changes = [ami, instance_type, subnet_id, key_name, user_data, user_data_base64, ebs_optimized, root_block_device]
  }

  depends_on = [
    aws_route.internet, aws_route_table_association.public, aws_vpc_security_group_ingress_rule.bastion,
    aws_vpc_security_group_egress_rule.bastion_to_node, var.routes,
  ]
}

# A private network, its way out and a bastion of one's own, made in the same apply as the
# cluster in it: none of them has an id or an address when that is planned.

provider "scaleway" {
  zone   = "fr-par-1"
  region = "fr-par"
}

resource "scaleway_vpc_private_network" "this" {
  name = "${terraform.workspace}-own"

  ipv4_subnet {
    subnet = "10.207.3.0/24"
  }
}

resource "scaleway_vpc_public_gateway_ip" "this" {}

resource "scaleway_vpc_public_gateway" "this" {
  name              = "${terraform.workspace}-own"
  type              = "VPC-GW-S"
  ip_id             = scaleway_vpc_public_gateway_ip.this.id
  bastion_enabled   = true
  allowed_ip_ranges = var.ssh_cidrs
}

resource "scaleway_vpc_gateway_network" "this" {
  gateway_id         = scaleway_vpc_public_gateway.this.id
  private_network_id = scaleway_vpc_private_network.this.id
  enable_masquerade  = true

  ipam_config {
    push_default_route = true
  }
}

module "scaleway" {
  source = "../.."

  cluster                = terraform.workspace
  groups                 = { worker = { count = 1 } }
  network                = "private"
  create_private_network = false
  private_network_id     = scaleway_vpc_private_network.this.id
  create_bastion         = false
  bastion = {
    host = scaleway_vpc_public_gateway_ip.this.address
    port = scaleway_vpc_public_gateway.this.bastion_port
    user = "bastion"
  }

  # What the first boot of a node goes out by, and every node leaves through
  routes = [scaleway_vpc_gateway_network.this]
}

module "swarm" {
  source = "../../../swarm"

  cluster = terraform.workspace
  nodes   = module.scaleway.nodes
  prepare = module.scaleway.prepare
  network = module.scaleway.network
  ssh = merge(module.scaleway.ssh, {
    private_key      = var.private_key
    known_hosts      = "${path.root}/.swarm/${terraform.workspace}.known_hosts"
    host_key_policy  = "accept-new"
    bastion_machines = [scaleway_vpc_public_gateway.this.id]
  })
  teardown_file = "${path.root}/.swarm/${terraform.workspace}.teardown"
}

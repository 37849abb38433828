# Not to begin with: Terraform's own connections here (remote-exec) verify no host key, so
# whoever answers at an address gets what is sent to it, join tokens included. fetch-tokens
# trusts the key that it sees first and refuses a changed one. Tokens are in the state.
#
# A swarm as people write it around a script that fetches tokens over SSH: count,
# remote-exec, and the tokens as external data. Only the line "program" is not what
# it was for that script, which was ["./scripts/fetch-tokens.sh"].

terraform {
  required_version = ">= 1.9"

  required_providers {
    external = {
      source  = "hashicorp/external"
      version = ">= 1.2, < 3.0"
    }
    scaleway = {
      source  = "scaleway/scaleway"
      version = "~> 2.81.0"
    }
  }
}

provider "scaleway" {
  zone   = "fr-par-1"
  region = "fr-par"
}

resource "scaleway_vpc_private_network" "swarm" {
  name = terraform.workspace
}

resource "scaleway_instance_security_group" "swarm" {
  name                   = "${terraform.workspace}-swarm"
  inbound_default_policy = "drop"

  inbound_rule {
    action   = "accept"
    port     = 22
    ip_range = var.ssh_cidr
  }
}

resource "scaleway_instance_ip" "swarm_manager_ip" {
  count = 1

  type = "routed_ipv4"
}

resource "scaleway_instance_server" "swarm_manager" {
  count = 1

  name              = "${terraform.workspace}-manager-${count.index + 1}"
  image             = "ubuntu_noble"
  type              = var.manager_instance_type
  ip_id             = scaleway_instance_ip.swarm_manager_ip[count.index].id
  security_group_id = scaleway_instance_security_group.swarm.id

  private_network {
    pn_id = scaleway_vpc_private_network.swarm.id
  }

  connection {
    type = "ssh"
    user = "root"
    host = scaleway_instance_ip.swarm_manager_ip[count.index].address
  }

  provisioner "file" {
    source      = var.install_script
    destination = "/tmp/install-docker.sh"
  }

  provisioner "remote-exec" {
    inline = [
      "DOCKER_SOURCE=distribution sh /tmp/install-docker.sh",
      "docker swarm init --advertise-addr ${[for ip in self.private_ips : ip.address if !strcontains(ip.address, ":")][0]}",
    ]
  }
}

resource "scaleway_instance_ip" "swarm_worker_ip" {
  count = var.worker_instance_count

  type = "routed_ipv4"
}

resource "scaleway_instance_server" "swarm_worker" {
  count = var.worker_instance_count

  name              = "${terraform.workspace}-worker-${count.index + 1}"
  image             = "ubuntu_noble"
  type              = var.worker_instance_type
  ip_id             = scaleway_instance_ip.swarm_worker_ip[count.index].id
  security_group_id = scaleway_instance_security_group.swarm.id

  private_network {
    pn_id = scaleway_vpc_private_network.swarm.id
  }

  connection {
    type = "ssh"
    user = "root"
    host = scaleway_instance_ip.swarm_worker_ip[count.index].address
  }

  provisioner "file" {
    source      = var.install_script
    destination = "/tmp/install-docker.sh"
  }

  provisioner "remote-exec" {
    inline = [
      "DOCKER_SOURCE=distribution sh /tmp/install-docker.sh",
      "docker swarm join --token ${data.external.swarm_tokens.result.worker} ${[for ip in scaleway_instance_server.swarm_manager[0].private_ips : ip.address if !strcontains(ip.address, ":")][0]}:2377",
    ]
  }
}

data "external" "swarm_tokens" {
  program = ["fetch-tokens", "--host-key-policy=accept-new"]

  query = {
    host = scaleway_instance_ip.swarm_manager_ip[0].address
  }

  depends_on = [scaleway_instance_server.swarm_manager]
}

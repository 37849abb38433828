# Plans only, with keys of nobody: nothing is made and nobody is asked.

provider "scaleway" {
  access_key      = "SCWXXXXXXXXXXXXXXXXX"
  secret_key      = "11111111-1111-4111-8111-111111111111"
  project_id      = "11111111-1111-4111-8111-111111111111"
  organization_id = "11111111-1111-4111-8111-111111111111"
  api_url         = "http://127.0.0.1:9"
}

variables {
  cluster   = "dev"
  ssh_cidrs = ["203.0.113.7/32"]
}

run "names_and_types" {
  command = plan

  variables {
    groups = { manager = { count = 3, type = "PRO2-S" } }
    roles  = { dev-worker-1 = "manager", dev-manager-3 = "worker" }
    docker = { version = "28.3.3", source = "docker" }
  }

  assert {
    condition     = { for name, server in scaleway_instance_server.node : name => server.type } == { dev-manager-1 = "PRO2-S", dev-manager-2 = "PRO2-S", dev-manager-3 = "PRO2-S", dev-worker-1 = "DEV1-S", dev-worker-2 = "DEV1-S" }
    error_message = "A server is of the type of its name, whatever its role."
  }

  assert {
    condition     = strcontains(nonsensitive(scaleway_instance_server.node["dev-worker-2"].cloud_init), "DOCKER_VERSION='28.3.3'")
    error_message = "Every node gets the pinned version."
  }

  assert {
    condition     = length(scaleway_instance_ip.node) == 5 && length(scaleway_vpc_public_gateway.this) == 0
    error_message = "By default every node has a public address, and there is no gateway."
  }

  assert {
    condition     = scaleway_instance_security_group.node["own"].inbound_default_policy == "drop" && [for rule in scaleway_instance_security_group.node["own"].inbound_rule : "${rule.port} ${rule.ip_range}"] == ["22 203.0.113.7/32"]
    error_message = "Nothing is let in but SSH from where it was said."
  }
}

run "public_managers" {
  command = plan

  variables {
    network       = "private"
    groups        = { manager = { public_ip = true } }
    ingress_ports = [{ port = 80, cidrs = ["0.0.0.0/0"] }, { port = 8000, to = 8010, cidrs = ["198.51.100.0/24"] }]
  }

  assert {
    condition     = keys(scaleway_instance_ip.node) == ["dev-manager-1"] && length(scaleway_vpc_public_gateway.this) == 1
    error_message = "Managers have public addresses, everybody is reached through the gateway."
  }

  assert {
    condition     = contains([for rule in scaleway_instance_security_group.node["own"].inbound_rule : "${rule.protocol} ${coalesce(rule.port_range, "-")} ${rule.ip_range}"], "TCP 8000-8010 198.51.100.0/24")
    error_message = "A range of ports stays one."
  }

  assert {
    condition     = scaleway_vpc_public_gateway.this[0].allowed_ip_ranges == toset(["203.0.113.7/32"])
    error_message = "The bastion lets in who may use SSH."
  }
}

run "a_bastion_and_a_network_that_are_there" {
  command = plan

  variables {
    network            = "private"
    private_network_id = "fr-par/22222222-2222-2222-2222-222222222222"
    bastion            = { host = "198.51.100.9", user = "jump" }
    ssh_cidrs          = []
  }

  assert {
    condition     = length(scaleway_vpc_private_network.this) == 0 && length(scaleway_vpc_public_gateway.this) == 0 && length(scaleway_instance_ip.node) == 0
    error_message = "Nothing is made that was given."
  }

  assert {
    condition     = output.bastion == { host = "198.51.100.9", port = 22, user = "jump" }
    error_message = "The bastion is the given one."
  }

  assert {
    condition     = "${output.ssh.user} ${output.ssh.bastion_user}@${output.ssh.bastion_host}:${output.ssh.bastion_port}" == "root jump@198.51.100.9:22" && length(output.ssh.bastion_machines) == 0
    error_message = "modules/swarm hears of it, and that it is none of Terraform's."
  }
}

run "a_firewall_on_the_servers" {
  command = plan

  variables {
    member_cidrs = ["10.31.7.0/24"]
    swarm        = { data_path_port = 7789 }
  }

  assert {
    condition     = strcontains(nonsensitive(scaleway_instance_server.node["dev-worker-1"].cloud_init), "-p udp --dport 7789:7789 -j DROP")
    error_message = "Ports that are not Docker's own are closed too."
  }
}

run "old_zone_name" {
  command = plan

  variables {
    zone = "par1"
  }

  expect_failures = [var.zone]
}

run "region_of_another_zone" {
  command = plan

  variables {
    region = "nl-ams"
  }

  expect_failures = [var.region]
}

run "nobody_may_log_in" {
  command = plan

  variables {
    ssh_cidrs = []
  }

  expect_failures = [var.ssh_cidrs]
}

run "subnet_of_the_overlays" {
  command = plan

  variables {
    subnet = "10.0.7.0/24"
  }

  expect_failures = [var.subnet]
}

run "subnet_too_small" {
  command = plan

  variables {
    subnet = "10.31.7.0/29"
    groups = { worker = { count = 9 } }
  }

  expect_failures = [scaleway_vpc_private_network.this]
}

run "subnet_of_a_given_network" {
  command = plan

  variables {
    subnet             = "10.31.7.0/24"
    private_network_id = "fr-par/22222222-2222-2222-2222-222222222222"
  }

  expect_failures = [var.subnet]
}

run "bastion_in_a_new_network" {
  command = plan

  variables {
    network = "private"
    bastion = { host = "198.51.100.9" }
  }

  expect_failures = [var.bastion]
}

run "unknown_network" {
  command = plan

  variables {
    network = "hidden"
  }

  expect_failures = [var.network]
}

run "no_bastion" {
  command = plan

  variables {
    network = "private"
    bastion = { enabled = false }
  }

  assert {
    condition     = output.bastion == null && output.ssh.bastion_host == null && length(output.ssh.bastion_machines) == 0 && !scaleway_vpc_public_gateway.this[0].bastion_enabled
    error_message = "The gateway is the way out, and no way in."
  }
}

run "a_bastion_before_public_nodes" {
  command = plan

  variables {
    private_network_id = "fr-par/22222222-2222-2222-2222-222222222222"
    bastion            = { host = "198.51.100.9" }
  }

  expect_failures = [var.bastion]
}

run "no_public_address_in_a_public_network" {
  command = plan

  variables {
    groups = { worker = { public_ip = false } }
  }

  expect_failures = [var.groups]
}

run "groups_of_their_own_kind" {
  command = plan

  variables {
    groups = { batch = { count = 1, type = "PRO2-S", image = "debian_bookworm", script = "echo batch", labels = { batch = "yes" } } }
  }

  assert {
    condition     = { for name, server in scaleway_instance_server.node : name => "${server.type} ${server.image}" } == { dev-batch-1 = "PRO2-S debian_bookworm", dev-manager-1 = "DEV1-S ubuntu_noble", dev-worker-1 = "DEV1-S ubuntu_noble", dev-worker-2 = "DEV1-S ubuntu_noble" }
    error_message = "manager and worker are there by default, a group more has its own type and image."
  }

  assert {
    condition     = strcontains(nonsensitive(scaleway_instance_server.node["dev-batch-1"].cloud_init), "echo batch") && !strcontains(nonsensitive(scaleway_instance_server.node["dev-worker-1"].cloud_init), "echo batch")
    error_message = "A group's script is its own."
  }
}

run "groups_in_other_zones" {
  command = plan

  variables {
    groups = {
      manager = { count = 3, zones = ["fr-par-1", "fr-par-2"] }
      batch   = { count = 1, zones = ["fr-par-3"], disk = { docker_size = 100 } }
      edge    = { count = 1, security_group_id = "fr-par-1/44444444-4444-4444-4444-444444444444" }
    }
  }

  # The provider plans no zone, not even one that it is given.
  assert {
    condition     = join(" ", [for name, zone in output.zones : "${name}=${substr(zone, 7, 1)}"]) == "dev-batch-1=3 dev-edge-1=1 dev-manager-1=1 dev-manager-2=2 dev-manager-3=1 dev-worker-1=1 dev-worker-2=1"
    error_message = "A group's servers go to its zones in turn, those of others to the cluster's."
  }

  assert {
    condition     = { for key, group in scaleway_instance_security_group.node : key => length(group.inbound_rule) } == { own = 1, fr-par-2 = 1, fr-par-3 = 1 } && keys(scaleway_instance_placement_group.manager) == ["fr-par-2", "own"]
    error_message = "Each zone with servers has a security group with the same rules, each with managers a placement group."
  }

  assert {
    condition     = scaleway_instance_server.node["dev-edge-1"].security_group_id == "fr-par-1/44444444-4444-4444-4444-444444444444"
    error_message = "A security group of one's own takes the place of the one that is made."
  }
}

run "a_zone_of_another_region" {
  command = plan

  variables {
    groups = { worker = { zones = ["nl-ams-1"] } }
  }

  expect_failures = [var.groups]
}

run "spot_servers" {
  command = plan

  variables {
    groups = { worker = { spot = true } }
  }

  expect_failures = [var.groups]
}

run "no_spot_servers" {
  command = plan

  variables {
    groups = { worker = { spot = false } }
  }

  assert {
    condition     = length(scaleway_instance_server.node) == 3
    error_message = "What is not asked for is no reason to refuse."
  }
}

run "an_instance_profile" {
  command = plan

  variables {
    groups = { worker = { instance_profile = "nodes" } }
  }

  expect_failures = [var.groups]
}

run "subnets" {
  command = plan

  variables {
    groups = { worker = { subnet_ids = ["subnet-1"] } }
  }

  expect_failures = [var.groups]
}

run "several_security_groups" {
  command = plan

  variables {
    groups = { worker = { security_group_ids = ["sg-1"] } }
  }

  expect_failures = [var.groups]
}

run "a_disk_for_docker" {
  command = plan

  variables {
    groups = { worker = { disk = { docker_size = 100, docker_iops = 15000 } } }
  }

  assert {
    condition     = { for name, volume in scaleway_block_volume.docker : name => "${volume.size_in_gb} ${volume.iops}" } == { dev-worker-1 = "100 15000", dev-worker-2 = "100 15000" }
    error_message = "Workers have one, managers do not."
  }

  assert {
    condition     = strcontains(nonsensitive(scaleway_instance_server.node["dev-worker-1"].cloud_init), "mkfs.ext4") && !strcontains(nonsensitive(scaleway_instance_server.node["dev-manager-1"].cloud_init), "mkfs.ext4")
    error_message = "Only a server with such a disk looks for it."
  }
}

run "a_disk_for_docker_too_small" {
  command = plan

  variables {
    groups = { manager = { disk = { docker_size = 4 } } }
  }

  expect_failures = [var.groups]
}

run "unknown_disk" {
  command = plan

  variables {
    groups = { worker = { disk = { type = "b_ssd" } } }
  }

  expect_failures = [var.groups]
}

run "a_network_and_a_bastion_made_in_the_same_root" {
  command = plan

  variables {
    private_key = null
  }

  module {
    source = "./examples/own-network"
  }

  assert {
    condition     = length(module.scaleway.ssh.bastion_machines) == 0 && length(module.scaleway.instance_ids) == 2
    error_message = "Every server is planned, and no gateway a second time."
  }
}

run "a_network_that_is_given_and_made" {
  command = plan

  variables {
    create_private_network = true
    private_network_id     = "fr-par/22222222-2222-2222-2222-222222222222"
  }

  expect_failures = [var.create_private_network]
}

run "a_network_that_is_neither" {
  command = plan

  variables {
    create_private_network = false
  }

  expect_failures = [var.create_private_network]
}

run "a_bastion_that_is_neither" {
  command = plan

  variables {
    network            = "private"
    private_network_id = "fr-par/22222222-2222-2222-2222-222222222222"
    create_bastion     = false
  }

  expect_failures = [var.create_bastion]
}

run "host_keys_are_published" {
  command = plan

  assert {
    condition     = alltrue([for server in values(scaleway_instance_server.node) : strcontains(nonsensitive(server.cloud_init), file("../user_data/publish-scaleway.sh"))]) && alltrue(values(local.publishes))
    error_message = "By default every server publishes its host keys."
  }
}

run "host_keys_are_not_published" {
  command = plan

  variables {
    host_key_source = "first-use"
  }

  assert {
    condition     = !strcontains(nonsensitive(scaleway_instance_server.node["dev-worker-1"].cloud_init), "swarm-host-keys") && output.nodes["dev-worker-1"].host_key_command == null
    error_message = "Nothing is published, and nobody looks for it."
  }
}

run "an_unknown_source_of_host_keys" {
  command = plan

  variables {
    host_key_source = "console"
  }

  expect_failures = [var.host_key_source]
}

# Plans only: nothing here runs an executable.

variables {
  cluster = "dev"
  nodes = {
    "dev-manager-1" = { role = "manager", machine = "i-1", ssh_host = "192.0.2.1", private_address = "10.1.0.1" }
    "dev-worker-1"  = { role = "worker", machine = "i-2", ssh_host = "192.0.2.2", private_address = "10.1.0.2", ssh_port = 2222, ssh_user = "admin" }
  }
}

run "one_swarm" {
  command = plan

  assert {
    condition     = keys(module.join.made_by) == ["dev-manager-1", "dev-worker-1"] && length(terraform_data.leave) == 2 && keys(module.init.made_by) == ["swarm"] && length(terraform_data.drain) == 1 && length(terraform_data.swarm) == 1
    error_message = "A join and a leave for every node, one init, one drain."
  }

  assert {
    condition     = terraform_data.leave["dev-worker-1"].input.query.managers == "root@192.0.2.1:22" && !contains(keys(terraform_data.leave["dev-manager-1"].input.query), "managers")
    error_message = "A node that leaves is told of the managers other than itself."
  }

  assert {
    condition     = terraform_data.leave["dev-worker-1"].input.query.port == "2222" && terraform_data.leave["dev-worker-1"].input.query.user == "admin"
    error_message = "A node's own port and user win."
  }

  assert {
    condition     = length(module.bastion) == 0 && length(local.protections) == 0
    error_message = "Neither a bastion nor protected machines: nothing for these."
  }

  assert {
    condition     = length(module.prepare.made_by) == 0 && length(terraform_data.known_host) == 0
    error_message = "Nothing to prepare and no known_hosts file: no resource for either."
  }

  assert {
    condition     = output.manager_addresses == ["10.1.0.1"] && keys(output.host_keys) == ["dev-manager-1", "dev-worker-1"]
    error_message = "The outputs name the manager, and have a host key for every node."
  }

  assert {
    condition     = module.host_keys.known == { "dev-manager-1" = false, "dev-worker-1" = false } && length(module.bastion_key.known) == 0
    error_message = "The key of every machine that is new is read; there is no bastion."
  }

  assert {
    condition     = length(module.tokens) == 0 && output.tokens == null
    error_message = "Without token_delivery = \"state\" no token is read."
  }

  assert {
    condition     = terraform_data.leave["dev-worker-1"].input.helpers == null
    error_message = "The folder of the executables is not kept unless it was given."
  }
}

run "faults" {
  command = plan

  variables {
    teardown_file         = ".swarm/dev.teardown"
    standalone_containers = "refuse"
    swarm                 = { from_other_swarm = "leave" }
  }

  assert {
    condition     = terraform_data.leave["dev-worker-1"].input.query.standalone_containers == "refuse" && terraform_data.leave["dev-worker-1"].input.query.teardown_file == ".swarm/dev.teardown"
    error_message = "A leave is told of the teardown file, and of what to do about other containers."
  }

  assert {
    condition     = terraform_data.drain[0].input.query.teardown_file == ".swarm/dev.teardown" && terraform_data.teardown_file[0].input.file == ".swarm/dev.teardown"
    error_message = "drain-swarm may make the teardown file, and it goes with the nodes."
  }

  assert {
    condition     = local.join_query["dev-worker-1"].teardown_file == ".swarm/dev.teardown" && local.join_query["dev-worker-1"].from_other_swarm == "leave"
    error_message = "A join takes the teardown file away, and may leave another swarm."
  }
}

run "as_callers_of_0_1_0_write_it" {
  command = plan

  variables {
    from_other_swarm = "leave"
  }

  assert {
    condition     = local.join_query["dev-worker-1"].from_other_swarm == "leave"
    error_message = "The variable from_other_swarm wins over the attribute of swarm."
  }
}

run "no_drift_unless_asked" {
  command = plan

  assert {
    condition     = length(module.observed) == 0 && length(module.ids) == 0 && output.node_ids == null && length(terraform_data.teardown_file) == 0
    error_message = "Without detect_drift nobody is asked at plan time."
  }

  assert {
    condition     = local.as_wanted == { "dev-manager-1" = "ok", "dev-worker-1" = "ok" }
    error_message = "What triggers a join is constant while nothing drifted."
  }
}

run "no_nodes" {
  command = plan

  variables {
    nodes          = {}
    token_delivery = "state"
    detect_drift   = true
    teardown_file  = ".swarm/dev.teardown"
  }

  assert {
    condition     = length(module.init.made_by) == 0 && length(module.join.made_by) == 0 && length(terraform_data.swarm) == 0 && length(terraform_data.drain) == 0 && length(terraform_data.teardown_file) == 0 && length(module.observed) == 0 && output.docker_context == null && output.docker == null && output.watch == null && output.tokens == null
    error_message = "Without nodes there is nothing to do."
  }
}

run "keys_pinned_and_recorded" {
  command = plan

  variables {
    ssh = {
      known_hosts     = ".swarm/dev.known_hosts"
      host_key_policy = "accept-new"
      host_keys       = { "dev-manager-1" = "ssh-ed25519 AAAA\necdsa-sha2-nistp256 BBBB\n", "bastion.example.com" = "ssh-ed25519 CCCC" }
      bastion_host    = "bastion.example.com"
      bastion_port    = 2200
    }
  }

  assert {
    condition     = keys(terraform_data.known_host) == ["dev-worker-1"]
    error_message = "Only a machine whose key is recorded takes a line along."
  }

  assert {
    condition     = module.host_keys.known == { "dev-worker-1" = false } && length(module.bastion_key.known) == 0
    error_message = "What is given is not read."
  }

  assert {
    condition     = terraform_data.leave["dev-manager-1"].input.query.host_key == "bastion.example.com ssh-ed25519 CCCC\n192.0.2.1 ssh-ed25519 AAAA\n192.0.2.1 ecdsa-sha2-nistp256 BBBB"
    error_message = "Every pinned line begins with its host as known_hosts names it."
  }

  assert {
    condition     = terraform_data.leave["dev-manager-1"].input.query.host_key_policy == "strict" && local.first_query["dev-worker-1"].host_key_policy == "accept-new"
    error_message = "The caller's policy is for the first use alone."
  }

  assert {
    condition     = local.first_query["dev-worker-1"].host_key == "bastion.example.com ssh-ed25519 CCCC"
    error_message = "What is known on the way to a first use is pinned."
  }

  assert {
    condition     = terraform_data.leave["dev-manager-1"].input.query.bastion_port == "2200"
    error_message = "Every value is a string."
  }

  assert {
    condition     = output.ssh["dev-worker-1"] == "ssh -o UserKnownHostsFile=.swarm/dev.known_hosts -p 2222 -o 'ProxyCommand=ssh -o UserKnownHostsFile=.swarm/dev.known_hosts -p 2200 -W [%h]:%p bastion.example.com' admin@192.0.2.2"
    error_message = "The ssh command takes the same way."
  }
}

run "a_bastion_that_is_made_beside" {
  command = plan

  variables {
    ssh = {
      known_hosts      = ".swarm/dev.known_hosts"
      host_key_policy  = "accept-new"
      host_keys        = { "dev-bastion" = "ssh-ed25519 CCCC", "dev-manager-1" = "ssh-ed25519 AAAA" }
      bastion_host     = "192.0.2.9"
      bastion_port     = 61000
      bastion_machines = ["i-9"]
    }
  }

  assert {
    condition     = terraform_data.leave["dev-manager-1"].input.query.host_key == "[192.0.2.9]:61000 ssh-ed25519 CCCC\n192.0.2.1 ssh-ed25519 AAAA"
    error_message = "Its key can be pinned before its address is known."
  }

  assert {
    condition     = length(module.bastion) == 1
    error_message = "Its line in known_hosts goes with it."
  }
}

run "a_bastion_whose_key_nobody_gives" {
  command = plan

  variables {
    check_files = false
    ssh = {
      known_hosts         = ".swarm/dev.known_hosts"
      host_key_policy     = "accept-new"
      private_key         = "~/.ssh/swarm"
      bastion_host        = "192.0.2.9"
      bastion_user        = "jump"
      bastion_private_key = "~/.ssh/jump"
    }
  }

  assert {
    condition     = module.bastion_key.known == { "dev-bastion" = false }
    error_message = "It is read."
  }

  assert {
    condition     = { for key, value in local.bastion_first_query : key => value if value != "" } == { host = "192.0.2.9", name = "dev-bastion", port = "22", user = "jump", private_key = "~/.ssh/jump", known_hosts = ".swarm/dev.known_hosts", host_key_policy = "accept-new" }
    error_message = "From the bastion itself, with its own user and key: ${jsonencode(local.bastion_first_query)}"
  }
}

run "the_key_of_another_port" {
  command = plan

  variables {
    ssh = { host_keys = { "dev-manager-1" = "ssh-ed25519 AAAA", "dev-worker-1" = "ssh-ed25519 BBBB" } }
  }

  assert {
    condition     = terraform_data.leave["dev-worker-1"].input.query.host_key == "[192.0.2.2]:2222 ssh-ed25519 BBBB\n192.0.2.1 ssh-ed25519 AAAA" && terraform_data.leave["dev-manager-1"].input.query.host_key == "192.0.2.1 ssh-ed25519 AAAA"
    error_message = "A query pins its own host and the managers, and no other worker."
  }

  assert {
    condition     = terraform_data.drain[0].input.query.host_key == "192.0.2.1 ssh-ed25519 AAAA\n[192.0.2.2]:2222 ssh-ed25519 BBBB"
    error_message = "What is about all of them pins all of them."
  }

  assert {
    condition     = output.docker == "env SWARM_QUERY={\"host\":\"192.0.2.1\",\"host_key\":\"192.0.2.1\\u0020ssh-ed25519\\u0020AAAA\",\"host_key_policy\":\"strict\",\"name\":\"dev-manager-1\",\"port\":\"22\",\"user\":\"root\"} ./../../bin/docker-tunnel --query-env SWARM_QUERY --"
    error_message = "A query is one word of a command: ${output.docker}"
  }

  assert {
    condition     = output.watch == "env SWARM_QUERY={\"host\":\"192.0.2.1\",\"host_key\":\"192.0.2.1\\u0020ssh-ed25519\\u0020AAAA\\n\\u005b192.0.2.2]:2222\\u0020ssh-ed25519\\u0020BBBB\",\"host_key_policy\":\"strict\",\"name\":\"dev-manager-1\",\"port\":\"22\",\"user\":\"root\"} ./../../bin/watch-swarm --query-env SWARM_QUERY"
    error_message = "What watches asks the same manager, and may ask all nodes: ${output.watch}"
  }

  assert {
    condition     = output.docker_context == "./docker-context.sh dev host=192.0.2.1 port=22 user=root 'host_key=192.0.2.1 ssh-ed25519 AAAA'" && output.host_keys["dev-worker-1"] == "ssh-ed25519 BBBB"
    error_message = "The outputs have them: ${output.docker_context}"
  }
}

run "ssh_config" {
  command = plan

  variables {
    ssh = { known_hosts = ".swarm/dev.known_hosts", host_keys = { "dev-manager-1" = "ssh-ed25519 AAAA", "dev-worker-1" = "ssh-ed25519 BBBB" } }
  }

  assert {
    condition = output.ssh_config == join("", [for host in [
      ["Host dev-manager-1", "192.0.2.1", "22", "root", "192.0.2.1 ssh-ed25519 AAAA"],
      ["Host dev-worker-1", "192.0.2.2", "2222", "admin", "[192.0.2.2]:2222 ssh-ed25519 BBBB"],
      ] : join("\n\t", [
        host[0], "HostName ${host[1]}", "Port ${host[2]}", "User ${host[3]}", "UserKnownHostsFile none", "GlobalKnownHostsFile /dev/null",
        "KnownHostsCommand /usr/bin/printf \"%%s\\n\" \"${host[4]}\"", "StrictHostKeyChecking yes\n",
    ])])
    error_message = "Every node by its name: ${output.ssh_config}"
  }
}

run "a_node_that_is_the_bastion" {
  command = plan

  variables {
    ssh = {
      bastion_host = "192.0.2.1"
      host_keys    = { "dev-manager-1" = "ssh-ed25519 AAAA", "dev-worker-1" = "ssh-ed25519 BBBB", "dev-bastion" = "ssh-ed25519 AAAA\n" }
    }
  }

  assert {
    condition     = length(regexall("KnownHostsCommand /usr/bin/printf \"%%s\\\\n\" \"192.0.2.1 ssh-ed25519 AAAA\"\n", output.ssh_config)) == 2
    error_message = "It is known by the same key under both names: ${output.ssh_config}"
  }
}

run "commands_are_quoted" {
  command = plan

  variables {
    check_files = false
    ssh = {
      private_key     = "~/my keys/it's"
      known_hosts     = "100% mine/known"
      host_key_policy = "accept-new"
      host_keys       = { "dev-manager-1" = "ssh-ed25519 AAAA", "dev-worker-1" = "ssh-ed25519 BBBB", "bastion" = "ssh-ed25519 CCCC" }
      bastion_host    = "bastion"
    }
    docker_socket = "/run/a b.sock"
  }

  # What a shell makes of it, and what the shell that ssh has for its ProxyCommand
  assert {
    condition     = output.ssh["dev-manager-1"] == "ssh -i '~/my keys/it'\\''s' -o 'UserKnownHostsFile=\"100%% mine/known\"' -o 'ProxyCommand=ssh -i '\\''~/my keys/it'\\''\\'\\'''\\''s'\\'' -o '\\''UserKnownHostsFile=\"100%%%% mine/known\"'\\'' -W [%h]:%p bastion' root@192.0.2.1"
    error_message = "Its words come out of a shell as they were: ${output.ssh["dev-manager-1"]}"
  }

  assert {
    condition     = endswith(output.docker_context, "/docker-context.sh dev host=192.0.2.1 port=22 user=root 'private_key=~/my keys/it'\\''s' 'known_hosts=100% mine/known' 'docker_socket=/run/a b.sock' bastion_host=bastion 'host_key=bastion ssh-ed25519 CCCC' 'host_key=192.0.2.1 ssh-ed25519 AAAA'")
    error_message = "Of the pinned keys it is told those on its way: ${output.docker_context}"
  }

  assert {
    condition     = length(split(" ", output.docker)) == 6 && strcontains(output.docker, "\"private_key\":\"~/my\\u0020keys/it's\"") && strcontains(output.docker, "ssh-ed25519\\u0020CCCC\\n192.0.2.1\\u0020ssh-ed25519\\u0020AAAA\"")
    error_message = "Nor does a shell split what is in a query: ${output.docker}"
  }

  assert {
    condition = strcontains(output.ssh_config, join("\n\t", [
      "Host dev-manager-1", "HostName 192.0.2.1", "Port 22", "User root", "IdentityFile \"~/my keys/it's\"", "IdentitiesOnly yes",
      "UserKnownHostsFile none", "GlobalKnownHostsFile /dev/null", "KnownHostsCommand /usr/bin/printf \"%%s\\n\" \"192.0.2.1 ssh-ed25519 AAAA\"",
      "StrictHostKeyChecking yes", "ProxyJump dev-bastion\n",
    ]))
    error_message = "A pinned key stands in ssh's configuration: ${output.ssh_config}"
  }

  assert {
    condition     = strcontains(output.ssh_config, "Host dev-bastion\n\tHostName bastion\n\tPort 22\n\tUser root\n")
    error_message = "The bastion has a name there too: ${output.ssh_config}"
  }
}

run "ipv6" {
  command = plan

  variables {
    nodes = {
      a = { role = "manager", machine = "1", ssh_host = "2001:db8::1", private_address = "fd00::1" }
      b = { role = "worker", machine = "2", ssh_host = "2001:db8::2", private_address = "fd00::2" }
      c = { role = "worker", machine = "3", ssh_host = "fe80::3%eth0", private_address = "fd00::3" }
    }
    ssh = { host_keys = { a = "ssh-ed25519 AAAA", b = "ssh-ed25519 BBBB", c = "ssh-ed25519 CCCC" } }
  }

  assert {
    condition     = terraform_data.leave["b"].input.query.managers == "root@[2001:db8::1]:22" && terraform_data.leave["b"].input.query.host == "2001:db8::2"
    error_message = "In a list an IPv6 address stands in brackets, alone it does not."
  }

  assert {
    condition     = strcontains(output.ssh_config, "HostName 2001:db8::2\n") && strcontains(output.ssh_config, "HostName fe80::3%%eth0\n")
    error_message = "A zone is no sign that ssh fills in: ${output.ssh_config}"
  }
}

run "another_port" {
  command = plan

  variables {
    swarm = { listen_port = 2400, data_path_port = 7789, default_addr_pool = ["10.20.0.0/16", "10.21.0.0/16"] }
  }

  # What init and join are asked is in no state; the locals are what they get.
  assert {
    condition     = local.init_query.listen_addr == "0.0.0.0:2400" && local.init_query.advertise_addr == "10.1.0.1:2400" && local.init_query.data_path_port == "7789" && local.init_query.default_addr_pool == "10.20.0.0/16,10.21.0.0/16"
    error_message = "init-swarm is told of ports and pools."
  }

  assert {
    condition     = local.join_query["dev-worker-1"].listen_addr == "0.0.0.0:2400" && local.join_query["dev-worker-1"].advertise_addr == "10.1.0.2:2400"
    error_message = "join-node is told of the port."
  }
}

run "no_manager" {
  command = plan

  variables {
    nodes = { a = { role = "worker", machine = "1", ssh_host = "192.0.2.1", private_address = "10.1.0.1" } }
  }

  expect_failures = [var.nodes]
}

run "unknown_role" {
  command = plan

  variables {
    nodes = {
      a = { role = "manager", machine = "1", ssh_host = "192.0.2.1", private_address = "10.1.0.1" }
      b = { role = "leader", machine = "2", ssh_host = "192.0.2.2", private_address = "10.1.0.2" }
    }
  }

  expect_failures = [var.nodes]
}

run "one_address_twice" {
  command = plan

  variables {
    nodes = {
      a = { role = "manager", machine = "1", ssh_host = "192.0.2.1", private_address = "10.1.0.1" }
      b = { role = "worker", machine = "2", ssh_host = "192.0.2.2", private_address = "10.1.0.1" }
    }
  }

  expect_failures = [var.nodes]
}

run "port_0" {
  command = plan

  variables {
    nodes = { a = { role = "manager", machine = "1", ssh_host = "192.0.2.1", private_address = "10.1.0.1", ssh_port = 0 } }
  }

  expect_failures = [var.nodes]
}

run "policy_that_accepts_anything" {
  command = plan

  variables {
    ssh = { host_key_policy = "no" }
  }

  expect_failures = [var.ssh]
}

run "nowhere_to_record_keys" {
  command = plan

  variables {
    ssh = { host_key_policy = "accept-new" }
  }

  expect_failures = [var.ssh]
}

run "key_instead_of_its_path" {
  command = plan

  variables {
    ssh = { private_key = "-----BEGIN OPENSSH PRIVATE KEY-----" }
  }

  expect_failures = [var.ssh]
}

run "sockets" {
  command = plan

  variables {
    nodes = {
      "dev-manager-1" = { role = "manager", machine = "i-1", ssh_host = "192.0.2.1", private_address = "10.1.0.1" }
      "dev-worker-1"  = { role = "worker", machine = "i-2", ssh_host = "192.0.2.2", private_address = "10.1.0.2", docker_socket = "/run/user/1000/docker.sock" }
    }
  }

  assert {
    condition     = local.join_query["dev-worker-1"].docker_socket == "/run/user/1000/docker.sock" && local.join_query["dev-worker-1"].managers == "root@192.0.2.1:22/var/run/docker.sock"
    error_message = "A node's own socket wins, and the managers keep theirs."
  }

  assert {
    condition     = !contains(keys(local.join_query["dev-manager-1"]), "docker_socket")
    error_message = "A node without one has the executables' default."
  }
}

run "bastion_without_host" {
  command = plan

  variables {
    ssh = { bastion_user = "jump" }
  }

  expect_failures = [var.ssh]
}

run "duration_without_unit" {
  command = plan

  variables {
    drain_timeout = "90"
  }

  expect_failures = [var.drain_timeout]
}

run "timeout_without_unit" {
  command = plan

  variables {
    timeouts = { join = "soon" }
  }

  expect_failures = [var.timeouts]
}

run "unknown_choices" {
  command = plan

  variables {
    token_delivery        = "email"
    on_drain_timeout      = "ignore"
    standalone_containers = "kill"
    from_other_swarm      = "steal"
    swarm                 = { from_other_swarm = "steal" }
  }

  expect_failures = [var.token_delivery, var.on_drain_timeout, var.standalone_containers, var.from_other_swarm, var.swarm]
}

run "swarm_settings" {
  command = plan

  variables {
    swarm = { data_path_port = 80 }
  }

  expect_failures = [var.swarm]
}

run "pool_without_prefix" {
  command = plan

  variables {
    swarm = { default_addr_pool = ["10.20.0.0"] }
  }

  expect_failures = [var.swarm]
}

run "ssh_address_with_a_user" {
  command = plan

  variables {
    nodes = { a = { role = "manager", machine = "1", ssh_host = "root@192.0.2.1", private_address = "10.1.0.1" } }
  }

  expect_failures = [var.nodes]
}

run "ssh_address_with_a_port" {
  command = plan

  variables {
    nodes = { a = { role = "manager", machine = "1", ssh_host = "192.0.2.1:22", private_address = "10.1.0.1" } }
  }

  expect_failures = [var.nodes]
}

run "no_ssh_address" {
  command = plan

  variables {
    nodes = { a = { role = "manager", machine = "1", ssh_host = "", private_address = "10.1.0.1" } }
  }

  expect_failures = [var.nodes]
}

run "one_ssh_address_twice" {
  command = plan

  variables {
    nodes = {
      a = { role = "manager", machine = "1", ssh_host = "2001:db8::1", private_address = "10.1.0.1" }
      b = { role = "worker", machine = "2", ssh_host = "2001:DB8:0::1", private_address = "10.1.0.2" }
    }
  }

  expect_failures = [var.nodes]
}

run "one_ssh_address_with_two_ports" {
  command = plan

  variables {
    nodes = {
      a = { role = "manager", machine = "1", ssh_host = "gate.example.com", ssh_port = 2201, private_address = "10.1.0.1" }
      b = { role = "worker", machine = "2", ssh_host = "gate.example.com", ssh_port = 2202, private_address = "10.1.0.2" }
      c = { role = "worker", machine = "3", ssh_host = "fe80::1%eth0", private_address = "10.1.0.3" }
    }
  }

  assert {
    condition     = length(module.join.made_by) == 3
    error_message = "Ports of one address may lead to several machines."
  }
}

run "subnet_size_without_a_pool" {
  command = plan

  variables {
    swarm = { subnet_size = 26 }
  }

  expect_failures = [var.swarm]
}

run "a_leave_shorter_than_its_drain" {
  command = plan

  variables {
    drain_timeout = "1h30m"
    timeouts      = { leave = "89m" }
  }

  expect_failures = [var.timeouts]
}

run "a_drain_shorter_than_its_tasks" {
  command = plan

  variables {
    timeouts = { drain = "300000ms" }
  }

  expect_failures = [var.timeouts]
}

run "a_leave_longer_than_its_drain" {
  command = plan

  variables {
    drain_timeout = "90s"
    timeouts      = { leave = "2m", drain = "1h" }
  }

  assert {
    condition     = terraform_data.leave["dev-worker-1"].input.query.timeout == "2m"
    error_message = "It is asked for as written."
  }
}

run "name_for_an_address" {
  command = plan

  variables {
    nodes = { alpha = { role = "manager", machine = "1", ssh_host = "alpha.example.com", private_address = "alpha.example.com" } }
  }

  expect_failures = [var.nodes]
}

run "no_key_file" {
  command = plan

  variables {
    ssh = { private_key = "~/no-such-key" }
  }

  expect_failures = [terraform_data.drain]
}

run "no_key_file_of_the_bastion" {
  command = plan

  variables {
    ssh = { bastion_host = "192.0.2.9", private_key_env = "KEY", bastion_private_key = "no-such-key" }
  }

  expect_failures = [terraform_data.drain]
}

run "a_folder_for_the_script" {
  command = plan

  variables {
    prepare = { script = "tests" }
  }

  expect_failures = [terraform_data.drain]
}

run "a_file_that_nobody_reads" {
  command = plan

  variables {
    ssh     = { private_key = "no-such-key", private_key_env = "KEY" }
    prepare = { script = "main.tf" }
  }

  assert {
    condition     = length(local.missing_files) == 0
    error_message = "With private_key_env the file is not looked at."
  }
}

run "a_file_that_the_apply_makes" {
  command = plan

  variables {
    check_files = false
    ssh         = { private_key = "no-such-key" }
  }

  assert {
    condition     = length(terraform_data.leave) == 2
    error_message = "It need not be there yet."
  }
}

run "an_archive_to_begin_with" {
  command = plan

  variables {
    nodes = {
      "dev-manager-1" = { role = "manager", machine = "i-1", ssh_host = "192.0.2.1", private_address = "10.1.0.1" }
      "dev-manager-2" = { role = "manager", machine = "i-2", ssh_host = "192.0.2.2", private_address = "10.1.0.2" }
      "dev-manager-3" = { role = "manager", machine = "i-3", ssh_host = "192.0.2.3", private_address = "10.1.0.3", docker_socket = "/run/d.sock" }
      "dev-worker-1"  = { role = "worker", machine = "i-4", ssh_host = "192.0.2.4", private_address = "10.1.0.4" }
    }
    ssh          = { host_keys = { for n in ["manager-1", "manager-2", "manager-3", "worker-1"] : "dev-${n}" => "ssh-ed25519 AAAA" } }
    timeouts     = { restore = "9m" }
    restore_from = { from = "s3://backups/dev/a.tar.gz.cms", manager = "dev-manager-2", decrypt_with = "backup.key", unlock_key_env = "KEY", gone = ["a", "10.1.0.9"], endpoint = "https://s3.example.com", region = "eu-west-1" }
  }

  assert {
    condition = { for key, value in local.restore_query : key => value if !contains(["host_key", "host_key_policy", "port", "user"], key) } == {
      host  = "192.0.2.2", name = "dev-manager-2", timeout = "9m", from = "s3://backups/dev/a.tar.gz.cms", decrypt_with = "backup.key", unlock_key_env = "KEY"
      gone  = "a,10.1.0.9", advertise_addr = "10.1.0.2", endpoint = "https://s3.example.com", region = "eu-west-1", allow_http = "false"
      peers = "root@192.0.2.1:22/var/run/docker.sock,root@192.0.2.3:22/run/d.sock", workers = "root@192.0.2.4:22/var/run/docker.sock"
    }
    error_message = "It is asked for as written, with everybody who could know better: ${jsonencode(local.restore_query)}"
  }

  assert {
    condition     = local.restore_environment.SWARM_RESTORE_ON == "2" && jsondecode(jsondecode(local.restore_environment.SWARM_STATE_QUERY_3).environment) == { DOCKER_HOST = "unix:///run/d.sock", SWARM_RESTORE = "yes" }
    error_message = "Each manager is asked by its own socket."
  }
}

run "an_archive_of_this_machine" {
  command = plan

  variables {
    swarm        = { from_other_swarm = "leave" }
    restore_from = { from = "a.tar.gz" }
  }

  assert {
    condition     = local.restore_query.from == "a.tar.gz" && length(setintersection(keys(local.restore_query), ["allow_http", "endpoint", "gone", "peers", "workers", "decrypt_with"])) == 0 && local.restore_environment.SWARM_RESTORE_ON == "1"
    error_message = "The first manager gets it, and nothing is said of what nobody gave."
  }
}

run "no_archive" {
  command = plan

  assert {
    condition     = !local.restores && length(local.restore_environment) == 0
    error_message = "A new swarm is made."
  }
}

run "an_archive_of_what_is_no_manager" {
  command = plan

  variables {
    restore_from = { from = "a.tar.gz", manager = "dev-worker-1" }
  }

  expect_failures = [var.restore_from]
}

run "a_bucket_and_no_archive" {
  command = plan

  variables {
    restore_from = { from = "s3://backups/dev/" }
  }

  expect_failures = [var.restore_from]
}

run "no_archive_in_restore_from" {
  command = plan

  variables {
    restore_from = { decrypt_with = "backup.key" }
  }

  expect_failures = [var.restore_from]
}

run "a_region_of_a_file" {
  command = plan

  variables {
    restore_from = { from = "a.tar.gz", region = "eu-west-1" }
  }

  expect_failures = [var.restore_from]
}

run "an_unlock_key_itself" {
  command = plan

  variables {
    restore_from = { from = "a.tar.gz", unlock_key_env = "SWMKEY-1-abc" }
  }

  expect_failures = [var.restore_from]
}

run "the_command_of_a_backup" {
  command = plan

  variables {
    ssh      = { host_keys = { "dev-manager-1" = "ssh-ed25519 AAAA", "dev-worker-1" = "ssh-ed25519 BBBB" } }
    timeouts = { backup = "4m" }
    backup   = { to = "s3://backups/dev/", encrypt_to = "my keys/backup.crt", keep = 14, if_older_than = "20h", region = "eu-west-1", kms_key = "aws/s3" }
  }

  assert {
    condition = jsondecode(trimprefix(split(" ", output.backup)[1], "SWARM_QUERY=")) == {
      host = "192.0.2.1", name = "dev-manager-1", port = "22", user = "root", host_key = "192.0.2.1 ssh-ed25519 AAAA", host_key_policy = "strict", timeout = "4m", copy = "stopped"
      to   = "s3://backups/dev/", encrypt_to = "my keys/backup.crt", keep = "14", if_older_than = "20h", region = "eu-west-1", kms_key = "aws/s3", allow_http = "false"
    }
    error_message = "It asks as written: ${output.backup}"
  }

  assert {
    condition     = length(split(" ", output.backup)) == 5 && endswith(output.backup, "/backup-swarm --query-env SWARM_QUERY")
    error_message = "A shell splits it into a command: ${output.backup}"
  }
}

run "no_backup" {
  command = plan

  assert {
    condition     = output.backup == null
    error_message = "Without a place there is no command."
  }
}

run "a_backup_to_nowhere" {
  command = plan

  variables {
    backup = { keep = 3 }
  }

  expect_failures = [var.backup]
}

run "a_backup_that_would_stop_one_of_two_managers" {
  command = plan

  variables {
    nodes = {
      "dev-manager-1" = { role = "manager", machine = "i-1", ssh_host = "192.0.2.1", private_address = "10.1.0.1" }
      "dev-manager-2" = { role = "manager", machine = "i-2", ssh_host = "192.0.2.2", private_address = "10.1.0.2" }
    }
    backup = { to = "backups" }
  }

  expect_failures = [var.backup]
}

run "a_region_of_a_folder" {
  command = plan

  variables {
    backup = { to = "backups", region = "eu-west-1" }
  }

  expect_failures = [var.backup]
}

run "a_half_backup_kept" {
  command = plan

  variables {
    backup = { to = "backups", keep = 0.5 }
  }

  expect_failures = [var.backup]
}

run "a_backup_without_a_unit" {
  command = plan

  variables {
    backup = { to = "backups", if_older_than = "20" }
  }

  expect_failures = [var.backup]
}

run "another_way_to_copy" {
  command = plan

  variables {
    backup = { to = "backups", copy = "hot" }
  }

  expect_failures = [var.backup]
}

run "a_schedule_and_an_age" {
  command = plan

  variables {
    backup = { to = "s3://backups/dev/", schedule = "20h", if_older_than = "20h" }
  }

  expect_failures = [var.backup]
}

run "a_schedule_without_a_unit" {
  command = plan

  variables {
    backup = { to = "s3://backups/dev/", schedule = "20" }
  }

  expect_failures = [var.backup]
}

run "a_schedule_and_a_folder_of_nowhere" {
  command = plan

  variables {
    backup = { to = "backups", schedule = "20h" }
  }

  expect_failures = [var.backup]
}

run "a_roll_shorter_than_its_drain" {
  command = plan

  variables {
    drain_timeout = "15m"
    prepare       = { script = "main.tf" }
    rolling       = { allow_sole_manager = true }
  }

  expect_failures = [var.rolling]
}

run "a_roll_longer_than_its_drain" {
  command = plan

  variables {
    drain_timeout = "1h"
    prepare       = { script = "main.tf" }
    rolling       = { allow_sole_manager = true, timeout = "60m1s" }
  }

  assert {
    condition     = local.roll_query.node_timeout == "60m1s" && local.roll_query.drain_timeout == "1h"
    error_message = "It is asked for as written."
  }
}

run "reboots" {
  command = plan

  variables {
    prepare = { script = "main.tf" }
    rolling = { allow_sole_manager = true, reboot = "when-required" }
  }

  assert {
    condition     = local.roll_query.reboot == "when-required"
    error_message = "It is asked for as written."
  }
}

run "reboots_at_any_rate" {
  command = plan

  variables {
    prepare = { script = "main.tf" }
    rolling = { allow_sole_manager = true, reboot = "always" }
  }

  expect_failures = [var.rolling]
}

run "secrets_for_the_script" {
  command = plan

  variables {
    prepare = { script = "main.tf", environment = { USER_NAME = "deploy" }, secrets = { PASSWORD = "CI_PASSWORD" } }
    rolling = { allow_sole_manager = true }
  }

  assert {
    condition     = alltrue([for query in values(local.prepare_query) : query.secrets == "{\"PASSWORD\":\"CI_PASSWORD\"}"]) && local.roll_query.secrets == "{\"PASSWORD\":\"CI_PASSWORD\"}"
    error_message = "Both executables are told where they find them."
  }
}

run "no_secrets_for_the_script" {
  command = plan

  variables {
    prepare = { script = "main.tf" }
  }

  assert {
    condition     = alltrue([for query in values(local.prepare_query) : !contains(keys(query), "secrets")])
    error_message = "Nobody is told of what there is not."
  }
}

run "a_secret_itself" {
  command = plan

  variables {
    prepare = { script = "main.tf", secrets = { PASSWORD = "hunter-2" } }
  }

  expect_failures = [var.prepare]
}

run "a_store" {
  command = plan

  variables {
    ssh      = { host_keys = { "dev-manager-1" = "ssh-ed25519 AAAA", "dev-worker-1" = "ssh-ed25519 BBBB" } }
    timeouts = { store = "1m" }
    store    = { place = "dynamodb://Swarms/dev", region = "eu-west-1", with_manager_token = true, names = { key = "Name" } }
  }

  assert {
    condition = { for key, value in local.store_query : key => value if !contains(["host_key", "host_key_policy", "port", "user"], key) } == {
      host        = "192.0.2.1", name = "dev-manager-1", timeout = "1m", store = "dynamodb://Swarms/dev", region = "eu-west-1", allow_http = "false", with_manager_token = "true"
      store_names = "{\"key\":\"Name\"}"
    }
    error_message = "It is asked for as written: ${jsonencode(local.store_query)}"
  }

  assert {
    condition     = terraform_data.stored[0].input.query.remove == "true" && !contains(keys(terraform_data.stored[0].input.query), "with_manager_token") && keys(module.store.made_by) == ["swarm"]
    error_message = "What was written is taken out again."
  }
}

run "no_store" {
  command = plan

  assert {
    condition     = length(terraform_data.stored) == 0 && length(module.store.made_by) == 0
    error_message = "Without a place nothing is written."
  }
}

run "a_store_without_a_name" {
  command = plan

  variables {
    store = { place = "dynamodb://Swarms" }
  }

  expect_failures = [var.store]
}

run "a_store_of_nowhere" {
  command = plan

  variables {
    store = { region = "eu-west-1" }
  }

  expect_failures = [var.store]
}

run "a_kms_key_of_a_table" {
  command = plan

  variables {
    store = { place = "dynamodb://Swarms/dev", kms_key = "alias/swarm" }
  }

  expect_failures = [var.store]
}

run "names_of_a_bucket" {
  command = plan

  variables {
    store = { place = "s3://swarms/dev", names = { key = "Name" } }
  }

  expect_failures = [var.store]
}

run "a_name_that_is_none" {
  command = plan

  variables {
    store = { place = "dynamodb://Swarms/dev", names = { colour = "red" } }
  }

  expect_failures = [var.store]
}

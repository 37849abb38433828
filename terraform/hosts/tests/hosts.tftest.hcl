# Plans only: no machine is reached.

run "machines_by_name" {
  command = plan

  variables {
    cluster_file = "tests/files/two.yaml"
  }

  assert {
    condition     = output.nodes["beta"].private_address == "10.1.0.2" && output.nodes["beta"].ssh_host == "beta.example.com"
    error_message = "SSH goes to the address, the swarm speaks of the private one."
  }

  assert {
    condition     = strcontains(output.ssh["beta"], ".swarm/default.known_hosts") && endswith(output.ssh["beta"], "pi@beta.example.com")
    error_message = "Keys are recorded in a file of the workspace."
  }
}

run "strict_uses_no_file_of_ours" {
  command = plan

  variables {
    cluster_file = "tests/files/strict.yaml"
  }

  assert {
    condition     = output.ssh["alpha"] == "ssh root@192.0.2.11"
    error_message = "Strict without a file of its own takes the user's known_hosts."
  }
}

run "groups_of_machines" {
  command = plan

  variables {
    cluster_file = "tests/files/groups.yaml"
  }

  assert {
    condition     = { for name, node in module.names.nodes : name => node.role } == { a = "manager", b = "worker", c = "manager", d = "manager" }
    error_message = "A machine has the role of its group, and nodes wins over both."
  }

  assert {
    condition     = jsonencode([for node in values(module.names.nodes) : node.labels]) == jsonencode([{}, { disk = "hdd", rack = "a" }, { disk = "ssd", rack = "b" }, {}])
    error_message = "Labels of a node are laid over those of the machine, and these over its group's: ${jsonencode(module.names.nodes)}"
  }

  assert {
    condition     = { for name, node in module.names.nodes : name => node.availability } == { a = "drain", b = "active", c = "pause", d = "active" }
    error_message = "The same for the availability."
  }

  assert {
    condition     = jsonencode(local.labels) == jsonencode({ a = null, b = { disk = "hdd", rack = "a" }, c = { disk = "ssd", rack = "b" }, d = null }) && jsonencode(local.availability) == jsonencode({ a = "drain", b = null, c = "pause", d = null })
    error_message = "Where nobody says anything, what the swarm has is left as it is: ${jsonencode(local.labels)} ${jsonencode(local.availability)}"
  }
}

run "group_that_is_not_there" {
  command = plan

  variables {
    cluster_file = "tests/files/no-group.yaml"
  }

  expect_failures = [output.nodes]
}

run "every_key" {
  command = plan

  variables {
    cluster_file = "tests/files/every-key.yaml"
  }

  assert {
    condition     = output.ssh == { alpha = "ssh -o UserKnownHostsFile=./.swarm/default.known_hosts -p 2222 pi@192.0.2.11", beta = "ssh -o UserKnownHostsFile=./.swarm/default.known_hosts root@fd00::1" } && output.nodes["beta"].role == "worker"
    error_message = "What is null has its default."
  }
}

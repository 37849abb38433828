# Plans only: no host is made.

run "names_and_addresses" {
  command = plan

  variables {
    subnet        = "10.202.9.0/24"
    manager_count = 3
    worker_count  = 2
  }

  assert {
    condition     = { for name, node in output.nodes : name => node.ssh_host } == { "default-manager-1" = "10.202.9.11", "default-manager-2" = "10.202.9.12", "default-manager-3" = "10.202.9.13", "default-worker-1" = "10.202.9.101", "default-worker-2" = "10.202.9.102" }
    error_message = "Managers and workers count from places of their own."
  }
}

run "promoted_worker_keeps_its_address" {
  command = plan

  variables {
    cluster_file = "tests/files/roles.yaml"
  }

  assert {
    condition     = output.nodes["default-worker-1"].role == "manager" && output.nodes["default-worker-1"].ssh_host == "10.202.9.101"
    error_message = "A role is changed in place."
  }
}

run "groups_of_the_file" {
  command = plan

  variables {
    cluster_file = "tests/files/groups.yaml"
    worker_count = 1
  }

  assert {
    condition     = { for name, node in output.nodes : name => node.ssh_host } == { "default-batch-1" = "10.202.9.61", "default-batch-2" = "10.202.9.62", "default-manager-1" = "10.202.9.11", "default-worker-1" = "10.202.9.101" }
    error_message = "A group counts from its offset, and a variable wins over the file: ${jsonencode(output.nodes)}"
  }

  assert {
    condition     = keys(module.offsets) == ["batch", "manager", "worker"]
    error_message = "Every group that has hosts remembers where its addresses begin."
  }

  assert {
    condition     = module.names.nodes["default-batch-1"].labels == tomap({ batch = "yes" }) && module.names.nodes["default-batch-1"].availability == "pause"
    error_message = "Nodes have what their group has."
  }

  assert {
    condition     = module.docker.environment["DOCKER_SOURCE"] == "none" && !contains(keys(module.docker.environment), "DOCKER_VERSION")
    error_message = "The hosts have Docker, and the section takes the version back that clouds get."
  }
}

run "offset_of_a_name" {
  command = plan

  variables {
    cluster_file = "tests/files/two-groups.yaml"
  }

  assert {
    condition     = output.nodes["default-batch-1"].ssh_host != output.nodes["default-cache-1"].ssh_host
    error_message = "Groups begin in places of their own."
  }
}

run "two_groups_at_one_place" {
  command = plan

  variables {
    cluster_file = "tests/files/collision.yaml"
  }

  expect_failures = [terraform_data.network]
}

run "derived_subnet" {
  command = plan

  assert {
    condition     = startswith(output.subnet, "10.") && endswith(output.subnet, "/24") && !startswith(output.subnet, "10.0.")
    error_message = "The derived network is a /24 of 10.0.0.0/8 outside of 10.0.0.0/16."
  }
}

run "no_cluster" {
  command = plan

  variables {
    manager_count = 0
    worker_count  = 0
  }

  assert {
    condition     = length(output.nodes) == 0
    error_message = "Both counts 0 is an empty lab."
  }
}

run "subnet_of_the_overlays" {
  command = plan

  variables {
    subnet = "10.0.7.0/24"
  }

  expect_failures = [terraform_data.network]
}

run "subnet_outside" {
  command = plan

  variables {
    subnet = "172.17.0.0/24"
  }

  expect_failures = [terraform_data.network]
}

run "subnet_too_small" {
  command = plan

  variables {
    subnet = "10.202.9.0/26"
  }

  expect_failures = [terraform_data.network]
}

run "subnet_not_its_first_address" {
  command = plan

  variables {
    subnet = "10.202.9.1/24"
  }

  expect_failures = [terraform_data.network]
}

run "more_workers_than_addresses" {
  command = plan

  variables {
    worker_count = 155
  }

  expect_failures = [terraform_data.network]
}

run "key_file_that_is_not_there" {
  command = plan

  variables {
    private_key = "no-such-key"
  }

  expect_failures = [terraform_data.network]
}

run "key_file_without_its_public_half" {
  command = plan

  variables {
    cluster_file = "tests/files/key.yaml"
  }

  expect_failures = [terraform_data.network]
}

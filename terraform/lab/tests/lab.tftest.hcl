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
    subnet        = "10.202.9.0/24"
    manager_count = 1
    worker_count  = 2
    roles         = { "default-worker-1" = "manager", "default-worker-2" = "manager" }
  }

  assert {
    condition     = output.nodes["default-worker-1"].role == "manager" && output.nodes["default-worker-1"].ssh_host == "10.202.9.101"
    error_message = "A role is changed in place."
  }
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

  expect_failures = [var.subnet]
}

run "subnet_outside" {
  command = plan

  variables {
    subnet = "172.17.0.0/24"
  }

  expect_failures = [var.subnet]
}

run "subnet_too_small" {
  command = plan

  variables {
    subnet = "10.202.9.0/26"
  }

  expect_failures = [var.subnet]
}

run "subnet_not_its_first_address" {
  command = plan

  variables {
    subnet = "10.202.9.1/24"
  }

  expect_failures = [var.subnet]
}

run "more_workers_than_addresses" {
  command = plan

  variables {
    worker_count = 151
  }

  expect_failures = [var.worker_count]
}

run "misspelt_attributes" {
  command = plan

  variables {
    docker = { verison = "28.3.3" }
    swarm  = { pools = [] }
  }

  expect_failures = [var.docker, var.swarm]
}

run "key_file_that_is_not_there" {
  command = plan

  variables {
    private_key = "no-such-key"
  }

  expect_failures = [var.private_key]
}

variables {
  cluster = "dev"
}

run "names_and_roles" {
  command = plan

  variables {
    groups       = { manager = { count = 1 }, worker = { count = 2 } }
    labels       = { "dev-worker-2" = { disk = "ssd" } }
    availability = { "dev-manager-1" = "drain" }
  }

  assert {
    condition     = join(" ", keys(output.nodes)) == "dev-manager-1 dev-worker-1 dev-worker-2"
    error_message = "The names are <cluster>-<role>-<n>."
  }

  assert {
    condition     = output.nodes["dev-worker-2"].labels.disk == "ssd" && output.nodes["dev-manager-1"].availability == "drain"
    error_message = "Labels and availability are found by name."
  }
}

run "promoted_in_place" {
  command = plan

  variables {
    groups = { manager = { count = 1 }, worker = { count = 3 } }
    roles  = { "dev-worker-1" = "manager", "dev-worker-2" = "manager" }
  }

  assert {
    condition     = join(" ", output.managers) == "dev-manager-1 dev-worker-1 dev-worker-2"
    error_message = "An overridden role counts as the node's role."
  }

  assert {
    condition     = output.nodes["dev-worker-1"].group == "worker" && length(output.nodes) == 4
    error_message = "A promoted worker keeps its name and its place."
  }
}

run "groups" {
  command = plan

  variables {
    groups = {
      manager = {}
      worker  = {}
      batch   = { count = 2, labels = { batch = "yes", disk = "hdd" }, availability = "pause" }
      quorum  = { count = 2, role = "manager" }
      none    = { count = 0 }
    }
    labels       = { "dev-batch-2" = { disk = "ssd" } }
    availability = { "dev-batch-2" = "active" }
  }

  assert {
    condition     = join(" ", keys(output.nodes)) == "dev-batch-1 dev-batch-2 dev-manager-1 dev-quorum-1 dev-quorum-2 dev-worker-1 dev-worker-2"
    error_message = "The names are <cluster>-<group>-<n>, 1 manager and 2 workers unless it says how many: ${join(" ", keys(output.nodes))}"
  }

  assert {
    condition     = join(" ", output.managers) == "dev-manager-1 dev-quorum-1 dev-quorum-2"
    error_message = "The role is the group's; the group manager has managers."
  }

  assert {
    condition     = output.nodes["dev-batch-1"] == { role = "worker", group = "batch", number = 1, labels = tomap({ batch = "yes", disk = "hdd" }), availability = "pause" }
    error_message = "A node has what its group has."
  }

  assert {
    condition     = output.nodes["dev-batch-2"].labels == tomap({ batch = "yes", disk = "ssd" }) && output.nodes["dev-batch-2"].availability == "active"
    error_message = "What is said of one node wins over what is said of its group."
  }
}

run "even_managers_of_groups" {
  command = plan

  variables {
    groups = { manager = { count = 2 } }
  }

  expect_failures = [output.nodes]
}

run "workers_alone" {
  command = plan

  variables {
    groups = { worker = { count = 2 } }
  }

  expect_failures = [output.nodes]
}

run "no_group_has_nodes" {
  command = plan

  variables {
    groups = { manager = { count = 0 }, worker = { count = 0 } }
  }

  assert {
    condition     = length(output.nodes) == 0
    error_message = "Groups without nodes are a cluster without nodes."
  }
}

run "group_name_unfit_for_hostnames" {
  command = plan

  variables {
    groups = { manager = {}, "Batch" = {} }
  }

  expect_failures = [var.groups]
}

run "fractional_group" {
  command = plan

  variables {
    groups = { manager = {}, worker = { count = 1.5 } }
  }

  expect_failures = [var.groups]
}

run "unknown_role_of_a_group" {
  command = plan

  variables {
    groups = { manager = {}, worker = { role = "leader" } }
  }

  expect_failures = [var.groups]
}

run "unknown_availability_of_a_group" {
  command = plan

  variables {
    groups = { manager = {}, worker = { availability = "off" } }
  }

  expect_failures = [var.groups]
}

run "hosts_with_names_of_their_own" {
  command = plan

  variables {
    hosts = { alpha = "manager", beta = "worker" }
  }

  assert {
    condition     = join(" ", output.managers) == "alpha" && output.nodes["beta"].role == "worker"
    error_message = "Hosts keep their own names."
  }
}

run "nothing_at_all" {
  command = plan

  assert {
    condition     = length(output.nodes) == 0
    error_message = "Without groups and hosts there is a cluster without nodes."
  }
}

run "even_after_override" {
  command = plan

  variables {
    groups = { manager = { count = 1 }, worker = { count = 2 } }
    roles  = { "dev-worker-1" = "manager" }
  }

  expect_failures = [output.nodes]
}

run "none_left_after_override" {
  command = plan

  variables {
    groups = { manager = { count = 1 } }
    roles  = { "dev-manager-1" = "worker" }
  }

  expect_failures = [output.nodes]
}

run "override_of_a_stranger" {
  command = plan

  variables {
    groups = { manager = { count = 1 } }
    labels = { "dev-worker-1" = { disk = "ssd" } }
  }

  expect_failures = [output.nodes]
}

run "unknown_role" {
  command = plan

  variables {
    groups = { manager = { count = 1 }, worker = { count = 1 } }
    roles  = { "dev-worker-1" = "leader" }
  }

  # "leader" leaves the number of managers odd, so only the role is at fault
  expect_failures = [var.roles]
}

run "unknown_availability" {
  command = plan

  variables {
    groups       = { manager = { count = 1 } }
    availability = { "dev-manager-1" = "off" }
  }

  expect_failures = [var.availability]
}

run "name_unfit_for_hostnames" {
  command = plan

  variables {
    cluster = "Dev_1"
    groups  = { manager = { count = 1 } }
  }

  expect_failures = [var.cluster]
}

# Plans only: no machine is reached.

run "machines_by_name" {
  command = plan

  variables {
    hosts = {
      alpha = { address = "192.0.2.11", role = "manager" }
      beta  = { address = "beta.example.com", private_address = "10.1.0.2", ssh_user = "pi" }
    }
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
    hosts = { alpha = { address = "192.0.2.11", role = "manager" } }
    ssh   = { host_key_policy = "strict" }
  }

  assert {
    condition     = output.ssh["alpha"] == "ssh root@192.0.2.11"
    error_message = "Strict without a file of its own takes the user's known_hosts."
  }
}

run "promoted_by_roles" {
  command = plan

  variables {
    hosts = {
      a = { address = "192.0.2.11", role = "manager" }
      b = { address = "192.0.2.12" }
      c = { address = "192.0.2.13" }
    }
    roles = { b = "manager", c = "manager" }
  }

  assert {
    condition     = length(output.manager_addresses) == 3
    error_message = "roles wins over the role in hosts."
  }
}

run "name_without_private_address" {
  command = plan

  variables {
    hosts = { alpha = { address = "alpha.example.com", role = "manager" } }
  }

  expect_failures = [var.hosts]
}

run "misspelt_attribute" {
  command = plan

  variables {
    hosts = {
      alpha = { address = "192.0.2.11", role = "manager" }
      beta  = { adress = "192.0.2.12" }
    }
  }

  expect_failures = [var.hosts]
}

run "misspelt_attribute_that_is_not_needed" {
  command = plan

  variables {
    hosts = { alpha = { address = "192.0.2.11", role = "manager", lables = { disk = "ssd" } } }
  }

  expect_failures = [var.hosts]
}

run "misspelt_attributes_of_settings" {
  command = plan

  variables {
    hosts    = { alpha = { address = "192.0.2.11", role = "manager" } }
    ssh      = { privat_key = "~/.ssh/id_ed25519" }
    docker   = { log_max_siez = "10m" }
    swarm    = { listenport = 2400 }
    timeouts = { joins = "5m" }
  }

  expect_failures = [var.ssh, var.docker, var.swarm, var.timeouts]
}

run "every_attribute" {
  command = plan

  variables {
    hosts = {
      alpha = { address = "192.0.2.11", role = "manager", private_address = null, ssh_port = 2222, ssh_user = "pi", hostname = "a", labels = { disk = "ssd" }, availability = "drain", machine = "2" }
      beta  = { address = "fd00::1", labels = null, availability = null, role = null, ssh_port = null }
    }
    ssh = { host_key_policy = null, user = null }
  }

  assert {
    condition     = output.ssh == { alpha = "ssh -o UserKnownHostsFile=./.swarm/default.known_hosts -p 2222 pi@192.0.2.11", beta = "ssh -o UserKnownHostsFile=./.swarm/default.known_hosts root@fd00::1" } && output.nodes["beta"].role == "worker"
    error_message = "What is null has its default."
  }
}

run "user_in_the_address" {
  command = plan

  variables {
    hosts = { alpha = { address = "root@192.0.2.11", private_address = "192.0.2.11", role = "manager" } }
  }

  expect_failures = [var.hosts]
}

run "key_file_that_is_not_there" {
  command = plan

  variables {
    hosts = { alpha = { address = "192.0.2.11", role = "manager" } }
    ssh   = { private_key = "no-such-key" }
  }

  expect_failures = [var.ssh]
}

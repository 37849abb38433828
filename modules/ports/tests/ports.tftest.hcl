run "the_usual_ports" {
  command = plan

  assert {
    condition     = { for key, rule in output.members : key => "${rule.protocol} ${rule.from}" } == { swarm-tcp = "tcp 2377", gossip-tcp = "tcp 7946", gossip-udp = "udp 7946", overlay-udp = "udp 4789", overlay-esp = "50 0" }
    error_message = "Members need 2377/tcp, 7946/tcp and udp, 4789/udp and ESP of each other."
  }

  assert {
    condition     = length(output.public) == 0
    error_message = "Nobody else reaches anything unless it is said."
  }
}

run "other_ports" {
  command = plan

  variables {
    swarm         = { listen_port = 2400, data_path_port = 7789 }
    metrics_port  = 9323
    ssh_cidrs     = ["198.51.100.7/32", "2001:db8::/64"]
    ingress_ports = [{ port = 80 }, { port = 80 }, { port = 8000, to = 8010, protocol = "udp", cidrs = ["203.0.113.0/24"] }]
  }

  assert {
    condition     = output.members["swarm-tcp"].from == 2400 && output.members["overlay-udp"].to == 7789 && output.members["metrics-tcp"].from == 9323
    error_message = "Ports that are not Docker's own reach the rules."
  }

  assert {
    condition     = join(" ", keys(output.public)) == join(" ", ["tcp-22-198.51.100.7/32", "tcp-22-2001:db8::/64", "tcp-80-0.0.0.0/0", "tcp-80-::/0", "udp-8000-8010-203.0.113.0/24"])
    error_message = "One rule for each port and network, none twice."
  }

  assert {
    condition     = output.public["udp-8000-8010-203.0.113.0/24"].to == 8010
    error_message = "A range of ports stays one."
  }

  assert {
    condition     = join(" ", keys(output.ssh)) == join(" ", ["tcp-22-198.51.100.7/32", "tcp-22-2001:db8::/64"])
    error_message = "SSH alone, for a bastion."
  }
}

run "the_docker_api_stays_closed" {
  command = plan

  variables {
    ingress_ports = [{ port = 2000, to = 3000 }]
  }

  expect_failures = [var.ingress_ports]
}

run "port_0" {
  command = plan

  variables {
    ingress_ports = [{ port = 0 }]
  }

  expect_failures = [var.ingress_ports]
}

run "not_a_network" {
  command = plan

  variables {
    ssh_cidrs = ["198.51.100.7"]
  }

  expect_failures = [var.ssh_cidrs]
}

run "a_script" {
  command = plan

  variables {
    names  = ["dev-manager-1", "dev-worker-1"]
    docker = { version = "28.3.3", labels = { owner = "o'neill" } }
  }

  assert {
    condition     = startswith(output.rendered["dev-worker-1"], "#!/bin/sh\n") && endswith(output.rendered["dev-worker-1"], "\nmain\n")
    error_message = "Without keys user data is a script alone."
  }

  assert {
    condition     = strcontains(output.rendered["dev-worker-1"], "\t\tDOCKER_VERSION='28.3.3' \\\n") && strcontains(output.rendered["dev-worker-1"], "owner=o'\\''neill")
    error_message = "Values are quoted for the shell."
  }

  assert {
    condition     = strcontains(output.rendered["dev-worker-1"], file("../../scripts/install-docker.sh"))
    error_message = "It carries install-docker.sh with it."
  }

  assert {
    # EC2 counts what is before base64.
    condition     = length(output.base64gzip["dev-worker-1"]) * 3 / 4 < 14000
    error_message = "Compressed, it leaves 2 KiB of the 16 that are allowed."
  }
}

run "keys" {
  command = plan

  variables {
    names     = ["dev-manager-1", "dev-worker-1"]
    ssh_user  = "admin"
    ssh_keys  = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIexample me\n"]
    host_keys = { dev-manager-1 = "PRIVATE" }
    script    = "echo hello"
  }

  assert {
    condition     = strcontains(output.rendered["dev-worker-1"], "\"ssh_authorized_keys\":[\"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIexample me\"]") && strcontains(output.rendered["dev-worker-1"], "\"name\":\"admin\"")
    error_message = "Keys that may log in are in the cloud-config part."
  }

  assert {
    condition     = strcontains(output.rendered["dev-manager-1"], "\"ed25519_private\":\"PRIVATE\"") && !strcontains(output.rendered["dev-worker-1"], "PRIVATE")
    error_message = "A host key goes to its own machine only."
  }

  assert {
    condition     = strcontains(output.rendered["dev-worker-1"], "echo hello\n")
    error_message = "The script is added."
  }
}

run "a_name_and_a_disk_for_docker" {
  command = plan

  variables {
    names        = ["dev-worker-1"]
    set_hostname = true
    docker_disk  = true
  }

  assert {
    condition     = strcontains(output.rendered["dev-worker-1"], "\"hostname\":\"dev-worker-1\"")
    error_message = "The machine is called by its name."
  }

  assert {
    condition     = strcontains(output.rendered["dev-worker-1"], file("docker-disk.sh")) && strcontains(output.rendered["dev-worker-1"], "\tmount_docker_disk\n\tinstall_docker\n")
    error_message = "The disk is mounted before Docker is installed."
  }
}

run "a_host_firewall" {
  command = plan

  variables {
    names         = ["a"]
    host_firewall = { cidrs = ["10.1.0.0/24", "fd00:1::/64"], rules = { x = { protocol = "udp", from = 4789, to = 4789 }, y = { protocol = "50", from = 0, to = 0 } } }
  }

  assert {
    condition     = strcontains(output.rendered["a"], "-p udp --dport 4789:4789 -j DROP") && strcontains(output.rendered["a"], "-p 50 -j DROP")
    error_message = "Every port of members is closed to the others."
  }

  assert {
    condition     = strcontains(output.rendered["a"], "fill iptables 10.1.0.0/24\n") && strcontains(output.rendered["a"], "fill ip6tables fd00:1::/64\n")
    error_message = "Both families have the same chain, each with its own networks."
  }
}

run "a_host_firewall_without_a_network_of_members" {
  command = plan

  variables {
    names         = ["a"]
    host_firewall = { cidrs = ["fd00:1::/64"], rules = {} }
  }

  expect_failures = [var.host_firewall]
}

run "a_private_key_is_refused" {
  command = plan

  variables {
    names    = ["a"]
    ssh_keys = ["-----BEGIN OPENSSH PRIVATE KEY-----"]
  }

  expect_failures = [var.ssh_keys]
}

run "published_host_keys" {
  command = plan

  variables {
    names             = ["dev-worker-1"]
    publish_host_keys = "scaleway"
  }

  assert {
    condition     = strcontains(output.rendered["dev-worker-1"], file("./publish-scaleway.sh")) && strcontains(output.rendered["dev-worker-1"], "</dev/null\n\tpublish_host_keys\n")
    error_message = "Host keys are published before anything else is done: whoever connects waits for that."
  }

  assert {
    condition     = length(output.base64gzip["dev-worker-1"]) * 3 / 4 < 14000
    error_message = "Compressed, it still leaves 2 KiB of the 16 that are allowed."
  }
}

run "published_on_the_console" {
  command = plan

  variables {
    names             = ["dev-worker-1"]
    publish_host_keys = "console"
  }

  assert {
    condition     = strcontains(output.rendered["dev-worker-1"], file("./publish-console.sh")) && !strcontains(output.rendered["dev-worker-1"], file("./publish-scaleway.sh"))
    error_message = "Where they are published is the caller's choice."
  }
}

run "published_nowhere" {
  command = plan

  variables {
    names             = ["dev-worker-1"]
    publish_host_keys = "elsewhere"
  }

  expect_failures = [var.publish_host_keys]
}

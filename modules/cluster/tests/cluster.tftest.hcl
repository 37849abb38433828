# Plans only: there is nothing to make.

variables {
  file    = "tests/files/dev.yaml"
  section = "aws"
  types = {
    "network"            = "public|private"
    "ssh_cidrs.[]"       = "string"
    "ports.[].port"      = "number"
    "ports.[].cidrs.[]"  = "string"
    "groups.*.type"      = "string"
    "groups.*.disk.size" = "number"
    "zone.*.name"        = "string!"
    "zone.*.note"        = "string"
  }
}

run "what_the_file_says" {
  command = plan

  assert {
    condition     = join(" ", sort(keys(output.groups))) == "batch gpu manager worker" && output.groups.manager.count == 3 && output.groups.batch.availability == "pause"
    error_message = "The groups are those of the common part and of the caller's own section."
  }

  assert {
    condition     = output.groups.worker.count == 5 && output.groups.worker.labels.disk == "ssd" && output.groups.worker.type == "m7g.large" && output.groups.worker.disk.size == 40
    error_message = "The caller's own section is laid over the common part, key by key."
  }

  assert {
    condition     = output.groups.manager.type == null && output.groups.gpu.labels == null
    error_message = "What is not said is null."
  }

  assert {
    condition     = output.roles == { "dev-worker-1" = "manager" } && output.availability == { "dev-worker-1" = "drain" } && output.labels == { "dev-worker-2" = { "example.com/rack" = "1" } }
    error_message = "Exceptions are found by the node's name, and a key may have dots."
  }

  assert {
    condition     = output.docker.version == "28.3.3" && output.docker.dns == ["10.0.0.2"] && output.docker.source == null && jsonencode(output.docker.daemon) == "{\"debug\":true,\"default-ulimits\":{\"nofile\":{\"Hard\":64}}}"
    error_message = "Docker's settings."
  }

  assert {
    condition     = output.swarm.detect_drift && output.swarm.drain_timeout == "5m" && output.swarm.timeouts == { join = "10m" } && output.swarm.listen_port == null
    error_message = "The swarm's settings."
  }

  assert {
    condition     = output.ssh.user == "admin" && output.ssh.private_key == null
    error_message = "How the nodes are reached."
  }

  assert {
    condition     = output.own == { network = "private", ssh_cidrs = ["192.0.2.7/32"], ports = [{ port = 80 }, { port = 443, cidrs = ["192.0.2.0/24"] }], zone = null }
    error_message = "The section without what is laid over the common part: ${jsonencode(output.own)}"
  }
}

run "the_same_file_for_the_lab" {
  command = plan

  variables {
    section  = "lab"
    types    = { "subnet" = "string" }
    defaults = { docker = { source = "none" }, lab = { subnet = "10.99.0.0/24" } }
  }

  assert {
    condition     = output.groups.worker.count == 2 && !contains(keys(output.groups), "gpu") && output.own.subnet == "10.31.7.0/24"
    error_message = "Sections of others are left alone."
  }

  assert {
    condition     = output.docker.version == null && output.docker.source == "none"
    error_message = "A null in the section takes back what is common; the caller's defaults hold where nothing is said."
  }
}

run "variables_win" {
  command = plan

  variables {
    overrides = {
      groups = { manager = { count = null }, worker = { count = 9 }, spare = { count = 1 } }
      nodes  = { "dev-worker-1" = { role = "worker" } }
      docker = { version = "29.1.3", source = null }
      swarm  = { token_delivery = "state", drain_timeout = null }
      aws    = { network = "public", ssh_cidrs = null }
    }
  }

  assert {
    condition     = output.groups.worker.count == 9 && output.groups.worker.type == "m7g.large" && output.groups.manager.count == 3 && output.groups.spare.count == 1
    error_message = "A variable wins over the file, one that is null does not."
  }

  assert {
    condition     = output.docker.version == "29.1.3" && output.docker.metrics_address == "0.0.0.0:9323" && output.swarm.token_delivery == "state" && output.swarm.drain_timeout == "5m"
    error_message = "Key by key."
  }

  assert {
    condition     = output.own.network == "public" && output.own.ssh_cidrs == ["192.0.2.7/32"] && output.roles == { "dev-worker-1" = "worker" }
    error_message = "In the caller's own section, and for one node, too."
  }
}

run "more_for_the_time_of_a_roll" {
  command = plan

  variables {
    overrides = { groups = { manager = { count = 1 } } }
    surge     = { manager = 2, worker = 1, batch = 0 }
  }

  assert {
    condition     = output.groups.manager.count == 3 && output.groups.worker.count == 6 && output.groups.worker.type == "m7g.large"
    error_message = "What surge says comes on top of the counts."
  }
}

run "more_of_a_group_without_a_count" {
  command = plan

  variables {
    file  = "tests/files/absent.yaml"
    surge = { worker = 1, manager = 2 }
  }

  assert {
    condition     = output.groups.worker.count == 3 && output.groups.manager.count == 3
    error_message = "Where nothing is said there are 2 workers and 1 manager."
  }
}

run "more_of_a_group_that_there_is_not" {
  command = plan

  variables {
    surge = { wrker = 1 }
  }

  expect_failures = [var.surge]
}

run "names_of_something" {
  command = plan

  variables {
    file    = "tests/files/hosts.yaml"
    section = "hosts"
    overlay = false
    types   = { "*.address" = "string!", "*.group" = "string", "*.labels.*" = "string" }
  }

  assert {
    condition     = output.own.docker.address == "192.0.2.1" && output.own["web.example.com"].labels.disk == "ssd" && output.docker.version == "28.3.3"
    error_message = "Without overlay every key of the section is a name."
  }
}

run "no_file" {
  command = plan

  variables {
    file = "tests/files/absent.yaml"
  }

  assert {
    condition     = keys(output.groups) == ["manager", "worker"] && output.groups.worker.count == null && output.docker.version == null && output.own.network == null
    error_message = "Without a file everything has its default."
  }
}

run "only_comments" {
  command = plan

  variables {
    file = "tests/files/comments.yaml"
  }

  assert {
    condition     = keys(output.groups) == ["manager", "worker"]
    error_message = "A file of comments says nothing."
  }
}

run "only_nulls" {
  command = plan

  variables {
    file    = "tests/files/nulls.yaml"
    section = "lab"
    types   = { "subnet" = "string" }
  }

  assert {
    condition     = keys(output.groups) == ["manager", "worker"] && output.swarm.drain_timeout == null && output.own.subnet == null
    error_message = "A key without a value says nothing."
  }
}

run "everything_wrong" {
  command = plan

  variables {
    file = "tests/files/wrong.yaml"
  }

  assert {
    condition = local.problems == [
      "gruops: unknown; known here are aws, docker, groups, hosts, lab, nodes, scaleway, ssh, swarm",
      "groups.worker.cuont: unknown; known here are availability, count, labels, role",
      "swarm.timeouts.joins: unknown; known here are backup, describe, drain, init, join, leave, prepare, restore, store, tokens",
      "aws.groups.worker.disk.sise: unknown; known here are size",
      "nodes: expected keys with values, got a list",
      "docker.dns: expected a list, got text",
      "groups.manager: expected keys with values, got a number",
      "docker.daemon: expected keys with values, got a list",
      "docker.version: expected text, got a number; put it in quotes",
      "swarm.detect_drift: expected true or false, got text",
      "groups.worker.count: expected a number, got text",
      "aws.ports[0].port: expected a number, got text",
      "groups.worker.labels.gpu: expected text, got true or false; put it in quotes",
      "aws.ports[0].cidrs[0]: expected text, got a number; put it in quotes",
      "aws.network: use public or private",
      "groups.worker.role: use manager or worker",
      "ssh.private_key: there is no file no-such-key",
      "aws.zone.a.name: missing",
    ]
    error_message = "Every error has its path and what is known or expected there:\n${join("\n", local.problems)}"
  }

  expect_failures = [output.groups]
}

run "what_the_root_has_no_use_for" {
  command = plan

  variables {
    file        = "tests/files/unsupported.yaml"
    unsupported = { "swarm.prepare" = "take this out", "swarm.rolling" = "replace machines" }
  }

  assert {
    condition     = local.problems == ["swarm.rolling: replace machines", "aws.swarm.prepare: take this out"]
    error_message = "What would do nothing is refused with its path, in the caller's own section too; null is nothing:\n${join("\n", local.problems)}"
  }

  expect_failures = [output.groups]
}

run "a_key_is_not_shown" {
  command = plan

  variables {
    file = "tests/files/secret.yaml"
  }

  assert {
    condition     = local.problems == ["ssh.private_key: is a key; its path is wanted"]
    error_message = "Nothing of a key is shown."
  }

  expect_failures = [output.groups]
}

run "a_list_instead_of_keys" {
  command = plan

  variables {
    file = "tests/files/list.yaml"
  }

  assert {
    condition     = local.problems == ["expected keys with values; known here are aws, docker, groups, hosts, lab, nodes, scaleway, ssh, swarm"]
    error_message = join("\n", local.problems)
  }

  expect_failures = [output.groups]
}

run "named_but_not_there" {
  command = plan

  variables {
    file       = "tests/files/absent.yaml"
    must_exist = true
  }

  assert {
    condition     = local.problems == ["there is no such file"]
    error_message = join("\n", local.problems)
  }

  expect_failures = [output.groups]
}

run "another_ending" {
  command = plan

  variables {
    file = "tests/files/short.yaml"
  }

  assert {
    condition     = local.problems == ["there is tests/files/short.yml, which is not read; rename it"]
    error_message = join("\n", local.problems)
  }

  expect_failures = [output.groups]
}

run "unknown_section" {
  command = plan

  variables {
    section = "azure"
  }

  expect_failures = [var.section]
}

run "unknown_type" {
  command = plan

  variables {
    types = { "zone" = "text" }
  }

  expect_failures = [var.types]
}

run "path_too_long" {
  command = plan

  variables {
    types = { "a.b.c.d.e.f" = "string" }
  }

  expect_failures = [var.types]
}

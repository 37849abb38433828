# No swarm is asked: what describe-swarm would have answered is given.

mock_provider "external" {}

variables {
  program = "describe-swarm"
  query   = { host = "192.0.2.1" }
  nodes = {
    "dev-worker-1" = { address = "10.1.0.1", hostname = "dev-worker-1" }
    "dev-worker-2" = { address = "10.1.0.2", hostname = "dev-worker-2" }
  }
}

run "by_address_and_hostname" {
  override_data {
    target = data.external.this
    values = {
      result = {
        reachable      = "true"
        ids            = "aaa,bbb,ccc"
        "aaa.hostname" = "dev-worker-1", "aaa.address" = "10.1.0.1", "aaa.role" = "worker"
        "aaa.state"    = "down", "aaa.availability" = "active", "aaa.labels" = "{}"
        "bbb.hostname" = "DEV-worker-1", "bbb.address" = "10.1.0.1", "bbb.role" = "manager"
        "bbb.state"    = "ready", "bbb.availability" = "pause", "bbb.labels" = "{\"b\":\"2\",\"a\":\"1\"}"
        "ccc.hostname" = "dev-worker-2", "ccc.address" = "10.1.0.9", "ccc.role" = "worker"
        "ccc.state"    = "ready", "ccc.availability" = "active", "ccc.labels" = "{}"
      }
    }
  }

  assert {
    condition     = output.reachable && output.nodes["dev-worker-1"].id == "bbb"
    error_message = "Of two entries the one that is not Down is the node; case does not matter in a hostname."
  }

  assert {
    condition     = output.nodes["dev-worker-1"].labels == jsonencode({ a = "1", b = "2" }) && output.nodes["dev-worker-1"].role == "manager" && output.nodes["dev-worker-1"].availability == "pause"
    error_message = "What the swarm has of it is handed on."
  }

  assert {
    condition     = output.nodes["dev-worker-2"] == null
    error_message = "The hostname alone is not who a node is."
  }
}

run "nobody_answers" {
  override_data {
    target = data.external.this
    values = { result = { reachable = "false", cluster_id = "", ids = "" } }
  }

  assert {
    condition     = !output.reachable && output.nodes["dev-worker-1"] == null && output.nodes["dev-worker-2"] == null
    error_message = "Out of reach nothing is known, and nothing fails."
  }
}

# Applies: it is about what is remembered.

variables {
  machines = { a = "i-1", b = "i-2" }
  wanted   = { a = { type = "small", image = "one" }, b = { type = "small", disk = null } }
}

run "new_machines" {
  assert {
    condition     = length(output.outdated) == 0 && output.warning == null
    error_message = "Nothing is outdated that is new."
  }
}

run "another_type" {
  variables {
    wanted   = { a = { type = "large", image = "one" }, b = { type = "small", disk = "20" }, c = { type = "large" } }
    machines = { a = "i-1", b = "i-2", c = "i-3" }
  }

  assert {
    condition     = output.outdated == { a = { type = "small, and large in new ones" }, b = { disk = "none, and 20 in new ones" } }
    error_message = "What differs is told, of the machines that were there."
  }

  assert {
    condition     = output.warning == "a (type: small, and large in new ones); b (disk: none, and 20 in new ones)"
    error_message = "And said as a sentence."
  }
}

run "one_replaced" {
  variables {
    machines = { a = "i-4", b = "i-2", c = "i-3" }
    wanted   = { a = { type = "large", image = "two" }, b = { type = "small", disk = "20" }, c = { type = "large" } }
  }

  assert {
    condition     = keys(output.outdated) == ["b"] && output.made_with["a"].type == "large"
    error_message = "A new machine has the new values."
  }
}

run "a_newer_image" {
  variables {
    machines = { a = "i-4" }
    wanted   = { a = { type = "large", image = "three", more = "x" } }
  }

  assert {
    condition     = output.outdated == { a = { image = "two, and three in new ones" } } && output.warning == null
    error_message = "A newer image is told of, and no reason to warn."
  }
}

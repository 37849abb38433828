# Plans only: nothing here runs an executable.

variables {
  name         = "web"
  swarm        = { host = "192.0.2.11", managers = "root@192.0.2.12:22", user = "root" }
  after        = "there"
  compose_file = "README.md"
}

run "one_stack" {
  command = plan

  assert {
    condition     = tomap(local.deploy_query) == tomap({ host = "192.0.2.11", managers = "root@192.0.2.12:22", user = "root", stack = "web", compose_file = "README.md", resolve_image = "always", max_failures = "5", monitor = "5s", on_failure = "keep" })
    error_message = "deploy-stack is asked for what was given, and for nothing else."
  }

  assert {
    condition     = terraform_data.remove.input.query.stack == "web" && terraform_data.remove.input.query.on_no_manager == "no-swarm" && output.observed == null
    error_message = "The removal has its query in the state; without detect_drift nothing is observed."
  }
}

run "contents_and_logins" {
  command = plan

  variables {
    environment   = { TAG = "2" }
    config_files  = { site = "README.md" }
    secret_env    = { password = "DB_PASSWORD" }
    secret_files  = { key = "~/tls.key" }
    registry_auth = { "registry.example.com" = { username = "deploy", password_env = "REGISTRY_PASSWORD" } }
    timeouts      = { deploy = "20m", rollback = "2m" }
    on_failure    = "rollback"
  }

  assert {
    condition     = local.deploy_query.secret_env == "{\"password\":\"DB_PASSWORD\"}" && local.deploy_query.secret_files == "{\"key\":\"~/tls.key\"}" && local.deploy_query.config_files == "{\"site\":\"README.md\"}" && local.deploy_query.environment == "{\"TAG\":\"2\"}"
    error_message = "Secrets and configs go by name alone."
  }

  assert {
    condition     = local.deploy_query.registry_users == "{\"registry.example.com\":\"deploy\"}" && local.deploy_query.registry_passwords == "{\"registry.example.com\":\"REGISTRY_PASSWORD\"}" && local.deploy_query.timeout == "20m" && local.deploy_query.rollback_timeout == "2m" && local.deploy_query.on_failure == "rollback"
    error_message = "Logins, times and what to do on a failure reach deploy-stack."
  }

  assert {
    condition     = !contains(keys(terraform_data.remove.input.query), "secret_env") && !contains(keys(terraform_data.remove.input.query), "registry_passwords")
    error_message = "A removal needs no secret."
  }
}

run "bad_name" {
  command = plan

  variables {
    name = "my stack"
  }

  expect_failures = [var.name]
}

run "secret_in_place_of_its_name" {
  command = plan

  variables {
    secret_env = { password = "hunter-2" }
  }

  expect_failures = [var.secret_env]
}

run "password_in_place_of_its_name" {
  command = plan

  variables {
    registry_auth = { "registry.example.com" = { username = "deploy", password_env = "hunter-2" } }
  }

  expect_failures = [var.registry_auth]
}

run "unknown_words" {
  command = plan

  variables {
    on_failure    = "retry"
    resolve_image = "maybe"
    on_no_manager = "ignore"
    monitor       = "soon"
    max_failures  = -1
    timeouts      = { deploy = "5" }
  }

  expect_failures = [var.on_failure, var.resolve_image, var.on_no_manager, var.monitor, var.max_failures, var.timeouts]
}

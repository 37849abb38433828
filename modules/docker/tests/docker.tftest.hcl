run "nothing_asked_for" {
  command = plan

  assert {
    condition     = output.environment == tomap({ DOCKER_SOURCE = "auto" })
    error_message = "Without settings there is no daemon.json to write."
  }
}

run "every_setting" {
  command = plan

  variables {
    docker = {
      version          = "20.10.24"
      source           = "distribution"
      packages         = "/srv/packages"
      repository_url   = "https://mirror.example.com/docker"
      repository_key   = "9DC8 5822 9FC7 DD38 854A  E2D8 8D81 803C 0EBF CD88"
      metrics_address  = "0.0.0.0:9323"
      log_driver       = "json-file"
      log_max_size     = "10m"
      log_max_file     = 3
      dns              = ["10.0.0.2"]
      storage_driver   = "overlay2"
      registry_mirrors = ["https://mirror.example.com"]
      labels           = { rack = "a1" }
    }
  }

  assert {
    condition     = output.environment.DOCKER_VERSION == "20.10.24" && output.environment.DOCKER_SOURCE == "distribution" && output.environment.DOCKER_PACKAGES == "/srv/packages" && output.environment.DOCKER_REPOSITORY_URL == "https://mirror.example.com/docker" && output.environment.DOCKER_REPOSITORY_KEY == "9DC8 5822 9FC7 DD38 854A  E2D8 8D81 803C 0EBF CD88"
    error_message = "Version, source, packages and mirror reach the script."
  }

  assert {
    condition     = output.environment.DOCKER_DAEMON_JSON == "{\"dns\":[\"10.0.0.2\"],\"experimental\":true,\"labels\":[\"rack=a1\"],\"log-driver\":\"json-file\",\"log-opts\":{\"max-file\":\"3\",\"max-size\":\"10m\"},\"metrics-addr\":\"0.0.0.0:9323\",\"registry-mirrors\":[\"https://mirror.example.com\"],\"storage-driver\":\"overlay2\"}"
    error_message = "daemon.json has dockerd's own keys, log options as strings."
  }
}

run "metrics_since_24" {
  command = plan

  variables {
    docker = { version = "28.3.3", metrics_address = "0.0.0.0:9323" }
  }

  assert {
    condition     = output.environment.DOCKER_DAEMON_JSON == "{\"metrics-addr\":\"0.0.0.0:9323\"}"
    error_message = "A Docker of today serves metrics without experimental features."
  }
}

run "unknown_source" {
  command = plan

  variables {
    docker = { source = "snap" }
  }

  expect_failures = [var.docker]
}

run "version_with_a_word" {
  command = plan

  variables {
    docker = { version = "latest" }
  }

  expect_failures = [var.docker]
}

run "metrics_without_port" {
  command = plan

  variables {
    docker = { metrics_address = "10.0.0.1" }
  }

  expect_failures = [var.docker]
}

run "size_in_words" {
  command = plan

  variables {
    docker = { log_max_size = "10 MB" }
  }

  expect_failures = [var.docker]
}

run "mirror_without_scheme" {
  command = plan

  variables {
    docker = { registry_mirrors = ["mirror.example.com"] }
  }

  expect_failures = [var.docker]
}

run "packages_relative" {
  command = plan

  variables {
    docker = { packages = "packages" }
  }

  expect_failures = [var.docker]
}

run "repository_without_tls" {
  command = plan

  variables {
    docker = { repository_url = "http://mirror.example.com/docker" }
  }

  expect_failures = [var.docker]
}

run "key_that_is_no_fingerprint" {
  command = plan

  variables {
    docker = { repository_key = "0EBFCD88" }
  }

  expect_failures = [var.docker]
}

run "any_setting_of_the_daemon" {
  command = plan

  variables {
    docker = {
      labels = { rack = "a1" }
      daemon = { "max-concurrent-downloads" = 10, "debug" = true, "dns" = ["10.0.0.2"], "default-ulimits" = { nofile = { Name = "nofile", Hard = 64, Soft = 32 } }, "icc" = null }
    }
  }

  assert {
    condition     = output.environment.DOCKER_DAEMON_JSON == "{\"debug\":true,\"default-ulimits\":{\"nofile\":{\"Hard\":64,\"Name\":\"nofile\",\"Soft\":32}},\"dns\":[\"10.0.0.2\"],\"labels\":[\"rack=a1\"],\"max-concurrent-downloads\":10}"
    error_message = "They stand beside those that have an attribute, each with its type: ${output.environment.DOCKER_DAEMON_JSON}"
  }
}

run "a_setting_twice" {
  command = plan

  variables {
    docker = { labels = { rack = "a1" }, daemon = { "labels" = ["rack=a2"] } }
  }

  expect_failures = [var.docker]
}

run "log_options_twice" {
  command = plan

  variables {
    docker = { log_max_file = 3, daemon = { "log-opts" = { "max-size" = "10m" } } }
  }

  expect_failures = [var.docker]
}

run "settings_that_are_no_map" {
  command = plan

  variables {
    docker = { daemon = "debug" }
  }

  expect_failures = [var.docker]
}

run "an_engine_that_joins_no_swarm" {
  command = plan

  variables {
    docker = { daemon = { "live-restore" = true } }
  }

  expect_failures = [var.docker]
}

run "logins_at_registries" {
  command = plan

  variables {
    docker = {
      registry_auth = {
        "registry.example.com:5000" = { username = "deploy", password_env = "REGISTRY_PASSWORD", password_version = 2 }
        "docker.io"                 = { username = "me", password_env = "HUB_PASSWORD" }
      }
    }
  }

  assert {
    condition     = output.environment.DOCKER_REGISTRY_AUTH == "docker.io 1 DOCKER_PASSWORD_DOCKER_IO me\nregistry.example.com:5000 2 DOCKER_PASSWORD_REGISTRY_EXAMPLE_COM_5000 deploy"
    error_message = "A line a registry: ${output.environment.DOCKER_REGISTRY_AUTH}"
  }

  assert {
    condition     = output.secrets == { DOCKER_PASSWORD_DOCKER_IO = "HUB_PASSWORD", DOCKER_PASSWORD_REGISTRY_EXAMPLE_COM_5000 = "REGISTRY_PASSWORD" }
    error_message = "Each password by the name of its variable."
  }
}

run "login_with_the_password_itself" {
  command = plan

  variables {
    docker = { registry_auth = { "registry.example.com" = { username = "deploy", password_env = "hunter-2" } } }
  }

  expect_failures = [var.docker]
}

run "login_at_an_address_with_a_scheme" {
  command = plan

  variables {
    docker = { registry_auth = { "https://registry.example.com" = { username = "deploy", password_env = "REGISTRY_PASSWORD" } } }
  }

  expect_failures = [var.docker]
}

run "login_of_a_name_with_a_colon" {
  command = plan

  variables {
    docker = { registry_auth = { "registry.example.com" = { username = "de:ploy", password_env = "REGISTRY_PASSWORD" } } }
  }

  expect_failures = [var.docker]
}

run "logins_of_one_variable" {
  command = plan

  variables {
    docker = {
      registry_auth = {
        "a.b-c" = { username = "deploy", password_env = "REGISTRY_PASSWORD" }
        "a-b.c" = { username = "deploy", password_env = "REGISTRY_PASSWORD" }
      }
    }
  }

  expect_failures = [var.docker]
}

run "proxies" {
  command = plan

  variables {
    docker = { proxy = { http = "http://proxy.example.com:3128", https_env = "HTTPS_PROXY_URL", no_proxy = ["registry.internal", "10.0.0.0/8"], version = 3 } }
  }

  assert {
    condition     = output.environment == tomap({ DOCKER_SOURCE = "auto", DOCKER_HTTP_PROXY = "http://proxy.example.com:3128", DOCKER_NO_PROXY = "registry.internal,10.0.0.0/8", DOCKER_PROXY_VERSION = "3" })
    error_message = "What is known here: ${jsonencode(output.environment)}"
  }

  assert {
    condition     = output.secrets == { DOCKER_HTTPS_PROXY = "HTTPS_PROXY_URL" }
    error_message = "What is in a variable, by its name: ${jsonencode(output.secrets)}"
  }
}

run "proxy_with_its_password" {
  command = plan

  variables {
    docker = { proxy = { https = "http://me:hunter-2@proxy.example.com:3128" } }
  }

  expect_failures = [var.docker]
}

run "proxy_twice" {
  command = plan

  variables {
    docker = { proxy = { https = "http://proxy.example.com:3128", https_env = "HTTPS_PROXY_URL" } }
  }

  expect_failures = [var.docker]
}

run "proxies_of_the_daemon_too" {
  command = plan

  variables {
    docker = { proxy = { https = "http://proxy.example.com:3128" }, daemon = { proxies = { "no-proxy" = "localhost" } } }
  }

  expect_failures = [var.docker]
}

run "proxy_by_a_url_for_a_name" {
  command = plan

  variables {
    docker = { proxy = { https_env = "http://me:hunter-2@proxy.example.com:3128" } }
  }

  expect_failures = [var.docker]
}

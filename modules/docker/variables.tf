variable "docker" {
  description = <<-EOT
    How Docker gets on a node and how its daemon is set up. Every attribute is optional; null leaves Docker's own default.
    * `version`: the one version every node gets, also a node added later. Example: "20.10.24". null: whatever the source offers.
    * `source`: "distribution" or "docker" (Docker's own packages), "auto" (the source that has the version), "none" (Docker is there already; only the settings are applied).
    * `packages`: a folder on the node with the packages to install from instead, for hosts without a mirror. Example: "/srv/docker-packages".
    * `repository_url`: a mirror of Docker's own package repository. Example: "https://mirror.example.com/docker". `repository_key`: the fingerprint of the key that signs it; null: Docker's own.
    * `metrics_address`: address:port of the Prometheus endpoint. Example: "10.0.1.11:9323" or "0.0.0.0:9323".
    * `log_driver`, `log_max_size`, `log_max_file`: where containers log, size of one file and number of files kept. Example: "json-file", "10m", 3.
    * `dns`: name servers of the containers. Example: ["10.0.0.2"].
    * `storage_driver`: Example: "overlay2".
    * `registry_mirrors`: pull-through mirrors. Example: ["https://mirror.example.com"].
    * `labels`: labels of the engine, not of the swarm node. Example: { rack = "a1" }.
    * `daemon`: any other setting of /etc/docker/daemon.json, by dockerd's own name and in its units; one that has an attribute here is set by that alone. Example: { "max-concurrent-downloads" = 10, "default-ulimits" = { nofile = { Name = "nofile", Hard = 65536, Soft = 65536 } } }.
    * `proxy`: `http` and `https`, the proxies through which the engine gets images, and `no_proxy`, what it reaches without them. One with a password: `http_env` and `https_env`, names of environment variables that hold its whole URL where Terraform runs, and `version`, which is raised when that URL is another one. Example: { https = "http://proxy.example.com:3128", no_proxy = ["registry.internal", "10.0.0.0/8"] }.
    * `registry_auth`: logins of root's docker command on each node, by registry: `username`, `password_env` (the name of the environment variable that holds the password where Terraform runs) and `password_version`, which is raised when the password is another one, since no trace of a password is in the state by which that could be seen. They are for `--with-registry-auth` and `docker pull` there; docs/docker.md says what they are good for. Example: { "registry.example.com" = { username = "deploy", password_env = "REGISTRY_PASSWORD" } }.
  EOT
  type = object({
    version          = optional(string)
    source           = optional(string, "auto")
    packages         = optional(string)
    repository_url   = optional(string)
    repository_key   = optional(string)
    metrics_address  = optional(string)
    log_driver       = optional(string)
    log_max_size     = optional(string)
    log_max_file     = optional(number)
    dns              = optional(list(string), [])
    storage_driver   = optional(string)
    registry_mirrors = optional(list(string), [])
    labels           = optional(map(string), {})
    daemon           = optional(any, {})
    proxy = optional(object({
      http      = optional(string)
      https     = optional(string)
      http_env  = optional(string)
      https_env = optional(string)
      no_proxy  = optional(list(string), [])
      version   = optional(number, 1)
    }), {})
    registry_auth = optional(map(object({
      username         = string
      password_env     = string
      password_version = optional(number, 1)
    })), {})
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["auto", "docker", "distribution", "none"], var.docker.source)
    error_message = "docker.source is \"${var.docker.source}\"; use auto, docker, distribution or none."
  }

  validation {
    condition     = var.docker.version == null || can(regex("^[0-9]+(\\.[0-9]+){0,2}([.~+:-][0-9A-Za-z.~+:-]*)?$", var.docker.version))
    error_message = "docker.version is \"${coalesce(var.docker.version, "null")}\"; give a version as the packages have it, for example \"20.10.24\" or \"28.3.3\"."
  }

  validation {
    condition     = var.docker.packages == null || can(regex("^/", var.docker.packages))
    error_message = "docker.packages is \"${coalesce(var.docker.packages, "null")}\"; give the absolute path of a folder on the node."
  }

  validation {
    condition     = var.docker.repository_url == null || can(regex("^(https|file)://[^\\s]+$", var.docker.repository_url))
    error_message = "docker.repository_url is \"${coalesce(var.docker.repository_url, "null")}\"; give a URL that begins with https:// or file://."
  }

  validation {
    condition     = var.docker.repository_key == null || can(regex("^[0-9a-fA-F]{40}$", replace(var.docker.repository_key, " ", "")))
    error_message = "docker.repository_key is \"${coalesce(var.docker.repository_key, "null")}\"; give the 40 hexadecimal digits of the fingerprint."
  }

  validation {
    condition     = var.docker.metrics_address == null || can(regex("^([^\\s:]+|\\[[0-9a-fA-F:]+\\]):[1-9][0-9]{0,4}$", var.docker.metrics_address))
    error_message = "docker.metrics_address is \"${coalesce(var.docker.metrics_address, "null")}\"; use address:port, for example \"0.0.0.0:9323\" (IPv6 in brackets)."
  }

  validation {
    condition     = var.docker.log_max_size == null || can(regex("^[1-9][0-9]*[kmg]?$", var.docker.log_max_size))
    error_message = "docker.log_max_size is \"${coalesce(var.docker.log_max_size, "null")}\"; use a number with k, m or g, for example \"10m\"."
  }

  validation {
    condition     = var.docker.log_max_file == null ? true : (var.docker.log_max_file >= 1 && floor(var.docker.log_max_file) == var.docker.log_max_file)
    error_message = "docker.log_max_file has to be a whole number, 1 or more."
  }

  validation {
    condition     = alltrue([for url in var.docker.registry_mirrors : can(regex("^https?://[^\\s]+$", url))])
    error_message = "Each of docker.registry_mirrors is a URL with its scheme, for example \"https://mirror.example.com\"."
  }
  validation {
    condition     = can(keys(var.docker.daemon))
    error_message = "docker.daemon has to be a map of settings by dockerd's names, for example { \"max-concurrent-downloads\" = 10 }."
  }

  validation {
    condition = length([
      for setting, attribute in local.attributes : setting
      if try(var.docker.daemon[setting], null) != null && try(length(var.docker[attribute]) > 0, var.docker[attribute] != null)
    ]) == 0
    error_message = "docker.daemon has ${join(", ", [for setting, attribute in local.attributes : "\"${setting}\", which docker.${attribute} sets as well" if try(var.docker.daemon[setting], null) != null && try(length(var.docker[attribute]) > 0, var.docker[attribute] != null)])}; leave one of the two out."
  }

  validation {
    condition     = try(var.docker.daemon["log-opts"], null) == null || (var.docker.log_max_size == null && var.docker.log_max_file == null)
    error_message = "docker.daemon has \"log-opts\", which docker.log_max_size and docker.log_max_file set as well; write them into log-opts as \"max-size\" and \"max-file\", or leave it out."
  }

  validation {
    condition     = try(var.docker.daemon["live-restore"], false) != true
    error_message = "docker.daemon has \"live-restore\", with which no engine is a member of a swarm; leave it out."
  }

  validation {
    condition     = alltrue([for registry in keys(var.docker.registry_auth) : can(regex("^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]+)?$", registry))])
    error_message = "docker.registry_auth has ${join(", ", [for registry in keys(var.docker.registry_auth) : "\"${registry}\"" if !can(regex("^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]+)?$", registry))])}; name a registry as images do, for example \"registry.example.com\" or \"registry.example.com:5000\", and Docker Hub \"docker.io\"."
  }

  validation {
    condition     = length(distinct([for registry in keys(var.docker.registry_auth) : upper(replace(registry, "/[.:-]/", "_"))])) == length(var.docker.registry_auth)
    error_message = "docker.registry_auth has registries whose names differ in nothing but . - and :, ${join(", ", keys(var.docker.registry_auth))}; leave one of them out."
  }

  validation {
    condition     = alltrue([for login in values(var.docker.registry_auth) : can(regex("^[^\\s:]+$", login.username))])
    error_message = "The username of ${join(", ", [for registry, login in var.docker.registry_auth : registry if !can(regex("^[^\\s:]+$", login.username))])} in docker.registry_auth is empty, or has a blank or a colon, which no registry takes."
  }

  # What is not the name of a variable may be the password.
  validation {
    condition     = alltrue([for login in values(var.docker.registry_auth) : can(regex("^[A-Za-z_][A-Za-z0-9_]*$", login.password_env))])
    error_message = "The password_env of ${join(", ", [for registry, login in var.docker.registry_auth : registry if !can(regex("^[A-Za-z_][A-Za-z0-9_]*$", login.password_env))])} in docker.registry_auth is not the name of an environment variable (letters, digits and _); give its name, not the password."
  }

  validation {
    condition     = alltrue([for url in [var.docker.proxy.http, var.docker.proxy.https] : url == null ? true : can(regex("^(https?|socks5h?)://[^\\s'\"\\\\@]+$", url))])
    error_message = "Each of http and https in docker.proxy is a URL without a user, for example \"http://proxy.example.com:3128\"; one with a user and a password goes into an environment variable, by http_env or https_env."
  }

  validation {
    condition     = alltrue([for name in compact([var.docker.proxy.http_env, var.docker.proxy.https_env]) : can(regex("^[A-Za-z_][A-Za-z0-9_]*$", name))])
    error_message = "http_env and https_env in docker.proxy are names of environment variables (letters, digits and _), not URLs."
  }

  validation {
    condition     = (var.docker.proxy.http == null || var.docker.proxy.http_env == null) && (var.docker.proxy.https == null || var.docker.proxy.https_env == null)
    error_message = "docker.proxy has the same proxy twice, as a URL and by a variable; leave one of the two out."
  }

  validation {
    condition     = alltrue([for name in var.docker.proxy.no_proxy : can(regex("^[^\\s,'\"\\\\]+$", name))])
    error_message = "Each of docker.proxy.no_proxy is one name, address or network, for example \"registry.internal\" or \"10.0.0.0/8\"."
  }

  validation {
    condition     = try(var.docker.daemon["proxies"], null) == null || !anytrue([for key, value in var.docker.proxy : try(length(value) > 0, false)])
    error_message = "docker.daemon has \"proxies\", which docker.proxy sets as well; leave one of the two out."
  }
}

# Docker's settings as scripts/install-docker.sh takes them. That script runs
# through prepare-node or from cloud-init; both get the same environment.

locals {
  log_options = {
    for key, value in {
      "max-size" = var.docker.log_max_size
      "max-file" = var.docker.log_max_file == null ? null : tostring(var.docker.log_max_file)
    } : key => value if value != null
  }

  # Docker 20.10 serves metrics only as an experimental feature; a version that
  # is not pinned may be that one.
  metrics_are_experimental = var.docker.metrics_address == null ? false : (
    var.docker.version == null ? true : tonumber(split(".", var.docker.version)[0]) < 24
  )

  # What dockerd calls the attributes that are settings of its own
  attributes = {
    "metrics-addr"     = "metrics_address"
    "log-driver"       = "log_driver"
    "dns"              = "dns"
    "storage-driver"   = "storage_driver"
    "registry-mirrors" = "registry_mirrors"
    "labels"           = "labels"
  }

  # jsonencode() writes keys in sorted order, so that the same settings always
  # make the same file. dockerd takes log options as strings only.
  daemon = merge(
    var.docker.metrics_address == null ? {} : { "metrics-addr" = var.docker.metrics_address },
    local.metrics_are_experimental ? { "experimental" = true } : {},
    var.docker.log_driver == null ? {} : { "log-driver" = var.docker.log_driver },
    length(local.log_options) == 0 ? {} : { "log-opts" = local.log_options },
    length(var.docker.dns) == 0 ? {} : { "dns" = var.docker.dns },
    var.docker.storage_driver == null ? {} : { "storage-driver" = var.docker.storage_driver },
    length(var.docker.registry_mirrors) == 0 ? {} : { "registry-mirrors" = var.docker.registry_mirrors },
    length(var.docker.labels) == 0 ? {} : { "labels" = [for key, value in var.docker.labels : "${key}=${value}"] },
    { for key, value in var.docker.daemon : key => value if value != null },
  )

  # A variable of the script for each password, named after its registry
  login_variables = {
    for registry in keys(var.docker.registry_auth) : "DOCKER_PASSWORD_${upper(replace(registry, "/[.:-]/", "_"))}" => registry...
  }
  logins = [
    for variable, registries in local.login_variables :
    "${registries[0]} ${var.docker.registry_auth[registries[0]].password_version} ${variable} ${var.docker.registry_auth[registries[0]].username}"
  ]

  # By a variable of the same name, whether its value is known here or not
  proxies     = { DOCKER_HTTP_PROXY = var.docker.proxy.http, DOCKER_HTTPS_PROXY = var.docker.proxy.https }
  proxies_env = { DOCKER_HTTP_PROXY = var.docker.proxy.http_env, DOCKER_HTTPS_PROXY = var.docker.proxy.https_env }

  secrets = merge(
    { for variable, name in local.proxies_env : variable => name if name != null },
    { for variable, registries in local.login_variables : variable => var.docker.registry_auth[registries[0]].password_env },
  )

  environment = tomap(merge(
    { DOCKER_SOURCE = var.docker.source },
    var.docker.version == null ? {} : { DOCKER_VERSION = var.docker.version },
    var.docker.packages == null ? {} : { DOCKER_PACKAGES = var.docker.packages },
    var.docker.repository_url == null ? {} : { DOCKER_REPOSITORY_URL = var.docker.repository_url },
    var.docker.repository_key == null ? {} : { DOCKER_REPOSITORY_KEY = var.docker.repository_key },
    length(local.daemon) == 0 ? {} : { DOCKER_DAEMON_JSON = jsonencode(local.daemon) },
    { for variable, url in local.proxies : variable => url if url != null },
    length(var.docker.proxy.no_proxy) == 0 ? {} : { DOCKER_NO_PROXY = join(",", var.docker.proxy.no_proxy) },
    length(compact(values(local.proxies_env))) == 0 ? {} : { DOCKER_PROXY_VERSION = tostring(var.docker.proxy.version) },
    length(local.logins) == 0 ? {} : { DOCKER_REGISTRY_AUTH = join("\n", local.logins) },
  ))
}

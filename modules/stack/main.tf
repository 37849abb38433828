# A stack of services on a swarm that modules/swarm has made:
#
#   the swarm, all joins -> remove -> deploy
#
# and destroyed the other way round, so that the stack goes before the swarm does. What takes it
# away is apart from what brings it, because Terraform skips the destroy provisioner of a resource
# whose create provisioner failed. Neither may ever be create_before_destroy: that skips it as
# well. Contents of secrets are read by the executables; nothing is known here but where they are.

locals {
  helper_folders = compact([var.helpers, "${path.module}/../../bin"])

  program = {
    for name in ["deploy-stack", "describe-stack"] :
    name => concat([
      for folder in local.helper_folders : "${pathexpand(folder)}/${name}" if try(fileexists("${folder}/${name}"), false)
    ], [name])[0]
  }

  maps = {
    environment  = var.environment
    config_files = var.config_files
    config_env   = var.config_env
    secret_files = var.secret_files
    secret_env   = var.secret_env
  }

  # What deploy-stack and describe-stack are asked alike
  query = merge(
    var.swarm,
    { stack = var.name, compose_file = var.compose_file },
    { for key, value in local.maps : key => jsonencode(value) if length(value) > 0 },
  )

  logins = length(var.registry_auth) == 0 ? {} : {
    registry_users     = jsonencode({ for registry, login in var.registry_auth : registry => login.username })
    registry_passwords = jsonencode({ for registry, login in var.registry_auth : registry => login.password_env })
  }

  timeout = { for key, value in var.timeouts : key => value == null ? {} : { timeout = value } }

  deploy_query = merge(
    local.query, local.logins, local.timeout.deploy,
    var.timeouts.rollback == null ? {} : { rollback_timeout = var.timeouts.rollback },
    {
      resolve_image = var.resolve_image
      max_failures  = tostring(var.max_failures)
      monitor       = var.monitor
      on_failure    = var.on_failure
    },
  )
}

# Takes the stack away when it goes, or gets another name.
resource "terraform_data" "remove" {
  input = {
    helpers = var.helpers
    query   = merge(var.swarm, local.timeout.remove, { stack = var.name, on_no_manager = var.on_no_manager })
  }
  triggers_replace = var.name

  depends_on = [var.after]

  provisioner "local-exec" {
    when = destroy
    interpreter = [
      concat([
        for folder in compact([self.input.helpers, "${path.module}/../../bin"]) : "${pathexpand(folder)}/remove-stack"
        if try(fileexists("${folder}/remove-stack"), false)
      ], ["remove-stack"])[0],
      "--query-env",
    ]
    command     = "SWARM_QUERY"
    quiet       = true
    environment = { SWARM_QUERY = jsonencode(self.input.query) }
  }
}

# By hashes alone, so that no setting is in the state twice; of a secret there is none.
module "deploy" {
  source = "../swarm/step"

  program = local.program["deploy-stack"]
  triggers = {
    (var.name) = {
      seen             = local.as_wanted
      remove           = terraform_data.remove.id
      compose          = filesha256(pathexpand(var.compose_file))
      environment      = sha256(jsonencode(var.environment))
      configs          = { for name, path in var.config_files : name => filesha256(pathexpand(path)) }
      contents         = sha256(jsonencode([var.config_env, var.secret_env, var.secret_files]))
      contents_version = var.contents_version
      logins           = sha256(jsonencode({ for registry, login in var.registry_auth : registry => [login.username, login.password_version] }))
    }
  }
  queries = { (var.name) = local.deploy_query }
}

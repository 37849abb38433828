# Where the executables are: in the folder that was given, else in the checkout that this module
# is in, else on PATH. A destroy provisioner has the same expression with what its resource
# keeps, so that a folder of another machine, or one that is gone, is no matter.

locals {
  # The first version that knows every key of the queries below. Raised by whoever lets
  # this module use a newer one.
  oldest_helpers = "0.2.0"

  helper_folders = compact([var.helpers, "${path.module}/../../bin"])

  program = {
    for name in ["prepare-node", "init-swarm", "join-node", "fetch-tokens", "describe-swarm", "fetch-host-key", "roll-swarm", "restore-swarm", "backup-swarm", "store-tokens", "docker-tunnel", "watch-swarm"] :
    name => concat([
      for folder in local.helper_folders : "${pathexpand(folder)}/${name}" if try(fileexists("${folder}/${name}"), false)
    ], [name])[0]
  }
}

# Nothing depends on it: it ends the plan of all that is planned with it.
module "executables" {
  source = "./executables"

  folders = local.helper_folders
  oldest  = local.oldest_helpers
}

check "helpers" {
  assert {
    condition     = var.helpers == null ? true : try(fileexists("${var.helpers}/join-node"), false)
    error_message = "helpers is \"${var.helpers == null ? "" : var.helpers}\", where there is no join-node; the executables of the checkout or those on PATH are run instead. Correct it, or leave it out."
  }
}

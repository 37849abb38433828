# The files of this machine that the executables are going to read. One that is missing would
# be said by the first executable only, when the machines are there already.

locals {
  # By lookup, since Terraform shows the value of what a condition names.
  read_files = {
    "ssh.private_key"         = var.ssh.private_key_env == null ? lookup(var.ssh, "private_key", null) : null
    "ssh.bastion_private_key" = lookup(var.ssh, "bastion_private_key", null)
    "prepare.script"          = try(var.prepare.script, null)
  }

  missing_files = !var.check_files ? [] : [
    for setting, path in local.read_files :
    strcontains(path, "PRIVATE KEY") ? "${setting} is a key; its path is wanted" : "${setting} is ${path}, but there is no such file"
    if path == null ? false : !try(fileexists(pathexpand(path)), false)
  ]
}

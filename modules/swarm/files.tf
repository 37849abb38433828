# The files of this machine that the executables are going to read. One that is missing would
# be said by the first executable only, when the machines are there already.

locals {
  missing_files = !var.check_files ? [] : [
    for setting, path in local.read_files :
    strcontains(path, "PRIVATE KEY") ? "${setting} is a key; its path is wanted" : "${setting} is ${path}, but there is no such file"
    if path == null ? false : !try(fileexists(pathexpand(path)), false)
  ]
}

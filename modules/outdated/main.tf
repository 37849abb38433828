# What each machine was made with, remembered for as long as it lives, beside what a new one
# would be made with today. Machines that live are never changed or replaced for a newer
# value: what differs is told, and taken over one machine at a time.

resource "terraform_data" "made_with" {
  for_each = var.wanted

  input            = each.value
  triggers_replace = var.machines[each.key]

  lifecycle {
    ignore_changes = [input]
  }
}

locals {
  # What a later release tells of besides is as it was.
  differs = {
    for name, wanted in var.wanted : name => {
      for key, value in wanted : key => "${coalesce(lookup(terraform_data.made_with[name].input, key, value), "none")}, and ${coalesce(value, "none")} in new ones"
      if lookup(terraform_data.made_with[name].input, key, value) != value
    }
  }

  outdated = { for name, differs in local.differs : name => differs if length(differs) > 0 }

  # A newer image or script comes along all the time, and by itself.
  warned = {
    for name, differs in local.outdated : name => [for key, what in differs : "${key}: ${what}" if !contains(var.quiet, key)]
    if length(setsubtract(keys(differs), var.quiet)) > 0
  }
}

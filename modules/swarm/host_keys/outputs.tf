output "keys" {
  description = "By name: the public key that the machine has proved to hold, type and base64; empty where it could not be read."
  value       = { for name, key in merge(module.first.keys, module.again.keys) : name => key == null ? "" : key }

  # A destroy takes no notice of this and uses what the leaves have.

  precondition {
    condition     = !anytrue(values(module.again.cut_off))
    error_message = "The host key of ${join(" and ", [for name, missing in module.again.cut_off : name if missing])} was read twice by runs that were cut off; apply with -replace='ADDRESS.module.first.terraform_data.read[\"NAME\"]', with the address of this module and that name, and it is read again."
  }
}

output "known" {
  description = "By name: whether the key was in the state before this run."
  value = {
    for name, new in merge(module.first.new, module.again.new) :
    name => !new && !lookup(module.again.cut_off, name, false) && !lookup(module.again.failed, name, false)
  }
}

output "ids" {
  description = "By name: the ID under which ../tried.sh keeps the result of the reading."
  value       = merge(module.first.ids, module.again.ids)
}

output "unread" {
  description = "Names of which the state has no key, after two applies."
  value       = [for name, failed in module.again.failed : name if failed]
}

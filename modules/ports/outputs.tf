output "members" {
  description = "What the nodes need of each other, by name of the rule: protocol (\"tcp\", \"udp\" or \"50\", ESP, which has no ports), from, to, description."
  value       = local.members
}

output "ssh" {
  description = "The rules for SSH alone: protocol, from, to, cidr, description; by a key made of these."
  value       = { for rule in local.ssh : "${rule.protocol}-${rule.from}-${rule.cidr}" => rule }
}

output "public" {
  description = "What others may reach, SSH and published ports: protocol, from, to, cidr, description; by a key made of these."
  value       = { for key, rules in local.public : key => rules[0] }
}

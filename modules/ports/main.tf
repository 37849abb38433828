# Which ports a swarm needs, as data: every cloud makes its own rules from it, so
# that they cannot differ.

locals {
  # Docker's API without and with TLS, members talking among themselves.
  closed = [2375, 2376, 7946]

  members = {
    for key, rule in {
      "swarm-tcp"   = { protocol = "tcp", port = var.swarm.listen_port, why = "cluster management" }
      "gossip-tcp"  = { protocol = "tcp", port = 7946, why = "members finding each other" }
      "gossip-udp"  = { protocol = "udp", port = 7946, why = "members finding each other" }
      "overlay-udp" = { protocol = "udp", port = var.swarm.data_path_port, why = "overlay networks" }
      # A protocol of its own, without ports.
      "overlay-esp" = { protocol = "50", port = 0, why = "encrypted overlay networks" }
      "metrics-tcp" = { protocol = "tcp", port = var.metrics_port, why = "metrics of the daemons" }
      } : key => {
      protocol    = rule.protocol
      from        = rule.port
      to          = rule.port
      description = "Swarm: ${rule.why}"
    } if rule.port != null
  }

  ssh = [for cidr in var.ssh_cidrs : { protocol = "tcp", from = var.ssh_port, to = var.ssh_port, cidr = cidr, description = "SSH" }]

  ingress = flatten([for rule in var.ingress_ports : [
    for cidr in rule.cidrs : {
      protocol    = rule.protocol
      from        = rule.port
      to          = coalesce(rule.to, rule.port)
      cidr        = cidr
      description = "Published by services"
    }
  ]])

  # Asked for twice is the same as once.
  public = {
    for rule in concat(local.ssh, local.ingress) :
    "${rule.protocol}-${rule.from}${rule.to == rule.from ? "" : "-${rule.to}"}-${rule.cidr}" => rule...
  }
}

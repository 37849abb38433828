# A bastion that is made along with the nodes: every leave goes through it, and what is known
# of its key goes with it.

module "bastion" {
  source = "./bastion"
  count  = length(var.ssh.bastion_machines) > 0 && var.ssh.known_hosts != null ? 1 : 0

  machine     = join(",", var.ssh.bastion_machines)
  host        = var.ssh.bastion_host
  port        = coalesce(var.ssh.bastion_port, 22)
  known_hosts = var.ssh.known_hosts
  helpers     = var.helpers
}

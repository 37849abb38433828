# Where a state of 0.1.0 has what stands beside the machines today.

moved {
  from = module.scaleway.module.swarm
  to   = module.swarm
}

moved {
  from = module.scaleway.module.bastion_known_host
  to   = module.swarm.module.bastion
}

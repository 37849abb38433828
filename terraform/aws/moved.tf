# Where a state of 0.1.0 has what stands beside the machines today.

moved {
  from = module.aws.module.swarm
  to   = module.swarm
}

moved {
  from = module.aws.module.bastion_known_host
  to   = module.swarm.module.bastion
}

moved {
  from = module.aws.module.protection
  to   = module.swarm.module.protection
}

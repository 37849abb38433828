# Where the resources are that states of earlier versions have.

moved {
  from = terraform_data.going
  to   = terraform_data.teardown_file
}

moved {
  from = terraform_data.prepare
  to   = module.prepare.terraform_data.run
}

moved {
  from = terraform_data.prepared
  to   = module.prepare.terraform_data.confirm
}

moved {
  from = terraform_data.init[0]
  to   = module.init.terraform_data.run["swarm"]
}

moved {
  from = terraform_data.made[0]
  to   = module.init.terraform_data.confirm["swarm"]
}

moved {
  from = terraform_data.join
  to   = module.join.terraform_data.run
}

moved {
  from = terraform_data.joined
  to   = module.join.terraform_data.confirm
}

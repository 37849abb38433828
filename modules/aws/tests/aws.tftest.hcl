mock_provider "aws" {
  mock_data "aws_availability_zones" {
    defaults = { names = ["eu-west-1a", "eu-west-1b", "eu-west-1c"] }
  }
  mock_data "aws_ec2_instance_type" {
    defaults = { supported_architectures = ["x86_64"], ebs_optimized_support = "default" }
  }
  mock_data "aws_ec2_instance_type_offerings" {
    defaults = {
      instance_types = ["t3.small", "t3.small", "t3.small", "t3.micro", "t3.large", "t3.large", "t3.large"]
      locations      = ["eu-west-1a", "eu-west-1b", "eu-west-1c", "eu-west-1a", "eu-west-1a", "eu-west-1b", "eu-west-1c"]
    }
  }
  mock_data "aws_ami" {
    defaults = { id = "ami-0123" }
  }
  mock_data "aws_instances" {
    defaults = { ids = [] }
  }
  mock_data "aws_subnet" {
    defaults = { availability_zone = "eu-west-1b" }
  }
}

variables {
  cluster   = "dev"
  ssh_cidrs = ["203.0.113.7/32", "2001:db8::/48"]
  key_name  = "me"
}

run "a_public_cluster" {
  command = plan

  variables {
    groups           = { manager = { count = 3 }, worker = { count = 4 } }
    protect_managers = true
    ingress_ports    = [{ port = 80, cidrs = ["0.0.0.0/0"] }]
    docker           = { metrics_address = "0.0.0.0:9323" }
  }

  assert {
    condition     = { for zone, subnet in aws_subnet.public : zone => subnet.cidr_block } == { eu-west-1a = "10.64.0.0/20", eu-west-1b = "10.64.16.0/20", eu-west-1c = "10.64.32.0/20" }
    error_message = "A subnet in each zone."
  }

  assert {
    condition     = join(" ", [for name, node in local.nodes : node.place]) == "0 1 2 0 1 2 0"
    error_message = "Nodes go to the subnets in turn, managers and workers each for themselves."
  }

  assert {
    condition     = aws_instance.node["dev-manager-2"].disable_api_termination && !aws_instance.node["dev-worker-1"].disable_api_termination
    error_message = "Managers are protected, workers are not."
  }

  assert {
    condition     = { for name, node in output.nodes : name => "${node.role} ${node.protection.enabled}" if endswith(name, "-1") } == { dev-manager-1 = "manager true", dev-worker-1 = "worker false" }
    error_message = "modules/swarm hears of the nodes, and of who is protected."
  }

  assert {
    condition     = join(" ", sort(keys(aws_vpc_security_group_ingress_rule.member))) == "gossip-tcp gossip-udp metrics-tcp overlay-esp overlay-udp swarm-tcp"
    error_message = "Members reach each other on the swarm's ports and the metrics."
  }

  assert {
    condition     = join(" ", sort(keys(aws_vpc_security_group_ingress_rule.public))) == "tcp-22-2001:db8::/48 tcp-22-203.0.113.7/32 tcp-80-0.0.0.0/0"
    error_message = "SSH and what services publish, and nothing else."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.public["tcp-22-2001:db8::/48"].cidr_ipv6 == "2001:db8::/48" && aws_vpc_security_group_ingress_rule.public["tcp-22-2001:db8::/48"].cidr_ipv4 == null
    error_message = "IPv6 networks are that."
  }

  assert {
    condition     = data.aws_availability_zones.available[0].state == null
    error_message = "A zone that is impaired stays in its place."
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 0 && length(aws_instance.bastion) == 0
    error_message = "A public network has no need of a way out or in."
  }
}

run "a_private_cluster" {
  command = plan

  variables {
    network = "private"
    nat     = "zone"
    swarm   = { listen_port = 2400, data_path_port = 7789 }
    groups  = { batch = { count = 2, spot = true, disk = { docker_size = 100 } } }
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 3 && length(aws_subnet.private) == 3 && aws_subnet.private["eu-west-1a"].cidr_block == "10.64.128.0/20"
    error_message = "A way out in each zone."
  }

  assert {
    condition     = !anytrue([for instance in aws_instance.node : instance.associate_public_ip_address])
    error_message = "No node has a public address."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.member["swarm-tcp"].from_port == 2400 && aws_vpc_security_group_ingress_rule.member["overlay-udp"].to_port == 7789
    error_message = "Ports that are not Docker's own reach the rules."
  }

  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.public) == 0 && length(aws_vpc_security_group_ingress_rule.bastion) == 2
    error_message = "SSH from outside ends at the bastion."
  }

  assert {
    condition     = one(aws_instance.node["dev-batch-1"].ebs_block_device).volume_size == 100 && one(aws_instance.node["dev-batch-1"].ebs_block_device).encrypted && length(aws_instance.node["dev-worker-1"].ebs_block_device) == 0
    error_message = "A disk for Docker where it is asked for, encrypted."
  }
}

run "groups_of_their_own_kind" {
  command = plan

  variables {
    groups = {
      manager = { count = 3, zones = ["eu-west-1c", "eu-west-1a"] }
      batch   = { count = 1, type = "t3.large", image = { id = "ami-9", user = "core" }, instance_profile = "batch", security_group_ids = ["sg-9"], script = "echo batch" }
      idle    = { count = 0, type = "t9.none" }
    }
    security_group_ids = ["sg-1"]
    instance_profile   = "all"
    labels             = { dev-batch-1 = { a = "b" } }
  }

  assert {
    condition     = join(" ", [for name, zone in local.zone_of : "${name}=${substr(zone, 9, 1)}"]) == "dev-batch-1=a dev-manager-1=c dev-manager-2=a dev-manager-3=c dev-worker-1=a dev-worker-2=b"
    error_message = "A group is in its own zones, or in those of the cluster; manager and worker are there by default."
  }

  assert {
    condition     = aws_instance.node["dev-batch-1"].ami == "ami-9" && aws_instance.node["dev-worker-1"].ami == "ami-0123" && { for name, node in output.nodes : name => node.ssh_user if endswith(name, "-1") } == { dev-batch-1 = "core", dev-manager-1 = "ubuntu", dev-worker-1 = "ubuntu" }
    error_message = "A group has an image of its own, and who logs in there."
  }

  assert {
    condition     = aws_instance.node["dev-batch-1"].iam_instance_profile == "batch" && aws_instance.node["dev-worker-1"].iam_instance_profile == "all" && aws_instance.node["dev-batch-1"].instance_type == "t3.large"
    error_message = "A group's own profile and type win."
  }

  assert {
    condition     = strcontains(nonsensitive(module.user_data["batch"].rendered["dev-batch-1"]), "echo batch") && !strcontains(nonsensitive(module.user_data["worker"].rendered["dev-worker-1"]), "echo batch")
    error_message = "A group's script is its own."
  }

  assert {
    condition     = output.nodes["dev-batch-1"].role == "worker" && output.nodes["dev-batch-1"].labels == tomap({ a = "b" })
    error_message = "A group is of workers unless it says otherwise."
  }
}

run "a_zone_that_the_vpc_is_not_in" {
  command = plan

  variables {
    groups = { worker = { zones = ["eu-west-1z"] } }
  }

  override_data {
    target = data.aws_ec2_instance_type_offerings.zones
    values = { instance_types = ["t3.small", "t3.small"], locations = ["eu-west-1a", "eu-west-1z"] }
  }

  expect_failures = [aws_vpc.this]
}

run "managers_on_spot_instances" {
  command = plan

  variables {
    groups = { manager = { spot = true } }
  }

  expect_failures = [var.groups]
}

run "no_bastion" {
  command = plan

  variables {
    network = "private"
    bastion = { enabled = false }
  }

  assert {
    condition     = length(aws_instance.bastion) == 0 && output.bastion == null && output.ssh.bastion_host == null && length(aws_vpc_security_group_ingress_rule.public) == 2
    error_message = "Nodes are reached by their private addresses, from where SSH is let in."
  }
}

run "a_bastion_before_public_nodes" {
  command = plan

  variables {
    bastion = { host = "203.0.113.9" }
  }

  expect_failures = [var.bastion]
}

run "images_for_arm" {
  command = plan

  variables {
    image = { distribution = "debian-13" }
  }

  override_data {
    target = data.aws_ec2_instance_type.this
    values = { supported_architectures = ["arm64"], ebs_optimized_support = "default" }
  }

  assert {
    condition     = join(" ", keys(data.aws_ami.this)) == "136693071363/debian-13-arm64-*/arm64" && local.ssh_user == "admin"
    error_message = "The image follows the type, the user the image."
  }
}

run "a_bastion_of_ones_own" {
  command = plan

  variables {
    network    = "private"
    vpc_id     = "vpc-1"
    subnet_ids = ["subnet-1", "subnet-2"]
    bastion    = { host = "203.0.113.9", user = "jump" }
  }

  assert {
    condition     = length(aws_instance.bastion) == 0 && length(aws_vpc.this) == 0 && output.bastion.host == "203.0.113.9"
    error_message = "Nothing of the network is made."
  }

  assert {
    condition     = length(aws_vpc_security_group_ingress_rule.public) == 2
    error_message = "SSH is let in from where that bastion comes from."
  }

  assert {
    condition     = "${output.ssh.user} ${output.ssh.bastion_user}@${output.ssh.bastion_host}:${output.ssh.bastion_port}" == "ubuntu jump@203.0.113.9:22" && length(output.ssh.bastion_machines) == 0
    error_message = "modules/swarm hears of it, and that it is none of Terraform's."
  }
}

run "a_bastion_without_a_subnet" {
  command = plan

  variables {
    network    = "private"
    vpc_id     = "vpc-1"
    subnet_ids = ["subnet-1"]
  }

  expect_failures = [var.create_bastion]
}

# ---- a network that has no ids yet ----

run "a_vpc_made_in_the_same_root" {
  command = plan

  module {
    source = "./tests/own-subnets"
  }

  assert {
    condition     = length(output.aws.public_subnet_ids) == 0 && join(" ", sort(keys(output.aws.instance_ids))) == "dev-batch-1 dev-batch-2 dev-manager-1 dev-worker-1 dev-worker-2"
    error_message = "No VPC is made, and every instance is planned."
  }

  assert {
    condition     = length(output.aws.ssh.bastion_machines) == 1
    error_message = "A bastion is made in a subnet that is made."
  }
}

run "it_is_made" {
  module {
    source = "./tests/own-subnets"
  }

  # The fake provider calls every type the one that it is asked for, and every zone the same.
  assert {
    condition     = length(output.aws.outdated) == 0
    error_message = "What is new is up to date."
  }
}

run "its_subnets_in_another_order" {
  command = plan

  variables {
    reversed = true
  }

  module {
    source = "./tests/own-subnets"
  }

  assert {
    condition     = output.aws.instance_ids == run.it_is_made.aws.instance_ids && join(" ", keys(output.aws.outdated)) == "dev-manager-1 dev-worker-1 dev-worker-2" && join(" ", keys(output.aws.outdated["dev-manager-1"])) == "subnet"
    error_message = "No instance moves, and it is told where a new one would be."
  }
}

run "a_network_and_a_bastion_made_in_the_same_root" {
  command = plan

  variables {
    private_key = "tests/files/key"
    public_key  = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPwjgmeWkkCvMSnbyqwx2IU+4LhnxE8rbmbpZxEXB8S nobody"
    image       = { id = "ami-0123", user = "root" }
    ssh_cidrs   = ["203.0.113.7/32"]
  }

  module {
    source = "./examples/own-network"
  }

  assert {
    condition     = length(module.aws.public_subnet_ids) == 0 && length(module.aws.ssh.bastion_machines) == 0 && length(module.aws.instance_ids) == 3
    error_message = "Neither a VPC nor a bastion is made a second time."
  }
}

run "a_vpc_that_is_given_and_made" {
  command = plan

  variables {
    create_vpc = true
    vpc_id     = "vpc-1"
    subnet_ids = ["subnet-1"]
  }

  expect_failures = [var.create_vpc]
}

run "a_vpc_that_is_neither" {
  command = plan

  variables {
    create_vpc = false
  }

  # Its zones are looked up in subnets, of which there are none.
  expect_failures = [var.create_vpc]
}

run "a_bastion_that_is_neither" {
  command = plan

  variables {
    network        = "private"
    create_bastion = false
  }

  expect_failures = [var.create_bastion]
}

run "a_bastion_that_is_given_and_made" {
  command = plan

  variables {
    network        = "private"
    create_bastion = true
    bastion        = { host = "203.0.113.9" }
  }

  expect_failures = [var.create_bastion]
}

run "a_public_key" {
  command = plan

  variables {
    key_name   = null
    public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPwjgmeWkkCvMSnbyqwx2IU+4LhnxE8rbmbpZxEXB8S somebody with blanks\n"
  }

  assert {
    condition     = one(aws_key_pair.this[*].public_key) == trimspace(var.public_key) && local.key_name == "dev"
    error_message = "A key pair is made of the key that is given, not of a file."
  }
}

run "a_public_key_by_its_path" {
  command = plan

  variables {
    key_name   = null
    public_key = "tests/files/key.pub"
  }

  expect_failures = [var.public_key]
}

run "a_public_key_that_is_cut" {
  command = plan

  variables {
    key_name   = null
    public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPwjgmeWkkCvMSnbyqwx2IU+4LhnxE8rbmb nobody"
  }

  expect_failures = [var.public_key]
}

# ---- a cluster that lives ----
# Made in the fake provider's state.

run "made" {
  variables {
    groups = { manager = { count = 3 }, worker = { count = 2 } }
    zones  = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
  }

  assert {
    condition     = length(output.outdated) == 0
    error_message = "What is new is up to date."
  }
}

run "another_type_and_disks" {
  command = plan

  variables {
    groups = {
      manager = { count = 3, type = "t3.large" }
      worker  = { count = 2, disk = { size = 40, docker_size = 100 }, spot = true }
    }
    zones = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
  }

  assert {
    condition     = { for name, instance in aws_instance.node : name => "${instance.id} ${instance.instance_type} ${one(instance.root_block_device).volume_size}" } == { for name, id in run.made.instance_ids : name => "${id} t3.small 20" }
    error_message = "No instance that lives is replaced or changed."
  }

  assert {
    condition     = output.outdated["dev-manager-1"] == { type = "t3.small, and t3.large in new ones" } && keys(output.outdated["dev-worker-1"]) == ["disk", "docker_disk", "spot", "user_data"]
    error_message = "What differs is an output."
  }

  expect_failures = [check.outdated]
}

run "growing_takes_the_new_values" {
  command = plan

  variables {
    groups = { manager = { count = 3 }, worker = { count = 3, type = "t3.large" } }
    zones  = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
  }

  assert {
    condition     = { for name, instance in aws_instance.node : name => instance.instance_type if strcontains(name, "worker") } == { dev-worker-1 = "t3.small", dev-worker-2 = "t3.small", dev-worker-3 = "t3.large" }
    error_message = "New instances are of the new type, others stay."
  }

  expect_failures = [check.outdated]
}

run "one_replaced_takes_the_new_values" {
  command = plan

  plan_options {
    replace = [aws_instance.node["dev-worker-1"]]
  }

  variables {
    groups = { manager = { count = 3 }, worker = { count = 2, type = "t3.large" } }
    zones  = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
  }

  assert {
    condition     = aws_instance.node["dev-worker-1"].instance_type == "t3.large" && aws_instance.node["dev-worker-2"].instance_type == "t3.small" && keys(output.outdated) == ["dev-worker-2"]
    error_message = "The one that is replaced has the new values, the other one stays."
  }

  expect_failures = [check.outdated]
}

run "zones_in_another_order" {
  command = plan

  variables {
    groups = { manager = { count = 3 }, worker = { count = 2 } }
    zones  = ["eu-west-1c", "eu-west-1a", "eu-west-1b"]
  }

  assert {
    condition     = { for name, instance in aws_instance.node : name => instance.id } == run.made.instance_ids && { for zone, subnet in aws_subnet.public : zone => subnet.cidr_block } == { eu-west-1a = "10.64.0.0/20", eu-west-1b = "10.64.16.0/20", eu-west-1c = "10.64.32.0/20" }
    error_message = "Neither an instance nor a subnet moves."
  }

  assert {
    condition     = output.outdated["dev-manager-1"] == { zone = "eu-west-1a, and eu-west-1c in new ones" }
    error_message = "Where a new one would be is told."
  }

  expect_failures = [check.outdated]
}

run "a_zone_less_with_instances_in_it" {
  command = plan

  variables {
    groups = { manager = { count = 3 }, worker = { count = 2 } }
    zones  = ["eu-west-1b", "eu-west-1c"]
  }

  expect_failures = [output.zones, check.outdated]
}

run "an_instance_stopped" {
  command = plan

  variables {
    groups = { manager = { count = 3 }, worker = { count = 2 } }
    zones  = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
  }

  override_data {
    target = data.aws_instances.stopped
    values = { ids = ["i-0123456789abcdef0"] }
  }

  expect_failures = [check.running]
}

run "an_instance_without_an_address" {
  variables {
    groups = { manager = { count = 3 }, worker = { count = 3 } }
    zones  = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
  }

  override_resource {
    target = aws_instance.node["dev-worker-3"]
    values = { public_ip = "" }
  }

  assert {
    condition     = local.ssh_host["dev-worker-3"] == "dev-worker-3.stopped.invalid" && local.ssh_host["dev-worker-2"] == aws_instance.node["dev-worker-2"].public_ip
    error_message = "Who has no address has one that nobody answers at."
  }
}

run "host_keys_on_the_console" {
  command = plan

  variables {
    groups          = { manager = { count = 3 }, worker = { count = 3 } }
    zones           = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    host_key_source = "console"
  }

  assert {
    condition     = strcontains(nonsensitive(module.user_data["worker"].rendered["dev-worker-1"]), file("../user_data/publish-console.sh"))
    error_message = "Every instance publishes its host keys."
  }

  assert {
    condition     = alltrue([for name, node in output.nodes : endswith(node.host_key_command, "/published-key.sh' ${aws_instance.node[name].region} ${aws_instance.node[name].id}")])
    error_message = "They are read in the region of the instance."
  }
}

run "host_keys_are_not_published" {
  command = plan

  variables {
    groups = { manager = { count = 3 }, worker = { count = 3 } }
    zones  = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
  }

  assert {
    condition     = !strcontains(nonsensitive(module.user_data["worker"].rendered["dev-worker-1"]), "swarm-host-key") && output.nodes["dev-worker-1"].host_key_command == null
    error_message = "By default nothing is published, and nobody looks for it."
  }
}

run "an_unknown_source_of_host_keys" {
  command = plan

  variables {
    host_key_source = "user-data"
  }

  expect_failures = [var.host_key_source]
}

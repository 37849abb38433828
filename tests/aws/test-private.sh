#!/usr/bin/env bash
# test-private.sh - examples/private-bastion from the first apply to the last destroy: nothing
# but the bastion is reached, and everything works through it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

C=awsb
M=$C-manager-1
POOL='pools={batch={count=1,spot=true,labels={batch="yes"}}}'

not() { ! "$@"; }

# all MANAGERS WORKERS: as ready, with the node of the pool
all() { echo "$C-batch-1=worker=ready $(ready $C "$1" "$2")"; }

test_birth() {
	counts 1 1
	apply "birth: 1 + 1 and a pool of 1" "${COMMON[@]}" "${COUNTS[@]}" -var "$POOL"
	equal "birth: all nodes are ready" "$(all 1 1)" "$(names_of $M)"
	check "birth: nodes advertise private addresses only" only_private $M 10.65.
	equal "birth: the pool's label is in the swarm" '{"batch":"yes"}' \
		"$(on $M docker node inspect $C-batch-1 --format '{{json .Spec.Labels}}')"
	equal "birth: the pool is spot" '["awsb-batch-1"]' \
		"$(instances 'map(select(.InstanceLifecycle == "spot") | .Name)')"
	empty_plan "birth: the next plan is empty"
}

test_ways() {
	local address bastion
	equal "only the bastion has a public address" "[\"$C-bastion\"]" \
		"$(instances 'map(select(.PublicIpAddress) | .Name)')"
	equal "no Elastic IP but the NAT gateway's" 1 "$(aws ec2 describe_addresses | jq '.Addresses | length')"
	address=$(instances "map(select(.Name == \"$M\"))[0].PrivateIpAddress" | tr -d '"')
	bastion=$(instances 'map(.PublicIpAddress // empty)[0]' | tr -d '"')
	check "a node is not reached directly" not reaches "$address" 22
	check "the bastion is" reaches "$bastion" 22
	equal "nodes: members on the ports asked for, SSH from the bastion" \
		"in 50 - $C-nodes,in tcp 22-22 $C-bastion,in tcp 2400-2400 $C-nodes,in tcp 7946-7946 $C-nodes,in tcp 80-80 10.65.0.0/16,in udp 7789-7789 $C-nodes,in udp 7946-7946 $C-nodes,out -1 - 0.0.0.0/0,out -1 - ::/0" \
		"$(rules $C-nodes)"
	equal "bastion: SSH from here and to the nodes, updates" \
		"in tcp 22-22 $OPERATOR,out tcp 22-22 $C-nodes,out tcp 443-443 0.0.0.0/0,out tcp 80-80 0.0.0.0/0" "$(rules $C-bastion)"
}

test_growth() {
	start_work $M 3 $M $C-worker-1 $C-batch-1
	counts 3 2
	apply "growth: 3 + 2" "${COMMON[@]}" "${COUNTS[@]}" -var "$POOL"
	equal "growth: all nodes are ready" "$(all 3 2)" "$(names_of $M)"
	equal "growth: private subnets in three zones" '["us-east-1a","us-east-1b","us-east-1c"]' \
		"$(instances 'map(select(.Name | test("manager")) | .Placement.AvailabilityZone) | unique')"
	empty_plan "growth: the next plan is empty"
}

test_shrinking() {
	give_image $C-worker-2
	spread_work $M 6
	watch_ends $C-worker-2
	counts 3 1
	apply "shrinking: 3 + 1" "${COMMON[@]}" "${COUNTS[@]}" -var "$POOL"
	check "shrinking: tasks that need 10 s ended by themselves" ended_well $C-worker-2
	equal "shrinking: the node is out of the swarm" "$(all 3 1)" "$(names_of $M)"
}

test_replacement() {
	local before
	before=$(instance_of $C-worker-1)
	apply "replace: a worker" "${COMMON[@]}" "${COUNTS[@]}" -var "$POOL" -replace "module.aws.aws_instance.node[\"$C-worker-1\"]"
	check "replace: it is another instance" [ "$before" != "$(instance_of $C-worker-1)" ]
	equal "replace: all nodes are ready" "$(all 3 1)" "$(names_of $M)"
	terminate $C-bastion
	apply "repair: a bastion terminated behind Terraform's back" "${COMMON[@]}" "${COUNTS[@]}" -var "$POOL"
	empty_plan "repair: the next plan is empty"
}

test_destroy() {
	destroy "destroy"
	for what in aws_instance.bastion aws_nat_gateway aws_route aws_vpc_security_group_ingress_rule; do
		went_after "destroy: $what went after every leave" 'terraform_data.leave\[' "$what"
	done
	nothing_left "destroy"
}

begin
example private-bastion $C
test_birth
test_ways
test_growth
test_shrinking
test_replacement
test_destroy
finish_cloud

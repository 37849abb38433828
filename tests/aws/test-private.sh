#!/usr/bin/env bash
# test-private.sh - examples/private-bastion: nothing but the bastion is reached, and a whole
# life goes through it; a group of spot workers, ports that are not Docker's.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

C=awsb
MORE=(-var 'batch={count=1,spot=true,labels={batch="yes"}}')
EXTRA="$C-batch-1=worker=ready "
# shellcheck source-path=SCRIPTDIR source=life.sh
. "$ROOT/tests/aws/life.sh"

test_birth() {
	change "birth: 1 + 1 and a group of 1" 1 1
	all_ready "birth: all nodes are ready" 1 1
	check "birth: nodes advertise private addresses only" only_private "$M" 10.65.
	equal "birth: the group's label is in the swarm" '{"batch":"yes"}' \
		"$(on "$M" docker node inspect "$C-batch-1" --format '{{json .Spec.Labels}}')"
	equal "birth: the group is spot, and nothing else" "[\"$C-batch-1\"]" \
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
	check "a node is not reached directly" closed "$address" 22
	check "the bastion is" reaches "$bastion" 22
	equal "nodes: members on the ports asked for, SSH from the bastion" \
		"in 50 - $C-nodes,in tcp 22-22 $C-bastion,in tcp 2400-2400 $C-nodes,in tcp 7946-7946 $C-nodes,in tcp 80-80 10.65.0.0/16,in udp 7789-7789 $C-nodes,in udp 7946-7946 $C-nodes,out -1 - 0.0.0.0/0,out -1 - ::/0" \
		"$(rules "$C-nodes")"
	equal "bastion: SSH from here and to the nodes, updates" \
		"in tcp 22-22 $OPERATOR,out tcp 22-22 $C-nodes,out tcp 443-443 0.0.0.0/0,out tcp 80-80 0.0.0.0/0" "$(rules "$C-bastion")"
}

# output NAME: as JSON
output() { "$TF" -chdir="$DIR" output -json "$1"; }

# shell_on NODE COMMAND: with the command that the outputs have for it
shell_on() {
	local ssh
	ssh=$(output ssh | jq -r --arg node "$1" '.[$node]')
	(cd "$DIR" && timeout 30 sh -c "$ssh $2" </dev/null)
}

# docker_node_ls: with the context that the outputs make
docker_node_ls() {
	export DOCKER_CONFIG=$WORK/docker
	(cd "$DIR" && eval "$(output docker_context | jq -r .)") >/dev/null 2>&1
	timeout 60 docker --context "$C" node ls --format '{{.Hostname}}' </dev/null | sort | paste -sd' ' -
	(cd "$DIR" && "$TREE/modules/swarm/docker-context.sh" --end "$C")
}

test_shell() {
	equal "output ssh is a shell on a node, by the bastion" "$M" "$(shell_on "$M" hostname 2>&1)"
	equal "output docker_context reaches the swarm, by the bastion" "$C-batch-1 $M $C-worker-1" "$(docker_node_ls 2>&1)"
}

test_repair() {
	terminate "$C-bastion"
	change "repair: a bastion terminated behind Terraform's back" 3 2
	all_ready "repair: the nodes are the same" 3 2
	empty_plan "repair: the next plan is empty"
}

begin
example private-bastion "$C"
play test_birth test_ways test_shell
life_growth
life_shrinking
life_replacement
play test_repair
life_end '' aws_instance.bastion aws_nat_gateway aws_route
finish_cloud

#!/usr/bin/env bash
# test-own-network.sh - examples/own-network: a VPC, subnets, a way out and a bastion that are
# made in the same apply as the cluster in them, and taken away with it after every node has left.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

C=awso
MORE=()
EXTRA=
# shellcheck source-path=SCRIPTDIR source=life.sh
. "$ROOT/tests/aws/life.sh"

test_birth() {
	change "birth: 1 + 1, its network and bastion, in one apply" 1 1
	all_ready "birth: all nodes are ready" 1 1
	check "birth: nodes advertise private addresses only" only_private "$M" 10.67.
	equal "birth: only the bastion has a public address" "[\"$C-own\"]" "$(instances 'map(select(.PublicIpAddress) | .Name)')"
	equal "birth: there is one VPC" 1 "$(aws ec2 describe_vpcs | jq '[.Vpcs[] | select(.IsDefault | not)] | length')"
	check "birth: its routes were there before the first instance" came_after aws_route.nat module.aws.aws_instance.node
	empty_plan "birth: the next plan is empty"
}

# came_after FIRST SECOND: in the last apply, the making of SECOND began when FIRST was there
came_after() {
	local first second
	first=$(grep -nF "$1: Creation complete" "$WORK/apply" | tail -n 1 | cut -d: -f1)
	second=$(grep -nF "$2" "$WORK/apply" | grep -F ': Creating...' | head -n 1 | cut -d: -f1)
	[ -n "$first" ] && [ -n "$second" ] && [ "$first" -lt "$second" ]
}

test_destroy() {
	local what
	start_work "$M" 2 "$M" "$C-worker-1"
	watch_ends "$C-worker-1"
	destroy "destroy"
	check "destroy: tasks ended by themselves" ended_well "$C-worker-1"
	for what in aws_route.nat aws_route.internet aws_route_table_association aws_nat_gateway.this aws_instance.bastion \
		aws_vpc_security_group_ingress_rule.bastion aws_vpc_security_group_egress_rule.bastion; do
		went_after "destroy: $what went after every leave" 'terraform_data.leave\[' "^$what"
	done
	nothing_left "destroy"
	check "destroy: known_hosts is gone too" [ ! -s "$DIR/.swarm/$C.known_hosts" ]
}

begin
example own-network "$C"
play test_birth test_destroy
finish_cloud

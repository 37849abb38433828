#!/usr/bin/env bash
# test-public.sh - examples/public-minimal: a cluster with public addresses, led through its
# life, changed and repaired.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

C=awsa MORE=() EXTRA=''
# shellcheck source-path=SCRIPTDIR source=life.sh
. "$ROOT/tests/aws/life.sh"

test_birth() {
	change "birth: 1 + 2" 1 2
	all_ready "birth: all nodes are ready" 1 2
	check "birth: nodes advertise private addresses only" only_private "$M" 10.64.
	check "birth: no token is in the state" no_token
	empty_plan "birth: the next plan is empty"
}

test_instances() {
	equal "every node is in a zone by its number" \
		"$M=us-east-1a $C-worker-1=us-east-1a $C-worker-2=us-east-1b" "$(zones)"
	equal "every instance wants IMDSv2 with one hop" '[["enabled","required",1]]' \
		"$(instances 'map(.MetadataOptions | [.HttpEndpoint, .HttpTokens, .HttpPutResponseHopLimit]) | unique')"
	equal "every disk is gp3 and encrypted" '[["gp3",true]]' \
		"$(aws ec2 describe_volumes | jq -c '[.Volumes[] | [.VolumeType, .Encrypted]] | unique')"
	equal "every instance is tagged with its cluster" "[\"$C\"]" \
		"$(instances '[.[].Tags[] | select(.Key == "swarm") | .Value] | unique')"
	equal "no subnet gives out public addresses by itself" '[false]' \
		"$(aws ec2 describe_subnets | jq -c '[.Subnets[] | select(.DefaultForAz | not) | .MapPublicIpOnLaunch] | unique')"
}

test_rules() {
	equal "members among themselves, SSH from here, out everywhere" \
		"in 50 - $C-nodes,in tcp 22-22 $OPERATOR,in tcp 2377-2377 $C-nodes,in tcp 7946-7946 $C-nodes,in udp 4789-4789 $C-nodes,in udp 7946-7946 $C-nodes,out -1 - 0.0.0.0/0,out -1 - ::/0" \
		"$(rules "$C-nodes")"
	local address
	address=$(instances '.[0].PublicIpAddress' | tr -d '"')
	check "SSH is reached from here" reaches "$address" 22
	check "the swarm's port is not" closed "$address" 2377
}

test_changes() {
	local before
	before=$(instances 'map(.InstanceId)')
	OPTIONS=("${COMMON[@]}" "${COUNTS[@]}" -var "image={id=\"$(register other-amd64)\",user=\"root\"}")
	check "another image: nothing to do for instances that run" untouched
	equal "another image: the instances are the same" "$before" "$(instances 'map(.InstanceId)')"
}

test_impaired() {
	OPTIONS=("${COMMON[@]}" "${COUNTS[@]}")
	echo us-east-1a >"$WORK/impaired"
	equal "impaired: the first zone that is available is another one" '"us-east-1b"' "$(aws ec2 describe_availability_zones \
		'{"Filters":[{"Name":"state","Values":["available"]}]}' | jq '.AvailabilityZones[0].ZoneName')"
	empty_plan "impaired: nothing moves"
	rm "$WORK/impaired"
}

test_repair() {
	terminate "$C-worker-2"
	change "repair: an instance terminated behind Terraform's back" 3 2
	all_ready "repair: its dead node was removed and another came" 3 2
	empty_plan "repair: the next plan is empty"
}

# What the tests above rely on: a node is only reached where the fake's rules and routes let it.
test_cut() {
	local address rule table
	address=$(instances '.[0].PublicIpAddress' | tr -d '"')
	rule=$(aws ec2 describe_security_group_rules | jq -c '.SecurityGroupRules[] | select(.FromPort == 22) | {GroupId, SecurityGroupRules:
		[{SecurityGroupRuleId, SecurityGroupRule: {IpProtocol: "tcp", FromPort: 22, ToPort: 22, CidrIpv4: "192.0.2.0/24"}}]}')
	aws ec2 modify_security_group_rules "$rule" >/dev/null
	check "cut: a node whose rule is another is not reached" within 60 closed "$address" 22
	table=$(aws ec2 describe_route_tables | jq -r --arg name "$C-public" '.RouteTables[] | select(any(.Tags[]?; .Value == $name)) | .RouteTableId')
	aws ec2 delete_route "{\"RouteTableId\":\"$table\",\"DestinationCidrBlock\":\"0.0.0.0/0\"}" >/dev/null
	change "cut: the next apply puts rule and route back" 3 2
	check "cut: and the node is reached" within 60 reaches "$address" 22
	aws ec2 delete_route "{\"RouteTableId\":\"$table\",\"DestinationCidrBlock\":\"0.0.0.0/0\"}" >/dev/null
	check "cut: a node without its route is not reached" within 60 closed "$address" 22
	change "cut: the next apply puts the route back" 3 2
	check "cut: and the node is reached again" within 60 reaches "$address" 22
}

begin
example public-minimal "$C"
play test_birth test_instances test_rules
life_growth
life_shrinking
play test_changes test_impaired
life_replacement
play test_repair test_cut
life_end '' aws_route aws_internet_gateway
finish_cloud

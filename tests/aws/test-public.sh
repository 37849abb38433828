#!/usr/bin/env bash
# test-public.sh - examples/public-minimal from the first apply to the last destroy: made,
# grown over three zones, shrunk without killing a task, repaired, gone.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

C=awsa
M=$C-manager-1

test_birth() {
	counts 1 2
	apply "birth: 1 + 2" "${COMMON[@]}" "${COUNTS[@]}"
	equal "birth: all nodes are ready" "$(ready $C 1 2)" "$(names_of $M)"
	check "birth: nodes advertise private addresses only" only_private $M 10.64.
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
		"$(rules $C-nodes)"
	local address
	address=$(instances '.[0].PublicIpAddress' | tr -d '"')
	check "SSH is reached from here" reaches "$address" 22
	check "the swarm's port is not" not reaches "$address" 2377
}

not() { ! "$@"; }

test_growth() {
	local before
	start_work $M 3 $M $C-worker-1 $C-worker-2
	before=$(instances 'map(.InstanceId) | sort')
	counts 3 3
	apply "growth: 3 + 3" "${COMMON[@]}" "${COUNTS[@]}"
	equal "growth: all nodes are ready" "$(ready $C 3 3)" "$(names_of $M)"
	equal "growth: managers are in three zones" \
		"$M=us-east-1a $C-manager-2=us-east-1b $C-manager-3=us-east-1c $C-worker-1=us-east-1a $C-worker-2=us-east-1b $C-worker-3=us-east-1c" "$(zones)"
	equal "growth: instances that were there are the same" "$before" \
		"$(instances "map(.InstanceId) | . - (. - $before) | sort")"
}

test_shrinking() {
	local kept
	give_image $C-manager-2 $C-manager-3 $C-worker-3
	spread_work $M 6
	watch_ends $C-worker-3
	kept=$(instances 'map(select(.Name | endswith("worker-3") | not) | .InstanceId)')
	counts 3 2
	apply "shrinking: 3 + 2" "${COMMON[@]}" "${COUNTS[@]}"
	check "shrinking: tasks that need 10 s ended by themselves" ended_well $C-worker-3
	equal "shrinking: the node is out of the swarm" "$(ready $C 3 2)" "$(names_of $M)"
	equal "shrinking: no other instance was touched" "$kept" "$(instances 'map(.InstanceId)')"
	check "shrinking: the service is whole elsewhere" within 60 whole
}

whole() { [ "$(replicas $M)" = 6/6 ]; }

test_changes() {
	local before
	before=$(instances 'map(.InstanceId)')
	OPTIONS=("${COMMON[@]}" "${COUNTS[@]}" -var "image={id=\"$(register other-amd64)\",user=\"root\"}")
	empty_plan "another image: nothing to do for instances that run"
	equal "another image: the instances are the same" "$before" "$(instances 'map(.InstanceId)')"
}

test_replacement() {
	local before keys
	before=$(instance_of $C-manager-2)
	keys=$(wc -l <"$DIR/.swarm/$C.known_hosts")
	apply "replace: manager 2" "${COMMON[@]}" "${COUNTS[@]}" -replace "module.aws.aws_instance.node[\"$C-manager-2\"]"
	check "replace: it is another instance" [ "$before" != "$(instance_of $C-manager-2)" ]
	equal "replace: three managers and two workers" "$(ready $C 3 2)" "$(names_of $M)"
	equal "replace: known_hosts has a line for each, no more" "$keys" "$(wc -l <"$DIR/.swarm/$C.known_hosts")"
	terminate $C-worker-2
	apply "repair: an instance terminated behind Terraform's back" "${COMMON[@]}" "${COUNTS[@]}"
	equal "repair: its dead node was removed and another came" "$(ready $C 3 2)" "$(names_of $M)"
	empty_plan "repair: the next plan is empty"
}

test_destroy() {
	watch_ends $C-worker-1
	destroy "destroy"
	check "destroy: tasks ended by themselves" ended_well $C-worker-1
	went_after "destroy: rules went after every leave" 'terraform_data.leave\[' 'aws_vpc_security_group_(in|e)gress_rule'
	went_after "destroy: routes went after every leave" 'terraform_data.leave\[' 'aws_route'
	went_after "destroy: instances went after their leave" 'terraform_data.leave\[' 'aws_instance.node'
	nothing_left "destroy"
	check "destroy: known_hosts is gone too" [ ! -s "$DIR/.swarm/$C.known_hosts" ]
}

begin
example public-minimal $C
test_birth
test_instances
test_rules
test_growth
test_shrinking
test_changes
test_replacement
test_destroy
finish_cloud

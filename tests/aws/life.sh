# life.sh - the life that every example is led through, in parts: grown to three managers over
# three zones and three workers, shrunk while tasks need 10 s to stop, a node replaced, gone.
# Sourced by tests that set C, the cluster; MORE, options besides the common ones; and EXTRA,
# the nodes of other groups as names_of shows them.
# shellcheck shell=bash

M=$C-manager-1

# change NAME MANAGERS WORKERS [OPTION...]: applies that many
change() {
	local name=$1
	counts "$2" "$3"
	apply "$name" "${COMMON[@]}" "${COUNTS[@]}" "${MORE[@]}" "${@:4}"
}

# all_ready NAME MANAGERS WORKERS: the swarm has these nodes and no others
all_ready() { equal "$1" "$EXTRA$(ready "$C" "$2" "$3")" "$(names_of "$M")"; }

members() { nodes "$M" | cut -d' ' -f1; }

life_growth() {
	local before nodes
	mapfile -t nodes < <(members)
	start_work "$M" 3 "${nodes[@]}"
	before=$(instances 'map(.InstanceId) | sort')
	change "growth: 3 + 3" 3 3
	all_ready "growth: all nodes are ready" 3 3
	equal "growth: managers are in three zones" '["us-east-1a","us-east-1b","us-east-1c"]' \
		"$(instances 'map(select(.Name | test("manager")) | .Placement.AvailabilityZone) | unique')"
	equal "growth: instances that were there are the same" "$before" \
		"$(instances "map(.InstanceId) | . - (. - $before) | sort")"
	empty_plan "growth: the next plan is empty"
}

life_shrinking() {
	local kept
	give_image "$C-manager-2" "$C-manager-3" "$C-worker-2" "$C-worker-3"
	spread_work "$M" 8
	watch_ends "$C-worker-3"
	kept=$(instances 'map(select(.Name | endswith("worker-3") | not) | .InstanceId)')
	change "shrinking: 3 + 2" 3 2
	check "shrinking: tasks that need 10 s ended by themselves" ended_well "$C-worker-3"
	all_ready "shrinking: the node is out of the swarm" 3 2
	equal "shrinking: no other instance was touched" "$kept" "$(instances 'map(.InstanceId)')"
	check "shrinking: the service is whole elsewhere" within 60 whole
}

whole() { [ "$(replicas "$M")" = 8/8 ]; }

life_replacement() {
	local before lines
	before=$(instance_of "$C-manager-2")
	lines=$(wc -l <"$DIR/.swarm/$C.known_hosts")
	change "replace: manager 2" 3 2 -replace "module.aws.aws_instance.node[\"$C-manager-2\"]"
	check "replace: it is another instance" [ "$before" != "$(instance_of "$C-manager-2")" ]
	all_ready "replace: three managers and two workers" 3 2
	equal "replace: known_hosts has a line for each, no more" "$lines" "$(wc -l <"$DIR/.swarm/$C.known_hosts")"
	# shellcheck disable=SC2034 # empty_plan uses it: the replacement is not to be planned again
	OPTIONS=("${COMMON[@]}" "${COUNTS[@]}" "${MORE[@]}")
	empty_plan "replace: the next plan is empty"
}

# life_end WHAT-WAS-THERE-BEFORE RESOURCE...: the whole destroy, and that these went last
life_end() {
	local what
	watch_ends "$C-worker-1"
	destroy "destroy"
	check "destroy: tasks ended by themselves" ended_well "$C-worker-1"
	for what in aws_vpc_security_group_ingress_rule aws_vpc_security_group_egress_rule aws_instance.node "${@:2}"; do
		went_after "destroy: $what went after every leave" 'terraform_data.leave\[' "$what"
	done
	nothing_left "destroy" "$1"
	check "destroy: known_hosts is gone too" [ ! -s "$DIR/.swarm/$C.known_hosts" ]
}

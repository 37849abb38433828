#!/usr/bin/env bash
# test-roll.sh - scripts/roll on AWS: instances of another type take the place of all that there
# are, under work; the sole manager beside two others, and a worker more for the time of it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

C=awsr
M=$C-manager-1

identity() { on $M sh -c 'docker info --format "{{.Swarm.Cluster.ID}}"; docker swarm join-token -q worker; docker swarm join-token -q manager' | paste -sd ' '; }
outdated() { tf output -json outdated | jq -r 'keys | join(" ")'; }

test_roll() {
	local before was
	cluster "$BASE"
	apply "a cluster of 1 and 2"
	was=$(identity)
	start_work $M 2 $M $C-worker-1 $C-worker-2
	before=$(instances 'map(.InstanceId)')
	cluster "$BASE" '{aws: {groups: {manager: {type: "t3.medium"}, worker: {type: "t3.medium"}}}}'
	check "another type: a plan changes no instance" untouched
	roll --dry-run
	equal "another type: what would go, in this order" "roll: 3 outdated; in this order: $M; $C-worker-1; $C-worker-2" "$(grep 'in this order' "$WORK/roll")"
	watch_ends $C-worker-1
	roll --surge 1
	equal "a roll: done" '0 nothing is outdated; 3 replaced' "$CODE $(sed -n 's/^roll: \(.*\) in [0-9]* s$/\1/p' "$WORK/roll" | tail -n 1)"
	sed 's/^/# /' "$WORK/roll"
	equal "a roll: every instance is another one, of the new type" "[] t3.medium" \
		"$(instances "map(.InstanceId) | . - (. - $before)") $(instances 'map(.InstanceType) | unique | join(" ")' | tr -d '"')"
	check "a roll: tasks that need 10 s ended by themselves" ended_well $C-worker-1
	equal "a roll: the nodes are those that there were" "$(ready $C 1 2)" "$(names_of $M)"
	equal "a roll: the swarm and its tokens are the same" "$was" "$(identity)"
	check "a roll: the two managers that were added are gone" eval "! grep -q manager-2 <<<'$(has_power)'"
	equal "a roll: nothing is outdated" '' "$(outdated)"
	empty_plan "a roll: the next plan is empty"
	destroy "destroy"
	nothing_left "destroy"
}

begin
BASE="{groups: {manager: {count: 1}, worker: {count: 2}}, ssh: {private_key: \"$WORK/key\"},
	aws: {ssh_cidrs: [\"$OPERATOR\"], public_key: \"$(cat "$WORK/key.pub")\", zone_count: 1, image: {id: \"$IMAGE\", user: \"root\"}, script: $(image_script | jq -Rs .)}}"
init terraform/aws
workspace $C
play test_roll
finish_cloud

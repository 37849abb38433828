#!/usr/bin/env bash
# test-roll.sh - scripts/roll on Scaleway: servers of another type, and workers in another zone
# with a disk for Docker, take the place of all that there are, under work.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

C=scwr
M=$C-manager-1

identity() { on $M sh -c 'docker info --format "{{.Swarm.Cluster.ID}}"; docker swarm join-token -q worker; docker swarm join-token -q manager' | paste -sd ' '; }
outdated() { tf output -json outdated | jq -r 'keys | join(" ")'; }
servers() { state '[.server[] | "\(.name) \(.commercial_type) \(.zone)"] | sort | join(",")' | tr -d '"'; }

test_roll() {
	local before was
	cluster "$BASE"
	apply "a cluster of 1 and 2"
	was=$(identity)
	start_work $M 2 $M $C-worker-1 $C-worker-2
	before=$(state '[.server[].id]')
	cluster "$BASE" '{scaleway: {groups: {manager: {type: "DEV1-M"}, worker: {zones: ["fr-par-2"], disk: {docker_size: 25}}}}}'
	check "another type, zone and disk: a plan changes no server" untouched
	watch_ends $C-worker-1
	roll --surge 1
	equal "a roll: done" '0 nothing is outdated; 3 replaced' "$CODE $(sed -n 's/^roll: \(.*\) in [0-9]* s$/\1/p' "$WORK/roll" | tail -n 1)"
	sed 's/^/# /' "$WORK/roll"
	equal "a roll: every server is another one, as the file says" "$M DEV1-M fr-par-1,$C-worker-1 DEV1-S fr-par-2,$C-worker-2 DEV1-S fr-par-2" "$(servers)"
	equal "a roll: none is one of before" '[]' "$(state "[.server[].id] | . - (. - $before)")"
	check "a roll: tasks that need 10 s ended by themselves" ended_well $C-worker-1
	equal "a roll: the nodes are those that there were" "$(ready $C 1 2)" "$(names_of $M)"
	equal "a roll: the swarm and its tokens are the same" "$was" "$(identity)"
	equal "a roll: nothing is outdated" '' "$(outdated)"
	empty_plan "a roll: the next plan is empty"
	destroy "destroy"
	nothing_left "destroy"
}

begin
BASE="{groups: {manager: {count: 1}, worker: {count: 2}}, docker: {source: \"distribution\"}, ssh: {private_key: \"$WORK/key\"},
	scaleway: {ssh_cidrs: [\"$OPERATOR\"], script: $(image_script | jq -Rs .)}}"
init terraform/scaleway
workspace $C
play test_roll
finish

#!/usr/bin/env bash
# What runs, and in which order, when a cluster changes: modules/swarm with
# executables that only log (helpers/stub), on machines that only log.
set -euo pipefail
# shellcheck source=tests/terraform/stubbed.sh
. "$(dirname "${BASH_SOURCE[0]}")/stubbed.sh"

# Who takes the whole swarm apart has to know every node.
DRAIN_KNOWS='module.swarm.terraform_data.drain[0] will be updated in-place'

test_birth_and_growth() {
	succeeds "birth" apply "$M1" "$W1"
	before "birth: machines before their keys are read" '^machine-up' '^fetch-host-key'
	before "birth: keys before prepare" '^fetch-host-key' '^prepare-node'
	before "birth: prepare before init" '^prepare-node' '^init-swarm'
	before "birth: init before joins" '^init-swarm m1' '^join-node'
	plan_is_empty "birth"
	equal "birth: join is asked what it should be" \
		'{"advertise_addr":"10.9.2.1","availability":"active","from_other_swarm":"refuse","host":"host-w1","host_key":"host-m1 ssh-ed25519 key-of-m1\nhost-w1 ssh-ed25519 key-of-w1","host_key_policy":"strict","known_hosts":"'"$TREE"'/known_hosts","labels":"{}","managers":"root@host-m1:22","name":"w1","port":"22","role":"worker","user":"root"}' \
		"$(asked join-node w1)"
	succeeds "a worker more" apply "$M1" "$W1" "$W2"
	equal "a worker more: only it runs anything" 'fetch-host-key w2 x2,join-node w2,machine-up w2,prepare-node w2' "$(ran)"
	equal "a worker more: no other node is touched" "$DRAIN_KNOWS" "$(changed_besides w2)"
	succeeds "two managers more" apply "$M1" "$M2" "$M3" "$W1" "$W2"
	equal "two managers more: only they run anything" \
		'fetch-host-key m2 x2,fetch-host-key m3 x2,join-node m2,join-node m3,machine-up m2,machine-up m3,prepare-node m2,prepare-node m3' "$(ran)"
	plan_is_empty "two managers more"
}

test_changes_in_place() {
	EXTRA=(-var prepare_version=2)
	succeeds "another Docker version" apply "$M1" "$M2" "$M3" "$W1" "$W2"
	equal "another Docker version: nodes that run keep theirs" '' "$(ran)"
	plan_is_empty "another Docker version"
	EXTRA=()
	succeeds "roles swapped" apply "$M1" 'm2={role="worker"}' "$M3" 'w1={role="manager"}' "$W2"
	equal "roles swapped: in place" 'join-node m2,join-node w1' "$(ran)"
	succeeds "a label" apply "$M1" "$M2" "$M3" "$W1" 'w2={role="worker",labels={disk="ssd"}}'
	equal "a label: in place" 'join-node m2,join-node w1,join-node w2' "$(ran)"
	succeeds "back" apply "$M1" "$M2" "$M3" "$W1" "$W2"
	plan_is_empty "back"
}

test_replacement() {
	succeeds "first manager replaced" apply 'm1={role="manager",machine="2"}' "$M2" "$M3" "$W1" "$W2"
	equal "first manager replaced: nobody else runs anything" \
		'drain-and-remove m1,fetch-host-key m1 x2,init-swarm m1,join-node m1,machine-down m1,machine-up m1,prepare-node m1' "$(ran)"
	before "first manager replaced: it leaves before its machine goes" '^drain-and-remove m1' '^machine-down m1'
	before "first manager replaced: init before join" '^init-swarm m1' '^join-node m1'
	equal "first manager replaced: init asks the others for their swarm" 'root@host-m2:22,root@host-m3:22' \
		"$(asked init-swarm m1 | sed 's/.*"peers":"\([^"]*\)".*/\1/')"
	equal "first manager replaced: its known_hosts line went along" 'host-m2 host-m3 host-w1 host-w2' "$(known)"
	: >"$STUB_LOG"
	tf apply -auto-approve -var "$NODES" -replace='module.swarm.terraform_data.leave["w1"]' >"$LOGS/out" 2>&1
	equal "a leave replaced by hand: joins again" 'drain-and-remove w1,join-node w1' "$(ran)"
}

test_shrinking() {
	succeeds "down to one manager" apply "$M3" "$W1"
	equal "down to one manager: what leaves, leaves" \
		'drain-and-remove m1,drain-and-remove m2,drain-and-remove w2,init-swarm m3,machine-down m1,machine-down m2,machine-down w2' "$(ran)"
	before "down to one manager: all leave before any machine goes" '^drain-and-remove' '^machine-down'
	equal "down to one manager: their known_hosts lines went along" 'host-m3 host-w1' "$(known)"
	plan_is_empty "down to one manager"
	equal "down to one manager: w1 would ask who is left" 'root@host-m3:22' \
		"$(tf show -json | sed 's/.*"index":"w1".*"managers":"\([^"]*\)".*/\1/')"
}

test_failures() {
	export STUB_FAIL='drain-and-remove w1'
	refused "a leave that fails" apply "$M3"
	equal "a leave that fails: the machine stays" 'drain-and-remove w1' "$(ran)"
	equal "a leave that fails: so does its known_hosts line" 'host-m3 host-w1' "$(known)"
	unset STUB_FAIL
	succeeds "the same again" apply "$M3"
	equal "the same again: finishes" 'drain-and-remove w1,machine-down w1' "$(ran)"
	export STUB_FAIL='join-node w2'
	refused "a join that fails" apply "$M3" "$W2"
	unset STUB_FAIL
	succeeds "the node given up" apply "$M3"
	equal "the node given up: leaves all the same" 'drain-and-remove w2,machine-down w2' "$(ran)"
	export STUB_FAIL='prepare-node w2'
	refused "a prepare that fails" apply "$M3" "$W2"
	unset STUB_FAIL
	next_second
	succeeds "prepared again" apply "$M3" "$W2"
	equal "prepared again: then joins" 'join-node w2,prepare-node w2' "$(ran)"
}

test_whole_destroy() {
	export STUB_FAIL='drain-swarm m3'
	refused "a drain that fails" destroy
	equal "a drain that fails: nobody leaves" 'drain-swarm m3' "$(ran)"
	unset STUB_FAIL
	succeeds "destroy" destroy
	equal "destroy: drain-swarm is asked what it should be" \
		'{"drain_timeout":"5m","host":"host-m3","host_key":"host-m3 ssh-ed25519 key-of-m3\nhost-w2 ssh-ed25519 key-of-w2","host_key_policy":"strict","known_hosts":"'"$TREE"'/known_hosts","name":"m3","nodes":"root@host-m3:22,root@host-w2:22","on_unreachable":"proceed","port":"22","user":"root"}' \
		"$(asked drain-swarm m3)"
	before "destroy: the swarm is drained before anyone leaves" '^drain-swarm m3' '^drain-and-remove'
	before "destroy: all leave before any machine goes" '^drain-and-remove' '^machine-down'
	before "destroy: all leave before the network goes" '^drain-and-remove' '^network-down'
	equal "destroy: the state is empty" '' "$("$TF" -chdir="$CLUSTER" state list)"
	check "destroy: the known_hosts file went with its last line" test ! -e "$TREE/known_hosts"
	succeeds "birth again" apply "$M1" "$W1"
	succeeds "no nodes" apply
	before "no nodes: is a whole destroy" '^drain-swarm m1' '^drain-and-remove'
	plan_is_empty "no nodes"
	export STUB_FAIL='join-node w1'
	refused "a birth that fails" apply "$M1" "$W1"
	unset STUB_FAIL
	succeeds "destroy of what was born" destroy
	before "destroy of what was born: drained all the same" '^drain-swarm m1' '^drain-and-remove'
}

test_tokens() {
	EXTRA=(-var token_delivery=state)
	succeeds "tokens" apply "$M1" "$W1"
	before "tokens: read once there is a swarm" '^init-swarm' '^fetch-tokens'
	plan_is_empty "tokens"
	equal "tokens: are an output" '{"cluster_id":"c","manager":"SWMTKN-m","worker":"SWMTKN-w"}' "$(tf output -json tokens)"
	succeeds "tokens, a worker more" apply "$M1" "$W1" "$W2"
	equal "tokens, a worker more: nothing else changes" "$DRAIN_KNOWS" "$(changed_besides w2)"
	plan_is_empty "tokens, a worker more"
	succeeds "tokens, two managers more" apply "$M1" "$M2" "$M3" "$W1" "$W2"
	plan_is_empty "tokens, two managers more"
	succeeds "tokens, first manager replaced" apply 'm1={role="manager",machine="2"}' "$M2" "$M3" "$W1" "$W2"
	plan_is_empty "tokens, first manager replaced"
	export STUB_REACHABLE=false STUB_TOKEN=
	succeeds "tokens, no manager in reach" apply 'm1={role="manager",machine="2"}' "$M2" "$M3" "$W1" "$W2"
	equal "tokens, no manager in reach: null" 'null' "$(tf output -json tokens 2>/dev/null || echo null)"
	succeeds "tokens, no manager in reach: destroy" destroy
	unset STUB_REACHABLE STUB_TOKEN
	EXTRA=()
}

# mutant modules/swarm/roll.tf module.roll: without environment
#   fails another Docker version, rolling: every node gets it
# mutant modules/swarm/roll.tf local.roll_query: availability = "{}"
#   fails rolling: it is asked what it should be
# mutant modules/swarm/roll.tf module.roll: without depends_on
#   fails a node more and another version: it has joined before the others are rolled
test_rolling() {
	succeeds "before rolling" apply "$M1" "$W1"
	echo one >"$CLUSTER/prepare.sh"
	EXTRA=(-var rolling='{}')
	refused "rolling with a sole manager" apply "$M1" "$W1"
	check "rolling with a sole manager: it says what to do" grep -q 'rolling.allow_sole_manager = true' "$LOGS/out"
	EXTRA=(-var rolling='{allow_sole_manager=true,max_unavailable="25%"}')
	succeeds "rolling" apply "$M1" 'w1={role="worker",availability="pause"}'
	equal "rolling: those that run are asked at once" 'join-node w1,roll-swarm m1' "$(ran)"
	equal "rolling: it is asked what it should be" \
		'{"allow_sole_manager":"true","availability":"{\"root@host-m1:22\":\"active\",\"root@host-w1:22\":\"pause\"}","drain":"when-asked","drain_timeout":"5m","environment":"{\"VERSION\":\"1\"}","host":"host-m1","host_key":"host-m1 ssh-ed25519 key-of-m1\nhost-w1 ssh-ed25519 key-of-w1","host_key_policy":"strict","known_hosts":"'"$TREE"'/known_hosts","max_unavailable":"25%","name":"m1","node_timeout":"15m","nodes":"root@host-m1:22,root@host-w1:22","on_missing_tasks":"fail","port":"22","reboot":"never","script":"prepare.sh","user":"root"}' \
		"$(asked roll-swarm m1)"
	EXTRA=(-var rolling='{allow_sole_manager=true,max_unavailable=2}')
	succeeds "rolling, more at a time" apply "$M1" "$W1"
	equal "rolling, more at a time: nothing is rolled for that" 'join-node w1' "$(ran)"
	plan_is_empty "rolling"
	EXTRA+=(-var prepare_version=2)
	export STUB_FAIL='roll-swarm m1'
	refused "another Docker version, rolling: one that fails" apply "$M1" "$W1"
	unset STUB_FAIL
	succeeds "another Docker version, rolling" apply "$M1" "$W1"
	equal "another Docker version, rolling: every node gets it" 'roll-swarm m1' "$(ran)"
	plan_is_empty "another Docker version, rolling"
	echo two >"$CLUSTER/prepare.sh"
	succeeds "another script, rolling" apply "$M1" 'w1={role="worker",as_it_is=true}'
	equal "another script, rolling: every node gets it" 'join-node w1,roll-swarm m1' "$(ran)"
	equal "another script, rolling: an availability that nobody gives is not asked for" '{"root@host-m1:22":"active"}' \
		"$(asked roll-swarm m1 | jq -r .availability)"
	succeeds "a worker more, rolling" apply "$M1" 'w1={role="worker",as_it_is=true}' "$W2"
	equal "a worker more, rolling: nobody else is asked" 'fetch-host-key w2 x2,join-node w2,machine-up w2,prepare-node w2' "$(ran)"
	EXTRA=(-var rolling='{}' -var prepare_version=3)
	succeeds "a node more and another version" apply "$M1" "$M2" "$M3" "$W1" "$W2"
	before "a node more and another version: it has joined before the others are rolled" '^join-node m3' '^roll-swarm'
	EXTRA=(-var prepare_version=4)
	succeeds "not rolling any more" apply "$M1" "$M2" "$M3" "$W1" "$W2"
	equal "not rolling any more: nodes that run keep theirs" '' "$(ran)"
	EXTRA=()
	rm "$CLUSTER/prepare.sh"
	succeeds "not rolling any more: destroy" destroy
	: >"$CLUSTER/prepare.sh"
}

test_state() {
	succeeds "state" apply "$M1" "$W1"
	equal "state: no path but those that were given" '' \
		"$(sed "s#$TREE/known_hosts##; s#$TREE/bin##" "$CLUSTER/terraform.tfstate" | grep -F "$TREE" || true)"
	succeeds "state: destroy" destroy
}

set_up
play test_birth_and_growth test_changes_in_place test_replacement test_shrinking test_failures \
	test_whole_destroy test_tokens test_rolling test_state
finish_tests

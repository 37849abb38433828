#!/usr/bin/env bash
# What detect_drift notices, what it leaves alone, and what it costs: modules/swarm with
# executables that only log and keep a list of nodes between them.
set -euo pipefail
# shellcheck source=tests/terraform/stubbed.sh
. "$(dirname "${BASH_SOURCE[0]}")/stubbed.sh"

# by_hand NODE JQ: changes what the swarm has of a node.
by_hand() {
	jq -c "$2" "$STUB_SWARM/$1" >"$LOGS/by-hand"
	mv "$LOGS/by-hand" "$STUB_SWARM/$1"
}

again() { apply "$M1" "$M2" "$M3" "$W1" "$W2"; }

# The executables that change something
acted() { { grep -vE '^(describe-swarm|fetch-host-key)' "$STUB_LOG" || true; } | sort | uniq -c | counted | paste -sd, -; }

# asked_times NAME N: so often the swarm was asked.
asked_times() { equal "$1: the swarm is asked as often as needed" "$2" "$(grep -c '^describe-swarm' "$STUB_LOG")"; }

# put_back NAME NODE: the same configuration once more does that and no more.
put_back() {
	succeeds "$1" again
	equal "$1: that node's join, and nothing else" "join-node $2" "$(acted)"
	asked_times "$1" 2
	equal "$1: no other resource changes" 'module.swarm.module.ids[0].data.external.this will be read during apply' \
		"$(changed_besides "$2")"
	plan_is_empty "$1, put back"
}

ids_are_right() {
	equal "$1: node_ids are the swarm's" "$(find "$STUB_SWARM" -type f -exec cat {} + | jq -cS -s 'map({(.name): .id}) | add')" \
		"$(tf output -json node_ids | jq -cS .)"
}

test_off() {
	succeeds "off" again
	by_hand w1 '.availability = "drain"'
	succeeds "off: what was changed by hand stays" again
	equal "off: nothing runs, at plan time neither" '' "$(ran)"
	equal "off: no node_ids" null "$(tf output -json node_ids 2>/dev/null || echo null)"
	by_hand w1 '.availability = "active"'
}

# mutant modules/swarm/deferred.tf module.ids: program = local.program["describe-swarm"]
#   with test_off
#   fails on: it asks once, and runs nothing else
test_on() {
	EXTRA=(-var detect_drift=true)
	succeeds "on" again
	equal "on: nothing drifted, nothing is done" '' "$(acted)"
	plan_is_empty "on"
	ids_are_right "on"
	next_second
	: >"$STUB_LOG"
	plan_is_empty "on, again"
	equal "on: it asks once, and runs nothing else" 'describe-swarm m1' "$(ran)"
}

# mutant modules/swarm/drift.tf local.drifted: term node.role => true
#   with test_off test_on
#   fails role: that node's join
# mutant modules/swarm/drift.tf local.drifted: term "down" => true
#   with test_off test_on
#   fails down: that node's join
test_put_back() {
	by_hand w1 '.availability = "drain"'
	put_back "availability" w1
	by_hand m2 '.role = "worker"'
	put_back "role" m2
	by_hand w2 '.labels = "{\"disk\":\"ssd\"}"'
	put_back "label" w2
	rm "$STUB_SWARM/w2"
	put_back "removed" w2
	ids_are_right "removed, put back"
	by_hand w1 '.state = "down"'
	put_back "down" w1
	by_hand w1 '.name = "W1"'
	succeeds "a hostname in capitals" again
	equal "a hostname in capitals: is the same host" '' "$(acted)"
	by_hand w1 '.name = "w1"'
}

# What nobody wrote down is as it is, and no drift; who writes it down has all of it so.
#
# mutant modules/swarm/drift.tf local.drifted: term node.labels == null => false
#   with test_off test_on
#   fails as they are: nothing drifted
# mutant modules/swarm/locals.tf local.join_query: condition node.labels => false
#   with test_off test_on
test_as_they_are() {
	by_hand w1 '.availability = "drain" | .labels = "{\"disk\":\"ssd\"}"'
	local wanted='{"availability":"drain","labels":"{\"disk\":\"ssd\"}"}'
	local as_it_is='w1={role="worker",as_it_is=true}'
	succeeds "as they are" apply "$M1" "$M2" "$M3" "$as_it_is" "$W2"
	equal "as they are: it joins once more" 'join-node w1' "$(acted)"
	equal "as they are: and keeps what it has" "$wanted" "$(jq -c '{availability, labels}' "$STUB_SWARM/w1")"
	next_second
	succeeds "as they are: again" apply "$M1" "$M2" "$M3" "$as_it_is" "$W2"
	equal "as they are: nothing drifted" '' "$(acted)"
	plan_is_empty "as they are"
	succeeds "no label at all" apply "$M1" "$M2" "$M3" 'w1={role="worker",labels={}}' "$W2"
	equal "no label at all: they are taken off" '{"availability":"active","labels":"{}"}' "$(jq -c '{availability, labels}' "$STUB_SWARM/w1")"
}

test_left_alone() {
	by_hand w1 '.id = "new"'
	jq -c '.id = "old" | .state = "down" | .role = "manager"' "$STUB_SWARM/w1" >"$STUB_SWARM/w1-old"
	succeeds "an older entry" again
	equal "an older entry: the one that lives counts" '' "$(acted)"
	rm "$STUB_SWARM/w1-old"
	plan_is_empty "an older entry, removed"
}

# mutant modules/swarm/deferred.tf local.deferred_target: host = one([for made_by in values(module.init.made_by) : made_by == "" ? "" : local.target[local.first].host])
#   with test_off test_on
#   fails first manager replaced: no other node joins
test_growth() {
	local labelled='w2={role="worker",labels={disk="ssd"}}'
	succeeds "a label in the configuration" apply "$M1" "$M2" "$M3" "$W1" "$labelled"
	equal "a label in the configuration: in place" 'join-node w2' "$(acted)"
	plan_is_empty "a label in the configuration"
	next_second
	succeeds "two nodes less" apply "$M1" "$W1" "$labelled"
	asked_times "two nodes less" 1
	plan_is_empty "two nodes less"
	succeeds "back" again
	equal "back: they join, and w2 loses its label" \
		'join-node m2,join-node m3,join-node w2,machine-up m2,machine-up m3,prepare-node m2,prepare-node m3' "$(acted)"
	plan_is_empty "back"
	ids_are_right "back"
	succeeds "a machine replaced" apply "$M1" "$M2" "$M3" "$W1" 'w2={role="worker",machine="2"}'
	plan_is_empty "a machine replaced"
	ids_are_right "a machine replaced"
	succeeds "first manager replaced" apply 'm1={role="manager",machine="2"}' "$M2" "$M3" "$W1" "$W2"
	equal "first manager replaced: no other node joins" \
		'drain-and-remove m1,drain-and-remove w2,init-swarm m1,join-node m1,join-node w2,machine-down m1,machine-down w2,machine-up m1,machine-up w2,prepare-node m1,prepare-node w2' "$(acted)"
	asked_times "first manager replaced" 2
	plan_is_empty "first manager replaced"
	ids_are_right "first manager replaced"
}

test_unreachable() {
	by_hand w1 '.availability = "drain"'
	export STUB_REACHABLE=false
	succeeds "out of reach: apply" apply 'm1={role="manager",machine="2"}' "$M2" "$M3" "$W1" "$W2"
	equal "out of reach: nothing is taken for drift" '' "$(acted)"
	succeeds "out of reach: destroy" destroy
	equal "out of reach: the state is empty" '' "$("$TF" -chdir="$CLUSTER" state list)"
	unset STUB_REACHABLE
}

test_birth() {
	succeeds "birth" again
	before "birth: asked once there is a swarm" '^init-swarm' '^describe-swarm'
	plan_is_empty "birth"
	ids_are_right "birth"
	succeeds "birth: destroy" destroy
}

# The file by which drain-swarm tells the leaves: gone when the last of them is.
test_teardown_file() {
	EXTRA=(-var "teardown_file=$TREE/teardown")
	succeeds "teardown file" again
	equal "teardown file: drain-swarm may make it" "\"$TREE/teardown\"" "$(tf show -json | jq -c '[.. | objects | select(.name? == "drain") | .values.input.query.teardown_file][0]')"
	touch "$TREE/teardown"
	export STUB_FAIL='drain-and-remove w1'
	refused "teardown file: a destroy that fails" destroy
	check "teardown file: stays for the next destroy" test -e "$TREE/teardown"
	unset STUB_FAIL
	succeeds "teardown file: destroy" destroy
	check "teardown file: is gone" test ! -e "$TREE/teardown"
}

set_up
play test_off test_on test_put_back test_as_they_are test_left_alone test_growth test_unreachable test_birth \
	test_teardown_file
finish_tests

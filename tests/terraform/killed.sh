#!/usr/bin/env bash
# Terraform is killed while a machine is prepared, the swarm made, a node joined, and has
# that written down as done: the next apply does the work all the same, and a destroy
# takes away what may have come of it.
set -euo pipefail
# shellcheck source=tests/terraform/stubbed.sh
. "$(dirname "${BASH_SOURCE[0]}")/stubbed.sh"

RUN=0
GROUP=

# ran_as_often EXECUTABLE N
ran_as_often() { [ "$(grep -c "^$1 " "$STUB_LOG")" = "$2" ]; }

# in_state ADDRESS...: the file has all of these, as "name[key]", none of them tainted.
in_state() {
	local address
	jq -r '.resources[] | "\(.module).\(.name)" as $name | .instances[] | select(.status != "tainted")
		| "\($name)[\(.index_key)]" | ltrimstr("module.swarm.module.")' "$CLUSTER/terraform.tfstate" >"$LOGS/state"
	for address; do grep -qxF "$address" "$LOGS/state" || return 1; done
}

# A group of its own, of terraform and all that it starts.
start_apply() {
	RUN=$((RUN + 1))
	: >"$STUB_LOG"
	STUB_HANG=$1 setsid "$TF" -chdir="$CLUSTER" apply -no-color -auto-approve -var "$NODES" \
		-var "beside={run=$RUN,pipe=\"$TREE/pipe\"}" >"$LOGS/out" 2>&1 &
	GROUP=$!
}

kill_group() {
	[ -n "$GROUP" ] || return 0
	kill -KILL -- "-$GROUP" 2>/dev/null || true
	wait "$GROUP" 2>/dev/null || true
	GROUP=
}

# Lets what goes on beside the swarm end: Terraform writes its state down whenever a
# resource is done.
end_beside() {
	timeout 60 tee "$TREE/pipe" <<<end >"$LOGS/end"
}

# cut_off EXECUTABLE ADDRESS...: an apply that is killed while the executable runs for
# each of the ADDRESSes, and they are in the state as made. Nothing else ends meanwhile:
# killed in mid-write the file would be no state at all.
cut_off() {
	local executable=$1
	shift
	start_apply "$executable"
	if within 60 ran_as_often "$executable" $# && end_beside && within 60 in_state "$@"; then
		passed "$executable is killed: what it was making is in the state"
	else
		{ tail -n 12 "$LOGS/out" && paste -sd, "$LOGS/state"; } >"$LOGS/cut"
		failed "$executable is killed: what it was making is in the state" "$LOGS/cut"
	fi
	kill_group
}

# writes_early NAME: tofu writes down only what has ended, and nothing in the first 20 s.
writes_early() {
	! "$TF" version | grep '^OpenTofu' >/dev/null || { echo "skip $1 - not with tofu" && return 1; }
}

# What reads a key and what keeps it: of two kills the first is made good by itself, in a
# second place; a third apply would not know that anything is missing.
# mutant modules/swarm/host_keys/main.tf module.again: machines = {}
#   fails host keys: the next apply reads them, and does the rest
test_host_keys() {
	writes_early "killed while keys are read" || return 0
	cut_off fetch-host-key 'host_keys.module.first.read[m1]' 'host_keys.module.first.read[w1]'
	succeeds "host keys: the next apply" apply "$M1" "$W1"
	equal "host keys: the next apply reads them, and does the rest" \
		'fetch-host-key m1 x2,fetch-host-key w1 x2,init-swarm m1,join-node m1,join-node w1,prepare-node m1,prepare-node w1' "$(ran)"
	equal "host keys: they are kept" '{"m1":"ssh-ed25519 key-of-m1","w1":"ssh-ed25519 key-of-w1"}' "$(tf output -json host_keys | jq -cS .)"
	plan_is_empty "host keys, read in the second place"
	succeeds "host keys: destroy" destroy
	cut_off fetch-host-key 'host_keys.module.first.read[m1]' 'host_keys.module.first.read[w1]'
	cut_off fetch-host-key 'host_keys.module.again.read[m1]' 'host_keys.module.again.read[w1]'
	refused "host keys, killed twice: the next apply" apply "$M1" "$W1"
	check "host keys, killed twice: whose, and what to do" grep -qF 'of m1 and w1 was read twice by runs that were cut off' \
		<(sed 's/^[│╷╵]//' "$LOGS/out" | tr -s '\n ' ' ')
	equal "host keys, killed twice: nothing goes on without them" '' "$(ran)"
	: >"$STUB_LOG"
	tf apply -auto-approve -var "$NODES" -replace='module.swarm.module.host_keys.module.first.terraform_data.read["m1"]' \
		-replace='module.swarm.module.host_keys.module.first.terraform_data.read["w1"]' >"$LOGS/out" 2>&1
	equal "host keys, killed twice: read again by hand" '{"m1":"ssh-ed25519 key-of-m1","w1":"ssh-ed25519 key-of-w1"}' "$(tf output -json host_keys | jq -cS .)"
	plan_is_empty "host keys, read again by hand"
	"$TF" -chdir="$CLUSTER" state rm 'module.swarm.module.host_keys.module.first.terraform_data.this["w1"]' >"$LOGS/out" 2>&1
	succeeds "a host key is missing: the next apply" apply "$M1" "$W1"
	equal "a host key is missing: it is read" 'fetch-host-key w1 x2' "$(ran)"
	plan_is_empty "a host key that was missing"
	"$TF" -chdir="$CLUSTER" state rm 'module.swarm.module.host_keys.module.again.terraform_data.this["w1"]' >"$LOGS/out" 2>&1
	refused "a host key is missing twice: the next apply" apply "$M1" "$W1"
	succeeds "a host key is missing twice: destroy" destroy
	check "a host key is missing twice: the node leaves, by the key that it had" grep -q 'host-w1 ssh-ed25519 key-of-w1' "$LOGS/drain-and-remove.w1.json"
	equal "host keys: the state is empty" '' "$("$TF" -chdir="$CLUSTER" state list)"
}

# mutant modules/swarm/step/main.tf terraform_data.confirm: for_each = { for name, first in terraform_data.run : name => first if false }
#   fails prepare: the next apply does it
test_next_apply() {
	writes_early "killed, then applied again" || return 0
	cut_off prepare-node 'prepare.run[m1]' 'prepare.run[w1]'
	cut_off init-swarm 'init.run[swarm]'
	equal "prepare: the next apply does it" 'init-swarm m1,prepare-node m1,prepare-node w1' "$(ran)"
	before "prepare: before the swarm is made" '^prepare-node' '^init-swarm m1'
	cut_off join-node 'join.run[m1]' 'join.run[w1]'
	equal "init: the next apply does it" 'init-swarm m1,join-node m1,join-node w1' "$(ran)"
	before "init: before any node joins" '^init-swarm m1' '^join-node'
	succeeds "join: the next apply" apply "$M1" "$W1"
	equal "join: the next apply does it" 'join-node m1,join-node w1' "$(ran)"
	plan_is_empty "killed three times"
	succeeds "killed three times: destroy" destroy
}

test_destroy() {
	writes_early "killed, then destroyed" || return 0
	cut_off init-swarm 'init.run[swarm]'
	succeeds "init, then destroy" destroy
	before "init, then destroy: the swarm that may be there is drained" '^drain-swarm m1' '^drain-and-remove m1'
	cut_off join-node 'join.run[m1]' 'join.run[w1]'
	succeeds "join, then destroy" destroy
	check "join, then destroy: who may have joined leaves" grep -x 'drain-and-remove w1' "$STUB_LOG"
	equal "join, then destroy: the state is empty" '' "$("$TF" -chdir="$CLUSTER" state list)"
}

# -replace of the first is the way out of two kills in a row.
# The word from one resource to the next
test_word() {
	succeeds "birth" apply "$M1" "$W1"
	equal "birth: the second of two runs nothing" \
		'fetch-host-key m1 x2,fetch-host-key w1 x2,init-swarm m1,join-node m1,join-node w1,machine-up m1,machine-up w1,prepare-node m1,prepare-node w1' "$(ran)"
	equal "birth: no word is left over" '' "$(find "$CLUSTER/.terraform/swarm-done" -type f)"
	rmdir "$CLUSTER/.terraform/swarm-done"
	touch "$CLUSTER/.terraform/swarm-done"
	succeeds "no word can be left: one node more" apply "$M1" "$W1" "$W2"
	equal "no word can be left: what is new is done twice" 'fetch-host-key w2 x2,join-node w2 x2,machine-up w2,prepare-node w2 x2' "$(ran)"
	rm "$CLUSTER/.terraform/swarm-done"
	succeeds "one node less" apply "$M1" "$W1"
}

test_missing() {
	: >"$STUB_LOG"
	tf apply -auto-approve -var "$NODES" -replace='module.swarm.module.prepare.terraform_data.run["w1"]' >"$LOGS/out" 2>&1
	equal "a prepare replaced by hand: nothing else runs" 'prepare-node w1' "$(ran)"
	: >"$STUB_LOG"
	tf apply -auto-approve -var "$NODES" -replace='module.swarm.module.init.terraform_data.run["swarm"]' >"$LOGS/out" 2>&1
	equal "an init replaced by hand: nothing else runs" 'init-swarm m1' "$(ran)"
	"$TF" -chdir="$CLUSTER" state rm module.swarm.module.{prepare,init,join}.terraform_data.{run,confirm} >"$LOGS/out" 2>&1
	succeeds "what comes is missing: destroy" destroy
	before "what comes is missing: each node leaves all the same" '^drain-swarm m1' '^drain-and-remove'
	equal "what comes is missing: the state is empty" '' "$("$TF" -chdir="$CLUSTER" state list)"
}

set_up
trap 'kill_group; rm -rf "$TREE"' EXIT
mkfifo "$TREE/pipe"
NODES="nodes={$M1,$W1}"
play test_host_keys test_next_apply test_destroy test_word test_missing
finish_tests

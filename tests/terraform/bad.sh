#!/usr/bin/env bash
# One machine that is bad, of several: it costs only itself. The others form a swarm, join and
# are changed, the apply fails with its name, and the next one makes it whole. With executables
# that only log; tests/faults/test-bad.sh has hosts.
set -euo pipefail
# shellcheck source=tests/terraform/stubbed.sh
. "$(dirname "${BASH_SOURCE[0]}")/stubbed.sh"

# What both streams said, without the frames of errors
said() { sed 's/^[│╷╵]//' "$LOGS/out" | tr -s '\n ' ' '; }

# says NAME TEXT...
says() {
	local name=$1 text
	shift
	for text; do
		[[ $(said) == *"$text"* ]] || { failed "$name: it does not say \"$text\"" "$LOGS/out" && return; }
	done
	passed "$name"
}

# did NAME LINES: what ran, besides the reading of keys
did() { equal "$1" "$2" "$(grep -vE '^(fetch-host-key|machine-up)' "$STUB_LOG" | sort | uniq -c | counted | paste -sd, -)"; }

# peers NODE: those that its init-swarm was given
peers() { asked init-swarm "$1" | jq -r '.peers // "" | [scan("host-[a-z0-9]+")] | join(" ")'; }

fails() { export STUB_FAIL=$1; }
well() { unset STUB_FAIL STUB_DOWN; }

mended() {
	well
	succeeds "$1: mended, an apply" apply "${@:3}"
	did "$1: mended: what was not done is" "$2"
	plan_is_empty "$1: mended"
}

gone() {
	succeeds "$1: destroy" destroy
	equal "$1: destroy: the state is empty" '' "$("$TF" -chdir="$CLUSTER" state list)"
}

# mutant modules/swarm/main.tf module.prepare: after = null
#   fails a worker: all others are in the swarm
test_worker() {
	fails 'prepare-node w2'
	refused "a worker" apply "$M1" "$M2" "$M3" "$W1" "$W2"
	did "a worker: all others are in the swarm" \
		'init-swarm m1,join-node m1,join-node m2,join-node m3,join-node w1,prepare-node m1,prepare-node m2,prepare-node m3,prepare-node w1,prepare-node w2'
	says "a worker: the apply names it, and says why" 'w2 is not ready, and waits for the next apply: prepare-node: w2: refused by the test'
	refused "a worker: again" apply "$M1" "$M2" "$M3" 'w1={role="worker",labels={disk="ssd"}}' "$W2"
	did "a worker: again: another node is changed" 'join-node w1,prepare-node w2'
	mended "a worker" 'join-node w2,prepare-node w2' "$M1" "$M2" "$M3" 'w1={role="worker",labels={disk="ssd"}}' "$W2"
	gone "a worker"
}

# mutant modules/swarm/main.tf module.init: through = []
#   fails the first manager: another one makes the swarm
test_first_manager() {
	fails 'prepare-node m1'
	refused "the first manager" apply "$M1" "$M2" "$M3" "$W1"
	did "the first manager: another one makes the swarm" \
		'describe-swarm m1,init-swarm m2,join-node m2,join-node m3,join-node w1,prepare-node m1,prepare-node m2,prepare-node m3,prepare-node w1'
	equal "the first manager: who makes it asks those that are ready" 'host-m3' "$(peers m2)"
	mended "the first manager" 'join-node m1,prepare-node m1' "$M1" "$M2" "$M3" "$W1"
	gone "the first manager"
}

# More than half have to be ready, and then prepare nothing twice.
#
# mutant modules/swarm/init.sh: $(($# * 2)) => $(($# * 9))
#   fails two managers of three: no swarm is made
test_managers() {
	fails 'prepare-node m1,prepare-node m2'
	refused "two managers of three" apply "$M1" "$M2" "$M3" "$W1"
	did "two managers of three: no swarm is made" \
		'describe-swarm m1,describe-swarm m2,prepare-node m1,prepare-node m2,prepare-node m3,prepare-node w1'
	says "two managers of three: it says why" 'no swarm: m1 m2 of 3 managers not ready'
	fails 'prepare-node m1'
	refused "one of them mended" apply "$M1" "$M2" "$M3" "$W1"
	check "one of them mended: they make a swarm" grep -x 'init-swarm m2' "$STUB_LOG"
	before "one of them mended: it is prepared before" '^prepare-node m2' '^init-swarm'
	check "one of them mended: all others are in it" test -e "$STUB_SWARM/m2" -a -e "$STUB_SWARM/m3" -a -e "$STUB_SWARM/w1" -a ! -e "$STUB_SWARM/m1"
	mended "two managers of three" 'join-node m1,prepare-node m1' "$M1" "$M2" "$M3" "$W1"
	gone "two managers of three"
}

test_sole_manager() {
	fails 'prepare-node m1'
	refused "the only manager" apply "$M1" "$W1"
	did "the only manager: nothing is asked of it any more" 'describe-swarm m1,prepare-node m1,prepare-node w1'
	well
	succeeds "the only manager: mended" apply "$M1" "$W1"
	before "the only manager: mended: it is prepared before the swarm is made" '^prepare-node m1' '^init-swarm m1'
	check "the only manager: mended: once" test "$(grep -c '^prepare-node m1' "$STUB_LOG")" = 1
	plan_is_empty "the only manager: mended"
	gone "the only manager"
}

# A manager whose script fails may be one of a swarm that lives.
#
# mutant modules/swarm/init.sh: $open $(managing) => $open
#   fails a bad manager that has a swarm: is asked for it
test_living() {
	fails 'prepare-node m1'
	export STUB_REACHABLE=true
	refused "a bad manager that has a swarm" apply "$M1" "$M2" "$M3"
	equal "a bad manager that has a swarm: is asked for it" 'host-m3 host-m1' "$(peers m2)"
	export STUB_REACHABLE=false
	well
	destroy
}

test_growth() {
	succeeds "growth: a swarm" apply "$M1" "$W1"
	fails 'prepare-node m2,prepare-node w2'
	refused "growth" apply "$M1" "$M2" "$M3" "$W1" "$W2"
	did "growth: all others join" 'join-node m3,prepare-node m2,prepare-node m3,prepare-node w2'
	says "growth: each is named" 'm2 is not ready' 'w2 is not ready'
	fails 'prepare-node m2'
	succeeds "growth: one is given up" apply "$M1" "$W1"
	check "growth: one is given up: they leave as any other" grep -x 'drain-and-remove m2' "$STUB_LOG"
	plan_is_empty "growth: one is given up"
	refused "growth, once more" apply 'm1={role="manager",machine="2"}' "$M2" "$M3" "$W1"
	well
	mended "growth, once more" 'join-node m2,prepare-node m2' 'm1={role="manager",machine="2"}' "$M2" "$M3" "$W1"
	gone "growth"
}

# The script runs once more on a node that lives. Its failure is not forgotten, and keeps the
# node as it is.
#
# mutant modules/swarm/main.tf terraform_data.ready: for_each = {}
#   fails prepared again, in vain
test_prepared_again() {
	succeeds "prepared again: a swarm" apply "$M1" "$W1" "$W2"
	fails 'prepare-node w1'
	: >"$STUB_LOG"
	EXTRA=(-replace='module.swarm.module.prepare.terraform_data.run["w1"]' -replace='module.swarm.module.prepare.terraform_data.run["w2"]')
	refused "prepared again, in vain" apply "$M1" "$W1" "$W2"
	EXTRA=()
	did "prepared again, in vain: once" 'prepare-node w1,prepare-node w2'
	says "prepared again, in vain: whose" 'w1 is not ready'
	refused "prepared again, in vain: a label of another" apply "$M1" "$W1" 'w2={role="worker",labels={disk="ssd"}}'
	did "prepared again, in vain: a label of another: is set" 'join-node w2,prepare-node w1'
	mended "prepared again" 'prepare-node w1' "$M1" "$W1" 'w2={role="worker",labels={disk="ssd"}}'
	gone "prepared again"
}

# A machine that nobody reaches: its key cannot be read, and nothing waits for it twice.
#
# mutant modules/swarm/host_keys/main.tf module.first: tolerant = false
#   fails down: all others are in the swarm
test_down() {
	export STUB_DOWN=w2
	refused "down" apply "$M1" "$W1" "$W2"
	equal "down: it is asked once" 'fetch-host-key w2 down' "$(grep ' w2' "$STUB_LOG" | grep -v machine-up)"
	check "down: all others are in the swarm" test -e "$STUB_SWARM/m1" -a -e "$STUB_SWARM/w1" -a ! -e "$STUB_SWARM/w2"
	says "down: it is named" 'w2 is not ready, and waits for the next apply: fetch-host-key: w2: no answer'
	well
	succeeds "down: it is back" apply "$M1" "$W1" "$W2"
	equal "down: it is back: its key is in the state" 'ssh-ed25519 key-of-w2' "$(tf output -json host_keys | jq -r .w2)"
	did "down: it is back: it joins" 'join-node w2,prepare-node w2'
	plan_is_empty "down: it is back"
	gone "down"
}

# mutant modules/swarm/host_keys.tf local.trust_all: condition contains => false
#   fails down twice: it is back: by the caller's policy
test_down_twice() {
	export STUB_DOWN=m2
	refused "down twice" apply "$M1" "$M2" "$M3" "$W1"
	did "down twice: all others are in the swarm" 'describe-swarm m2,init-swarm m1,join-node m1,join-node m3,join-node w1,prepare-node m1,prepare-node m3,prepare-node w1'
	refused "down twice: the second apply" apply "$M1" "$M2" "$M3" 'w1={role="worker",labels={disk="ssd"}}'
	check "down twice: the second apply: a label is set" grep -x 'join-node w1' "$STUB_LOG"
	refused "down twice: a third apply" apply "$M1" "$M2" "$M3" "$W1"
	check "down twice: a third apply: the label goes" grep -x 'join-node w1' "$STUB_LOG"
	well
	succeeds "down twice: it is back" apply "$M1" "$M2" "$M3" "$W1"
	did "down twice: it is back: it joins" 'join-node m2,prepare-node m2'
	equal "down twice: it is back: by the caller's policy" accept-new "$(asked join-node m2 | jq -r .host_key_policy)"
	check "down twice: it is back: all others are pinned" grep -qF 'host-m1 ssh-ed25519 key-of-m1' <(asked join-node m2)
	says "down twice: it is back: what to do for its key" 'The host key of m2 could not be read by two applies'
	plan_is_empty "down twice: it is back"
	EXTRA=(-replace='module.swarm.module.host_keys.module.first.terraform_data.read["m2"]')
	succeeds "down twice: its key is read" apply "$M1" "$M2" "$M3" "$W1"
	EXTRA=()
	equal "down twice: its key is read: and in the state" 'ssh-ed25519 key-of-m2' "$(tf output -json host_keys | jq -r .m2)"
	plan_is_empty "down twice: its key is read"
	gone "down twice"
}

test_half_made() {
	export STUB_DOWN=m1
	refused "half made" apply "$M1" "$M2" "$M3" "$W1"
	well
	gone "half made"
}

set_up
export STUB_REACHABLE=false
play test_worker test_first_manager test_managers test_sole_manager test_living test_growth test_prepared_again \
	test_down test_down_twice test_half_made
finish_tests

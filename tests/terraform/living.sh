#!/usr/bin/env bash
# What a plan may not do to a swarm that lives: other ports or pools, and taking apart what is
# protected. As lifecycle.sh, with executables and machines that only log.
set -euo pipefail
# shellcheck source=tests/terraform/stubbed.sh
. "$(dirname "${BASH_SOURCE[0]}")/stubbed.sh"

# The last run's words as one line, without the frames of errors
said() { sed 's/^[│╷╵]//' "$LOGS/out" | tr -s '\n ' ' '; }

# says NAME TEXT
says() {
	if [[ $(said) == *"$2"* ]]; then passed "$1"; else failed "$1: it does not say \"$2\"" "$LOGS/out"; fi
}

# mutant modules/settings/main.tf terraform_data.this: condition = true
#   fails settings: others of a swarm that lives
test_settings() {
	export STUB_FAIL='init-swarm m1'
	EXTRA=(-var 'swarm={default_addr_pool=["10.30.0.0/16"],listen_port=2400}')
	refused "settings: a swarm that is not made" apply "$M1" "$W1"
	unset STUB_FAIL
	EXTRA=(-var 'swarm={default_addr_pool=["10.40.0.0/16"]}')
	succeeds "settings: others before there is one" apply "$M1" "$W1"
	plan_is_empty "settings"
	EXTRA=(-var 'swarm={default_addr_pool=["10.50.0.0/16"],listen_port=2400,data_path_port=4790}')
	refused "settings: others of a swarm that lives" apply "$M1" "$W1" "$W2"
	equal "settings: others of a swarm that lives: nothing runs" '' "$(ran)"
	says "settings: what it was made with" \
		'The swarm of test was made with swarm.data_path_port = 4789, swarm.default_addr_pool = ["10.40.0.0/16"], swarm.listen_port = 2377 and keeps that'
	says "settings: what to do" "make another cluster"
	EXTRA=(-var 'swarm={default_addr_pool=["10.40.0.0/16"],task_history=7}')
	succeeds "settings: growing with the same" apply "$M1" "$M2" "$M3" "$W1"
	succeeds "settings: the first manager replaced" apply 'm1={role="manager",machine="2"}' "$M2" "$M3" "$W1"
	plan_is_empty "settings: the first manager replaced"
	EXTRA=(-var 'swarm={listen_port=2400}')
	succeeds "settings: others do not keep it from being destroyed" destroy
	succeeds "settings: others for the next one" apply "$M1"
	succeeds "settings: no nodes" apply
	EXTRA=()
	succeeds "settings: others once it is gone" apply "$M1"
	succeeds "settings: destroy" destroy
}

# mutant modules/swarm/protection/refuse.sh -: yes => never
#   fails protection: a whole destroy
test_protection() {
	EXTRA=(-var protect=true)
	succeeds "protection" apply "$M1" "$M2" "$M3" "$W1" "$W2"
	refused "protection: a whole destroy" destroy
	equal "protection: a whole destroy: nothing runs" '' "$(ran)"
	says "protection: who, and what to do" "m1 is protected, and so nothing that belongs to it is touched: set protect to false and apply first"
	succeeds "protection: whole again" apply "$M1" "$M2" "$M3" "$W1" "$W2"
	equal "protection: whole again: nothing runs" '' "$(ran)"
	refused "protection: two managers less" apply "$M1" "$W1" "$W2"
	equal "protection: two managers less: nobody leaves" '' "$(ran)"
	refused "protection: another machine" apply "$M1" "$M2" 'm3={role="manager",machine="2"}' "$W1" "$W2"
	equal "protection: another machine: nobody leaves" '' "$(ran)"
	succeeds "protection: a worker less" apply "$M1" "$M2" "$M3" "$W1"
	equal "protection: a worker less: it leaves" 'drain-and-remove w2,machine-down w2' "$(ran)"
	succeeds "protection: demoted" apply "$M1" 'm2={role="worker"}' 'm3={role="worker"}' "$W1"
	succeeds "protection: who was demoted may go" apply "$M1" "$W1"
	EXTRA=()
	refused "protection: taken off and destroyed at once" destroy
	equal "protection: taken off and destroyed at once: nothing runs" '' "$(ran)"
	succeeds "protection: taken off" apply "$M1" "$W1"
	succeeds "protection: then destroyed" destroy
	before "protection: then destroyed: as ever" '^drain-swarm m1' '^drain-and-remove'
}

set_up
play test_settings test_protection
finish_tests

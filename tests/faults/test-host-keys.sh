#!/usr/bin/env bash
# test-host-keys.sh - terraform/hosts by operators who share nothing but the state: the keys of
# its machines are in it, and whoever answers with another one is refused in plan, apply and
# destroy, though nothing on the operator's disk knows better.
set -euo pipefail

CLUSTER=fltkeys
SUBNET=10.208.15
HOSTS=3
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=terraform.sh
. "$ROOT/tests/faults/terraform.sh"

KNOWN=.swarm/$CLUSTER.known_hosts

# entry N ROLE [MORE]: host N in the cluster's file
entry() { echo "$(name "$1"): { address: $(addr "$1"), role: $2${3+, $3} }, "; }

# operator NAME: from here on one with a checkout and a home folder of their own, who has never
# seen the machines. Only the state comes along.
operator() {
	local tree=$WORK/$1
	cp -R "$TREE" "$tree"
	find "$tree/terraform/hosts/.swarm" "$tree/terraform/hosts/.terraform/swarm-done" -type f ! -name .gitignore -delete 2>/dev/null || true
	rm -rf "$DIR/terraform.tfstate.d"
	TREE=$tree
	DIR=$tree/terraform/hosts
	mkdir "$WORK/home-$1"
	export HOME=$WORK/home-$1
}

state() { cat "$DIR/terraform.tfstate.d/$CLUSTER/terraform.tfstate"; }

# kept N: the key that the state has of host N
kept() {
	state | jq -r --arg name "$(name "$1")" '.resources[] | select((.module // "") | test("module\\.host_keys\\.module\\.")) | select(.mode == "managed" and .name == "this")
		| .instances[] | select(.index_key == $name) | .attributes.output | if type == "object" then .value else . end'
}

key_of() { on "$1" cut -d ' ' -f 1,2 /etc/ssh/ssh_host_ed25519_key.pub; }

known() { cut -d ' ' -f 1 "$DIR/$KNOWN" 2>/dev/null | sort | paste -sd ' '; }

# impostor N: what answers at its address lets everybody in, but has another key.
impostor() {
	on "$1" sh -c 'mkdir /etc/ssh/kept && mv /etc/ssh/ssh_host_* /etc/ssh/kept &&
		ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/ssh_host_ed25519_key && pkill -HUP -o -x sshd'
}

# the_right_one N: and back
the_right_one() { on "$1" sh -c 'rm /etc/ssh/ssh_host_* && mv /etc/ssh/kept/* /etc/ssh && rmdir /etc/ssh/kept && pkill -HUP -o -x sshd'; }

list() { nodes 1 | cut -d ' ' -f 1,2,3 | paste -sd ,; }

# refused NAME: what ran last ended because of that, and nothing was recorded.
refused() {
	expect "$1" 1 "host key changed: pinned SHA256:"
	check "$1: nothing is recorded" [ -z "$(known)" ]
}

# ---- tests ----

test_birth() {
	begin_root hosts
	M=$(entry 1 manager) W=$(entry 2 worker)
	tf_hosts apply "$M$W" -auto-approve
	expect "birth" 0
	check "birth: the manager's key is in the state" [ "$(kept 1)" = "$(key_of 1)" ]
	check "birth: the worker's key is in the state" [ "$(kept 2)" = "$(key_of 2)" ]
	check "birth: both are recorded as ever" [ "$(known)" = "$(addr 1) $(addr 2)" ]
	check "birth: no path of the operator's own is in the state" [ -z "$(state | sed "s#$WORK/key##g" | grep -F -e "$WORK" -e "$HOME/")" ]
	tf_hosts plan "$M$W" -detailed-exitcode
	expect "birth: the next plan is empty" 0
}

# mutant modules/swarm/host_keys.tf local.trust_asked: returns local.first_use
#   with test_birth
#   fails a second operator: trusts nobody for that
test_second_operator() {
	operator second
	tf_hosts plan "$M$W" -detailed-exitcode
	expect "a second operator: the plan is empty" 0
	SWARM='detect_drift: true' tf_hosts plan "$M$W"
	expect "a second operator: asks the manager" 0
	check "a second operator: trusts nobody for that" [ -z "$(known)" ]
	tf_hosts apply "$M$W$(entry 3 worker)" -auto-approve
	expect "a second operator: one node more" 0
	check "a second operator: it is there" [ "$(list)" = "$(name 1) manager active,$(name 2) worker active,$(name 3) worker active" ]
	check "a second operator: only of the new one the first answer was trusted" [ "$(known)" = "$(addr 3)" ]
	tf_hosts apply "$M$(entry 2 worker 'labels: { disk: ssd }')$(entry 3 worker)" -auto-approve
	expect "a second operator: a label" 0
	tf_hosts apply "$(entry 1 worker)$(entry 2 manager)$(entry 3 worker)" -auto-approve
	expect "a second operator: roles exchanged" 0
	tf_hosts apply "$M$W$(entry 3 worker)" -auto-approve
	expect "a second operator: and back" 0
	tf_hosts apply "$M$W" -auto-approve
	expect "a second operator: one node less" 0
	check "a second operator: it has left" [ "$(list)" = "$(name 1) manager active,$(name 2) worker active" ]
	check "a second operator: its line is gone" [ -z "$(known)" ]
}

test_impostor() {
	operator third
	impostor 1
	SWARM='detect_drift: true' tf_hosts plan "$M$W"
	refused "an impostor of the manager: plan with detect_drift"
	tf_hosts apply "$M$(entry 2 worker 'availability: drain')" -auto-approve
	refused "an impostor of the manager: apply"
	tf_hosts destroy "$M$W" -auto-approve
	refused "an impostor of the manager: destroy"
	the_right_one 1
	impostor 2
	tf_hosts apply "$M$(entry 2 worker 'availability: drain')" -auto-approve
	refused "an impostor of the worker: apply"
	tf_hosts apply "$M" -auto-approve
	refused "an impostor of the worker: it is to leave"
	check "an impostor: nothing has changed" [ "$(list)" = "$(name 1) manager active,$(name 2) worker active" ]
}

# As where the machine was installed anew by hand: an operator says that it is the right one.
test_read_again() {
	tf_hosts apply "$M$W" -auto-approve "-replace=module.swarm.module.host_keys.module.first.terraform_data.read[\"$(name 2)\"]"
	expect "another key, on purpose" 0
	check "another key, on purpose: it is in the state" [ "$(kept 2)" = "$(key_of 2)" ]
	tf_hosts plan "$M$W" -detailed-exitcode
	expect "another key, on purpose: the next plan is empty" 0
}

test_destroy() {
	operator fourth
	tf_hosts destroy "$M$W" -auto-approve
	expect "destroyed from anywhere" 0
	check "destroyed from anywhere: nobody was trusted for that" [ -z "$(known)" ]
	check "destroyed from anywhere: both are in no swarm" in_none
	check "destroyed from anywhere: the state is empty" [ "$(state | jq '.resources | length')" = 0 ]
}

in_none() { in_no_swarm 1 && in_no_swarm 2; }

lab_begin "$HOSTS"
play test_birth test_second_operator test_impostor test_read_again test_destroy
finish_tests

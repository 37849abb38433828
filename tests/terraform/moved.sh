#!/usr/bin/env bash
# A state in which prepare, init and join are where they were before they became steps: the
# plan moves them and does nothing else. The state is one of today with those addresses.
set -euo pipefail
# shellcheck source=tests/terraform/stubbed.sh
. "$(dirname "${BASH_SOURCE[0]}")/stubbed.sh"

# Of each step: its name, what its two resources were called, and whether by count
to_old_addresses() {
	local state=$CLUSTER/terraform.tfstate
	jq '{prepare: {run: "prepare", confirm: "prepared"}, init: {run: "init", confirm: "made"}, join: {run: "join", confirm: "joined"}} as $was
		| .resources |= map(select(.name != "ready"))
		| (.resources[] | select(.module // "" | test("^module\\.swarm\\.module\\.(prepare|init|join)$"))) |= (
			(.module | split(".") | last) as $step
			| .module = "module.swarm" | .name = $was[$step][.name]
			| if $step == "init" then .instances[0].index_key = 0 else . end
			| if $step != "join" then .instances[].attributes |= (.input = null | .output = null) else . end)' \
		"$state" >"$state.new" && mv "$state.new" "$state"
}

# Host keys in no state: every version before did without.
without_host_keys() {
	local state=$CLUSTER/terraform.tfstate
	jq '.resources |= map(select(.module // "" | startswith("module.swarm.module.host_keys") | not))' "$state" >"$state.new" &&
		mv "$state.new" "$state"
}

leave_of() { tf show -json | jq -r --arg name "$1" '.. | objects | select(.name? == "leave" and .index? == $name) | .values.input.query.host_key'; }

names_in_state() { "$TF" -chdir="$CLUSTER" state list | grep -oE 'swarm\.(module\.)?(terraform_data\.)?(prepare|prepared|init|made|join|joined)\b' | sort -u | paste -sd, -; }

set_up
W1='w1={role="worker",labels={disk="ssd"}}'
EXTRA=(-var detect_drift=true)
succeeds "birth" apply "$M1" "$W1"
check "an older state" to_old_addresses
equal "an older state has them where they were" \
	'swarm.terraform_data.init,swarm.terraform_data.join,swarm.terraform_data.joined,swarm.terraform_data.made,swarm.terraform_data.prepare,swarm.terraform_data.prepared' "$(names_in_state)"
succeeds "an older state: apply" apply "$M1" "$W1"
equal "an older state: it asks once, and runs nothing" 'describe-swarm m1' "$(ran)"
check "an older state: nothing is made, changed or destroyed" grep -F '0 added, 0 changed, 0 destroyed' "$LOGS/out"
equal "an older state: they have moved" 'swarm.module.init,swarm.module.join,swarm.module.prepare' "$(names_in_state)"
plan_is_empty "an older state"
succeeds "an older state: a node more" apply "$M1" "$W1" "$W2"
equal "an older state: only that node comes" 'describe-swarm m1 x2,fetch-host-key w2 x2,join-node w2,machine-up w2,prepare-node w2' "$(ran)"
check "a state without host keys" without_host_keys
echo 'ssh-ed25519 another' >"$STUB_KEYS/w1"
succeeds "a state without host keys: apply" apply "$M1" "$W1" "$W2"
equal "a state without host keys: they are read, and nothing else runs" \
	'describe-swarm m1,fetch-host-key m1 x2,fetch-host-key w1 x2,fetch-host-key w2 x2' "$(ran)"
equal "a state without host keys: leaves pin them" 'host-w1 ssh-ed25519 another
host-m1 ssh-ed25519 key-of-m1' "$(leave_of w1)"
plan_is_empty "a state without host keys"
succeeds "an older state: destroy" destroy
finish_tests

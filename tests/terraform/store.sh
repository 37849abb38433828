#!/usr/bin/env bash
# store of modules/swarm: when tokens are written into a store, and when they are taken out of it. With
# executables that only log; tests/store has stores.
set -euo pipefail
# shellcheck source=tests/terraform/stubbed.sh
. "$(dirname "${BASH_SOURCE[0]}")/stubbed.sh"

# at PLACE [MORE]
at() { EXTRA=(-var "store={place=\"$1\",region=\"eu-west-1\"${2-}}"); }

# What store-tokens was asked last
of_store() { asked store-tokens m1 | jq -r ".$1 // \"\""; }

# How often it ran, and nothing else of the log
stores() { grep -c '^store-tokens' "$STUB_LOG" || true; }

# mutant modules/swarm/store.tf module.store: local.managers => []
#   fails a manager more: it is written
test_written() {
	at dynamodb://Swarms/dev
	succeeds "a cluster" apply "$M1" "$W1"
	equal "a cluster: once" 1 "$(stores)"
	check "a cluster: after the joins" test "$(tail -n 1 "$STUB_LOG")" = 'store-tokens m1'
	equal "a cluster: it is asked as written" 'dynamodb://Swarms/dev eu-west-1 false  host-m1' \
		"$(of_store store) $(of_store region) $(of_store with_manager_token) $(of_store remove) $(of_store host)"
	plan_is_empty "a cluster"
	succeeds "a worker more" apply "$M1" "$W1" "$W2"
	equal "a worker more: nothing is written" 0 "$(stores)"
	succeeds "managers more" apply "$M1" "$M2" "$M3" "$W1" "$W2"
	equal "a manager more: it is written" 1 "$(stores)"
	equal "a manager more: all of them are asked" 'root@host-m2:22,root@host-m3:22' "$(of_store managers)"
	succeeds "a manager less" apply "$M1" "$M2" "$W1" "$W2"
	before "a manager less: it is written once that has left" '^drain-and-remove m3' '^store-tokens'
	plan_is_empty "a manager less"
	succeeds "another machine of a manager" apply "$M1" 'm2={role="manager",machine="2"}' "$W1" "$W2"
	equal "another machine of a manager: it is written" 1 "$(stores)"
	at dynamodb://Swarms/dev ',with_manager_token=true'
	succeeds "the token of managers" apply "$M1" 'm2={role="manager",machine="2"}' "$W1" "$W2"
	equal "the token of managers: it is asked for" 'store-tokens m1 true' "$(ran) $(of_store with_manager_token)"
}

# mutant modules/swarm/store.tf terraform_data.stored: local.store_settings => var.store.region
#   fails another place: taken out of the old one, and written to the new one
test_removed() {
	at ssm://swarm/dev
	succeeds "another place" apply "$M1" "$W1"
	equal "another place: taken out of the old one, and written to the new one" 2 "$(stores)"
	equal "another place: that is the last" ssm://swarm/dev "$(of_store store)"
	plan_is_empty "another place"
	EXTRA=()
	succeeds "no store" apply "$M1" "$W1"
	equal "no store: taken out, and nothing else" 'store-tokens m1' "$(ran)"
	equal "no store: of this place" 'ssm://swarm/dev true' "$(of_store store) $(of_store remove)"
	plan_is_empty "no store"
}

# mutant modules/swarm/unstore.sh -: if "$@"; then exit; fi => "$@"; exit
#   fails a store that does not answer: destroyed nevertheless
test_destroyed() {
	at s3://swarms/a/dev
	succeeds "a store again" apply "$M1" "$W1"
	succeeds "destroy" destroy
	before "destroy: taken out before the swarm is taken apart" '^store-tokens' '^drain-swarm'
	equal "destroy: by a manager that knows which swarm it is" 's3://swarms/a/dev true' "$(of_store store) $(of_store remove)"
	succeeds "once more" apply "$M1" "$W1"
	export STUB_FAIL='store-tokens m1'
	succeeds "a store that does not answer: destroyed nevertheless" destroy
	unset STUB_FAIL
	check "a store that does not answer: it is said" grep -F 'the tokens were not taken out of the store' "$LOGS/out"
	equal "a store that does not answer: the state is empty" '' "$("$TF" -chdir="$CLUSTER" state list)"
}

set_up
play test_written test_removed test_destroyed
finish_tests

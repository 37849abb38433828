#!/usr/bin/env bash
# restore_from: an archive is put back before a swarm would be made, and only where there is none.
# With executables that only log; tests/faults/test-restore-from.sh has hosts.
set -euo pipefail
# shellcheck source=tests/terraform/stubbed.sh
. "$(dirname "${BASH_SOURCE[0]}")/stubbed.sh"

# What both streams said, without the frames of errors
said() { sed 's/^[│╷╵]//' "$LOGS/out" | tr -s '\n ' ' '; }

# says NAME TEXT
says() { if [[ $(said) == *"$2"* ]]; then passed "$1"; else failed "$1: it does not say \"$2\"" "$LOGS/out"; fi; }

# from ARCHIVE: what is put back from now on
from() { EXTRA=(-var "restore_from={from=\"$1\"}"); }

runs() { grep -cE "^$1" "$STUB_LOG" || true; }

gone() {
	succeeds "$1: destroy" destroy
	equal "$1: destroy: the state is empty" '' "$("$TF" -chdir="$CLUSTER" state list)"
}

# mutant modules/swarm/main.tf module.init: local.restores => false
#   fails a new cluster: put back before a swarm would be made
test_new_cluster() {
	from first.tar.gz
	succeeds "a new cluster" apply "$M1" "$M2" "$M3" "$W1"
	before "a new cluster: put back before a swarm would be made" '^restore-swarm m1' '^init-swarm'
	before "a new cluster: on machines that are prepared" '^prepare-node' '^restore-swarm'
	equal "a new cluster: once" 1 "$(runs restore-swarm)"
	equal "a new cluster: all others are asked" 'root@host-m2:22,root@host-m3:22 root@host-w1:22' \
		"$(asked restore-swarm m1 | jq -r '"\(.peers) \(.workers)"')"
	plan_is_empty "a new cluster"
	from second.tar.gz
	plan_is_empty "a new cluster, another archive"
	EXTRA=()
	plan_is_empty "a new cluster, no archive"
}

# mutant modules/swarm/restore.sh lives: none | inactive => *
#   fails the first manager replaced: nothing is restored
test_living() {
	from second.tar.gz
	succeeds "the first manager replaced" apply 'm1={role="manager",machine="2"}' "$M2" "$M3" "$W1"
	equal "the first manager replaced: nothing is restored" 0 "$(runs restore-swarm)"
	equal "the first manager replaced: it joins the others" 1 "$(runs 'init-swarm m1')"
	says "the first manager replaced: that is said" 'm2 is in a swarm (active): nothing is restored'
	gone "the first manager replaced"
}

# mutant modules/swarm/restore.sh -: "$SWARM_RESTORE" => true
#   fails a restore that fails: no swarm is made
test_failures() {
	from first.tar.gz
	export STUB_FAIL='restore-swarm m1'
	refused "a restore that fails" apply "$M1" "$W1"
	equal "a restore that fails: no swarm is made" '1 0' "$(runs restore-swarm) $(runs init-swarm)"
	unset STUB_FAIL
	succeeds "a restore that fails: the next apply" apply "$M1" "$W1"
	before "a restore that fails: the next apply: puts it back" '^restore-swarm m1' '^init-swarm'
	plan_is_empty "a restore that fails: the next apply"
	gone "a restore that fails"
}

# mutant modules/swarm/restore.sh state: $? != 1 => true
#   fails a manager that does not say: why
test_silent() {
	from first.tar.gz
	export STUB_DOWN=m2
	refused "a manager that does not say" apply "$M1" "$M2" "$M3"
	equal "a manager that does not say: no swarm is made" '0 0' "$(runs restore-swarm) $(runs init-swarm)"
	says "a manager that does not say: why" 'nothing is restored, and no swarm is made: m2 may be in a swarm, and is not ready'
	unset STUB_DOWN
	succeeds "a manager that does not say: it is back" apply "$M1" "$M2" "$M3"
	equal "a manager that does not say: it is back" '1 1' "$(runs restore-swarm) $(runs init-swarm)"
	plan_is_empty "a manager that does not say: it is back"
	gone "a manager that does not say"
}

test_refused() {
	EXTRA=(-var 'restore_from={from="s3://bucket/"}')
	refused "a bucket and no archive" apply "$M1"
	says "a bucket and no archive: what is wanted" 'restore_from.from is "s3://bucket/"; use the path of an archive, or s3://bucket/key'
	EXTRA=(-var 'restore_from={from="a.tar.gz",manager="m4"}')
	refused "a manager that there is not" apply "$M1" "$M2" "$M3"
	says "a manager that there is not: which there are" 'restore_from.manager is "m4", which is no manager; the managers are m1, m2, m3'
	EXTRA=()
}

set_up
export STUB_REACHABLE=false
play test_new_cluster test_living test_failures test_silent test_refused
finish_tests

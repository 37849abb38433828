#!/usr/bin/env bash
# backup.schedule: a timer on every manager, put there after its join and taken away before it leaves.
# With executables that only log; tests/faults/test-schedule.sh has hosts.
set -euo pipefail
# shellcheck source=tests/terraform/stubbed.sh
. "$(dirname "${BASH_SOURCE[0]}")/stubbed.sh"

# every DURATION: archives are made as often
every() { EXTRA=(-var "backup={to=\"s3://backups/dev/\",encrypt_to=\"backup.crt\",keep=14,region=\"eu-west-1\",schedule=\"$1\"}"); }

# What a manager was asked last, of its timer
of_timer() { asked prepare-node "$1" | jq -r ".environment | fromjson | .$2"; }

# mutant modules/swarm/schedule.tf module.schedule: without depends_on
#   fails a cluster: after the joins
# mutant modules/swarm/schedule.tf local.scheduled: local.managers => keys(var.nodes)
#   fails a cluster: managers have one, workers none
test_schedule() {
	echo certificate >"$CLUSTER/backup.crt"
	every 20h
	succeeds "a cluster" apply "$M1" "$M2" "$M3" "$W1"
	equal "a cluster: managers have one, workers none" 'prepare-node m1 x2,prepare-node m2 x2,prepare-node m3 x2,prepare-node w1' "$(ran | tr , '\n' | grep prepare | paste -sd ,)"
	check "a cluster: after the joins" test "$(tail -n 1 "$STUB_LOG" | cut -d ' ' -f 1)" = prepare-node
	equal "a cluster: it is asked as written" \
		'{"allow_http":"false","copy":"stopped","encrypt_to":"/etc/swarm-backup/certificate.pem","host":"unix:///var/run/docker.sock","if_older_than":"20h","keep":"14","region":"eu-west-1","to":"s3://backups/dev/"}' \
		"$(of_timer m2 QUERY)"
	equal "a cluster: with the certificate, by its path there" 'certificate /usr/local/bin/backup-swarm yes' \
		"$(of_timer m2 CERTIFICATE) $(of_timer m2 PROGRAM) $(of_timer m2 SCHEDULE)"
	plan_is_empty "a cluster"
	every 10h
	succeeds "another schedule" apply "$M1" "$M2" "$M3" "$W1"
	equal "another schedule: the timers alone" 'prepare-node m1,prepare-node m2,prepare-node m3' "$(ran)"
	succeeds "one more worker" apply "$M1" "$M2" "$M3" "$W1" "$W2"
	equal "one more worker: no timer" 'fetch-host-key w2 x2,join-node w2,machine-up w2,prepare-node w2' "$(ran)"
	succeeds "a manager becomes a worker, and a worker a manager" apply "$M1" "$M2" 'm3={role="worker"}' 'w1={role="manager"}' "$W2"
	equal "a manager becomes a worker: its timer goes" no "$(of_timer m3 SCHEDULE)"
	equal "a worker becomes a manager: it gets one" yes "$(of_timer w1 SCHEDULE)"
	plan_is_empty "roles changed"
}

# mutant modules/swarm/unschedule.sh -: if "$@"; then exit; fi => "$@"; exit
#   with test_schedule
#   fails one that does not answer: no schedule any more
test_removed() {
	export STUB_FAIL='prepare-node m2'
	EXTRA=()
	succeeds "one that does not answer: no schedule any more" apply "$M1" "$M2" 'm3={role="worker"}' 'w1={role="manager"}' "$W2"
	equal "one that does not answer: all are asked" 'prepare-node m1,prepare-node m2,prepare-node w1' "$(ran)"
	unset STUB_FAIL
	plan_is_empty "no schedule any more"
	every 10h
	succeeds "again" apply "$M1" "$W1"
	succeeds "again: destroy" destroy
	before "again: destroy: the timer goes before the manager" '^prepare-node m1' '^drain-and-remove'
	equal "again: destroy: the state is empty" '' "$("$TF" -chdir="$CLUSTER" state list)"
}

set_up
export STUB_REACHABLE=false
play test_schedule test_removed
finish_tests

#!/usr/bin/env bash
# test-run.sh - proves what tests/run promises: it counts, it fails when anything is wrong,
# and nothing is left of it however it ends.
set -euo pipefail

TESTS=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
SAMPLES=$TESTS/runner/samples
WORK=$(mktemp -d /tmp/tsh-test-run.XXXXXX)
trap 'rm -rf "$WORK"' EXIT
# The run inside this one
export CHECK_NAME=nested
NESTED=${TESTS%/*}/build/check-nested
FAILED=0

check() {
	local name=$1
	shift
	if "$@" >"$WORK/output" 2>&1; then
		echo "ok $name"
	else
		echo "not ok $name"
		sed 's/^/# /' "$WORK/output"
		FAILED=$((FAILED + 1))
	fi
}

# Runs samples; CODE and LAST are the exit code and last line it is to end with.
ends() {
	local code=$1 last=$2
	shift 2
	ends_with "$code" "$last" "${@/#/$SAMPLES/}"
}

ends_with() {
	local code=$1 last=$2 got=0
	shift 2
	"$TESTS/run" "$@" >"$WORK/said" 2>&1 </dev/null || got=$?
	cat "$WORK/said"
	[ "$got" = "$code" ] && [ "$(tail -n 1 "$WORK/said")" = "$last" ]
}

ends_without_terraform() {
	local -x TF=/nonexistent
	ends_with 1 '1 passed, 1 failed, 0 skipped' secrets
}

says() { grep -qF -- "$1" "$WORK/said" || { cat "$WORK/said" && return 1; }; }

snapshot() {
	LAB_STATE=$WORK/no-lab "${TESTS%/*}/scripts/lab" snapshot
	find /sys/fs/cgroup -maxdepth 2 -name 'tsh-*.runlab*'
}

unchanged() { snapshot | diff "$WORK/before" -; }

within() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.1
	done
}

test_counting() {
	check "results are counted" ends 0 '3 passed, 0 failed, 1 skipped' good.sh
	check "a failure fails" ends 1 '2 passed, 1 failed, 0 skipped' bad.sh
	check "and is shown with its reason" says '# because'
	check "silence fails" ends 1 '1 passed, 1 failed, 0 skipped' silent.sh
	check "a suite that is killed fails" ends 1 '2 passed, 1 failed, 0 skipped' dies.sh
	check "the slowest checks are listed" says 'The slowest checks'
	check "a suite whose build failed fails" ends_without_terraform
	check "and says which" says 'external could not be built: providers: /nonexistent'
	check "one failure among others fails" ends 1 '4 passed, 1 failed, 1 skipped' bad.sh good.sh
}

# Whether a host of the inner run has processes.
hosts_run() { [ -n "$(find /sys/fs/cgroup -path '*/tsh-*.runlab.*/cgroup.procs' -exec cat {} +)" ]; }

no_hosts_run() { ! hosts_run; }

test_leftovers() {
	check "a control group that is left fails the run" ends 1 '1 passed, 1 failed, 0 skipped' lab.sh
	check "and is named" says '.runlab.runlab-1'
	check "and is gone all the same" unchanged
	check "what the suite wrote to /tmp is gone" test ! -e /tmp/left-by-runlab
}

# Starts a run of a suite that has made a host and would stay: its log says so, for what a
# suite says is shown in one piece at its end. What a shell starts in the background
# ignores an interrupt unless told otherwise.
start_run() {
	local log=$NESTED/stays.sh.log
	rm -f "$log"
	env --default-signal=INT "$TESTS/run" "$SAMPLES/stays.sh" </dev/null >"$WORK/said" 2>&1 &
	RUN=$!
	within 120 grep -qsF 'ok the host is up' "$log" && hosts_run
}

# Sends SIGNAL to that run, and asserts that in the end nothing is left.
gone_after() {
	kill "-$1" "$RUN"
	wait "$RUN" || true
	within 20 no_hosts_run && within 20 unchanged
}

test_killed() {
	local signal
	for signal in KILL INT TERM; do
		check "a run with a host in it, for SIG$signal" start_run
		check "SIG$signal: nothing is left of it" gone_after "$signal"
		check "SIG$signal: nor of its files" test ! -e /tmp/left-by-runlab
	done
}

main() {
	snapshot >"$WORK/before"
	test_counting
	test_leftovers
	test_killed
	rm -rf "$NESTED" "$NESTED.lock"
	[ "$FAILED" = 0 ]
}

main

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
# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
. "$TESTS/lib/check.sh"

# Runs samples; CODE and LAST are the exit code and last line it is to end with.
ends() {
	local code=$1 last=$2
	shift 2
	set -- "$SAMPLES/$1" "${@:2}"
	[[ ${2-} != *.sh ]] || set -- "$1" "$SAMPLES/$2"
	ends_with "$code" "$last" "$@"
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

test_counting() {
	check "results are counted" ends 0 '3 passed, 0 failed, 1 skipped' good.sh
	check "a failure fails" ends 1 '2 passed, 1 failed, 0 skipped' bad.sh
	check "and is shown with its reason" says '# because'
	check "silence fails" ends 1 '1 passed, 1 failed, 0 skipped' silent.sh
	check "a suite that is killed fails" ends 1 '2 passed, 1 failed, 0 skipped' dies.sh
	check "the slowest checks are listed" says 'The slowest checks'
	check "a suite whose build failed fails" ends_without_terraform
	check "and says which" says 'external could not be built: providers: /nonexistent'
	check "one test of a script" ends 0 '3 passed, 0 failed, 0 skipped' chosen.sh -k second
	check "and no other" refuses says 'ok the first'
	check "several of them" ends 0 '4 passed, 0 failed, 0 skipped' chosen.sh -k first -k test_second
	check "a test that is not there" ends 2 'run: '"$SAMPLES"'/chosen.sh has no test_third; there are: test_first test_second test_unused' chosen.sh -k third
	check "one that the script does not play" ends 1 '2 passed, 1 failed, 0 skipped' chosen.sh -k unused
	check "one failure among others fails" ends 1 '4 passed, 1 failed, 1 skipped' bad.sh good.sh
}

# mutant tests/run await_lane: elif have_time; then => elif false; then
#   fails one more suite begins while the processors have time
test_lanes() {
	local -x LANES=1 MOST_LANES=2 SPARE=0 LOOK=1
	check "one more suite begins while the processors have time" ends_with 0 '3 passed, 0 failed, 0 skipped' \
		"$SAMPLES/meets.sh" "$SAMPLES/meets-too.sh"
	SPARE=101
	check "and none while they have not" ends_with 1 '1 passed, 2 failed, 0 skipped' "$SAMPLES/meets.sh" "$SAMPLES/meets-too.sh"
	SPARE=0 MOST_LANES=1
	check "nor beyond the most" ends_with 1 '1 passed, 2 failed, 0 skipped' "$SAMPLES/meets.sh" "$SAMPLES/meets-too.sh"
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
	play test_counting test_lanes test_leftovers test_killed
	rm -rf "$NESTED" "$NESTED.lock"
	finish_tests
}

main

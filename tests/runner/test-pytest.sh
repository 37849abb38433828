#!/usr/bin/env bash
# test-pytest.sh - that tests/lib/pytest prints the result line that each test deserves, also
# of one that hangs, and fails when one did.
set -euo pipefail

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
WORK=$(mktemp -d /tmp/tsh-test-pytest.XXXXXX)
trap 'rm -rf "$WORK"' EXIT
# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
. "$ROOT/tests/lib/check.sh"

# plays STATUS FILE [OPTION...]: how it ends; what it said is in $WORK/said.
plays() {
	local wanted=$1 status=0
	shift
	(cd "$ROOT" && tests/lib/pytest "$@") >"$WORK/said" 2>&1 || status=$?
	cat "$WORK/said"
	[ "$status" = "$wanted" ]
}

lines() { grep -E '^(ok|not ok|skip) ' "$WORK/said"; }

test_ends() {
	check "it fails when a test did" plays 1 tests/runner/samples/ends.py --prefix 'p: '
	equal "each test has its line" 'ok p: number 1 is right (1)
ok p: number 2 is right (2)
not ok p: that is wrong
not ok p: that hangs
skip p: that needs a moon - Skipped: there is none
not ok p: on a broken fixture
ok p: its own name' "$(lines)"
	check "why one is wrong is behind it" grep -qx '# because' "$WORK/said"
	check "so is that one took too long" grep -q '^# .*Timeout' "$WORK/said"
}

test_chosen() {
	local -x ONLY_TESTS='test_right test_with_a_name'
	check "it ends well when all chosen ones do" plays 0 tests/runner/samples/ends.py
	equal "and no others were played" 'ok number 1 is right (1)
ok number 2 is right (2)
ok its own name' "$(lines)"
}

test_broken() {
	echo 'import nothing_of_that_name' >"$WORK/broken.py"
	check "a file that cannot be read fails" plays 2 "$WORK/broken.py"
	check "and has a line" grep -q '^not ok .*broken.py, its tests' "$WORK/said"
}

play test_ends test_chosen test_broken
finish_tests

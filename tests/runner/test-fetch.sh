#!/usr/bin/env bash
# test-fetch.sh - that tests/run fetches what its suites need: on a machine whose cache is
# full nobody notices a script whose --fetch is called by nobody. And that every test is one
# of a suite, and every suite run: those that make check leaves out on fresh machines.
set -euo pipefail

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
WORK=$(mktemp -d /tmp/tsh-test-fetch.XXXXXX)
trap 'rm -rf "$WORK" "$ROOT/build/check-nested" "$ROOT/build/check-nested.lock"' EXIT
# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
. "$ROOT/tests/lib/check.sh"
cd "$ROOT"

# shellcheck source=tests/suites.sh
. tests/suites.sh

# The scripts below the folders that take --fetch, but for the runner's own samples, and for the
# test of a release, which a target of make names by its path
fetchers() { find "$@" -type f ! -path '*/samples/*' ! -path 'tests/dist/*' -exec bash -c '. tests/suites.sh && takes_fetch "$@"' - {} + | sort; }

# The scripts that some suite has in its column of what to fetch
named() { awk '{ for (i = 3; i <= NF; i++) if ($i ~ "/") print $i }' <<<"$SUITES" | sort -u; }

# Whether two lists are the same; else says what only one of them has.
same() { diff <(printf '%s\n' "$1") <(printf '%s\n' "$2") >"$WORK/said"; }

test_all_are_called() {
	local status=0
	same "$(fetchers scripts tests)" "$(named)" || status=$?
	verdict "$status" "every script that takes --fetch is one that a suite has fetched, and no other"
}

# What the suites play, a line each
# shellcheck disable=SC2317 # the suites call these
played() (
	program() { printf '%s\n' "$2"; }
	check() { :; }
	compiles() { :; }
	awk 'NF { print $1 }' <<<"$SUITES" | while read -r suite; do "suite_$suite" </dev/null; done
)

# Those of the clouds and of a release have targets of make, with all that is in their folders; the one of the
# command line is played by make.
test_all_are_played() {
	local status=0
	same "$(find tests -name 'test-*.sh' ! -path '*/samples/*' ! -path 'tests/aws/*' ! -path 'tests/scaleway/*' ! -path 'tests/dist/*' ! -path 'tests/helper/*' | sort)" \
		"$(played | grep '/test-[^/]*\.sh$' | sort -u)" || status=$?
	verdict "$status" "every test is one of a suite"
}

# The suites that scripts/pristine --fresh and the slow targets run, one a line
slow_suites() {
	sed -nE 's/^make check SUITES="([^"]*)".*/\1/p' scripts/pristine | tr ' ' '\n'
	sed -nE 's|.*scripts/slow run \$@ tests/run ([a-z0-9 ]+)$|\1|p' Makefile | tr ' ' '\n'
}

test_others_are_run() {
	local suite status=0
	for suite in $NAMED; do
		slow_suites | grep -xF -- "$suite" >/dev/null || { echo "nothing runs $suite" >"$WORK/said" && status=1; }
	done
	verdict "$status" "every suite that make check leaves out is one of a slow target"
}

test_all_are_found() {
	local tree=$WORK/tree status=0
	mkdir -p "$tree"
	cp tests/runner/samples/fetches.sh "$tree/test-new.sh"
	# shellcheck disable=SC2016 # the script's own
	printf '#!/bin/sh\ncase $1 in\n--fetch) : ;;\nesac\n' >"$tree/newer"
	same "$(fetchers "$tree")" "$(printf '%s\n' "$tree/newer" "$tree/test-new.sh")" || status=$?
	verdict "$status" "such a script is found however it takes it"
}

test_script_alone() {
	local status=0
	mkdir "$WORK/cache"
	CHECK_NAME=nested XDG_CACHE_HOME=$WORK/cache tests/run tests/runner/samples/fetches.sh >"$WORK/said" 2>&1 </dev/null || status=$?
	verdict "$status" "a script that is run alone is called with --fetch before"
}

main() {
	play test_all_are_called test_all_are_played test_others_are_run test_all_are_found test_script_alone
	finish_tests
}

main

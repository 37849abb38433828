#!/usr/bin/env bash
# test-readme.sh - that every block of commands in README.md and docs/teams.md is run by a test: the
# lists of tests/readme.sh have all of them, and each test there runs what the list says; and that the
# classic example does not pass for a good one.
set -euo pipefail

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
WORK=$(mktemp -d /tmp/tsh-test-readme.XXXXXX)
trap 'rm -rf "$WORK"' EXIT
# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
. "$ROOT/tests/lib/check.sh"

# shellcheck source=tests/readme.sh
. "$ROOT/tests/readme.sh"

begins() { [[ $1 == "$2"* ]]; }

# How many of the list's beginnings fit the block: one
listed_once() {
	local beginning count=0
	while IFS='|' read -r beginning _; do
		! begins "$1" "$beginning" || count=$((count + 1))
	done < <(grep . <<<"${LIST-$README_BLOCKS}")
	[ "$count" = 1 ]
}

# Before anything else but its name
says_what_is_not_verified() { head -n 4 "$ROOT/modules/scaleway/examples/classic/README.md" | grep -F 'does not verify'; }

not_listed() { ! listed_once "$1"; }

# The test names the block, and the page has it.
is_run() { grep -qE "readme_(block|run)" "$ROOT/$2" && grep -qF "'$1'" "$ROOT/$2" && readme_block "$ROOT/$PAGE" "$1" >/dev/null; }

# page FILE LIST: all of its blocks are in the list, and what the list says is so
page() {
	local PAGE=$1 LIST=$2 first beginning script
	while IFS= read -r first; do
		check "$PAGE: the block that begins with '$first' is in the list" listed_once "$first"
	done < <(readme_blocks "$ROOT/$PAGE" | awk -v RS= -F '\n' '{ print $1 }')
	while IFS='|' read -r beginning script; do
		check "$PAGE: $script runs '$beginning'" is_run "$beginning" "$script"
	done < <(grep . <<<"$LIST")
}

main() {
	page README.md "$README_BLOCKS"
	page docs/teams.md "$TEAMS_BLOCKS"
	check "a block that no test runs is noticed" not_listed 'make coffee'
	check "the classic example says first what it does not verify" says_what_is_not_verified
	finish_tests
}

main

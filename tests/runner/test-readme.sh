#!/usr/bin/env bash
# test-readme.sh - that every block of commands in README.md and all other pages is run by a test: the
# list of tests/readme.sh has all of them, and each test there runs what it says; and that the
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

# How many of the list's beginnings for the page fit the block: one
listed_once() {
	local page beginning count=0
	while IFS='|' read -r page beginning _; do
		[ "$page" != "$1" ] || ! begins "$2" "$beginning" || count=$((count + 1))
	done < <(grep . <<<"$README_BLOCKS")
	[ "$count" = 1 ]
}

# Before anything else but its name
says_what_is_not_verified() { head -n 4 "$ROOT/modules/scaleway/examples/classic/README.md" | grep -F 'does not verify'; }

# The test names the block, and the page has it.
is_run() {
	grep -qE "readme_(block|run)" "$ROOT/$3" && grep -qF "'$2'" "$ROOT/$3" && readme_block "$ROOT/$1" "$2" >/dev/null
}

# CONTRIBUTING.md lists what to run rather than what to type.
pages() { git -C "$ROOT" ls-files --cached --others --exclude-standard README.md 'docs/*.md' 'terraform/*.md' 'modules/*.md'; }

test_blocks() {
	local page first beginning script count=0
	while IFS= read -r page; do
		while IFS= read -r first; do
			check "$page: the block that begins with '$first' is in the list" listed_once "$page" "$first"
			count=$((count + 1))
		done < <(readme_blocks "$ROOT/$page" | awk -v RS= -F '\n' '{ print $1 }')
	done < <(pages)
	check "the pages have blocks" test "$count" -gt 10
	while IFS='|' read -r page beginning script; do
		check "$page: $script runs '$beginning'" is_run "$page" "$beginning" "$script"
	done < <(grep . <<<"$README_BLOCKS")
	check "a block that no test runs is noticed" refuses listed_once README.md 'make coffee'
	check "one of another page, too" refuses listed_once README.md 'dnf install'
}

main() {
	play test_blocks
	check "the classic example says first what it does not verify" says_what_is_not_verified
	finish_tests
}

main

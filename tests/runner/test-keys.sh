#!/usr/bin/env bash
# test-keys.sh - that a key of a query which Terraform passes through stands in the files that
# CONTRIBUTING.md lists, and in no others: a root that passes each key on by itself makes a new one
# touch them all.
set -euo pipefail

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
WORK=$(mktemp -d /tmp/tsh-test-keys.XXXXXX)
trap 'rm -rf "$WORK"' EXIT
# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
. "$ROOT/tests/lib/check.sh"

# The files of CONTRIBUTING's list, and its tests, which are two at most
# shellcheck disable=SC2016 # quotes of Markdown
listed() {
	sed -n '/^## A new key of a query/,/^A key that modules/p' "$ROOT/CONTRIBUTING.md" | sed -n '/^1\./,$p' |
		grep -oE '`(helpers|docs|modules)/[a-z_./-]+\.(c|md|tf)`' | tr -d '`' | sort -u
}

# Where the key $1 stands in tree $2: as a string of C, as a word of Terraform, in the reference
named() {
	cd "$2"
	{
		grep -rlF --include='*.c' "\"$1\"" helpers
		grep -rlw --include='*.tf' "$1" modules terraform
		grep -lF "\`$1\`" docs/reference.md
	} | sort
}

# Fails with the files that are too many.
only_listed() {
	local more
	more=$(comm -23 <(named "$1" "$2") <(listed))
	[ -z "$more" ] || { printf '%s\n' "$more" && return 1; }
	[ "$(named "$1" "$2" | wc -l)" -ge 5 ]
}

at_most() {
	[ "$(named "$1" "$ROOT" | wc -l)" -le "$2" ]
}

test_keys() {
	local key
	for key in private_key_env from_other_swarm; do
		check "$key stands in the files of CONTRIBUTING's list alone" only_listed "$key" "$ROOT"
		check "$key, with two tests, touches nine files at most" at_most "$key" 7
	done
}

test_a_root_that_names_it() {
	mkdir "$WORK/tree"
	cp -r "$ROOT/helpers" "$ROOT/modules" "$ROOT/terraform" "$ROOT/docs" "$WORK/tree"
	echo '# from_other_swarm = module.cluster.swarm.from_other_swarm' >>"$WORK/tree/terraform/lab/main.tf"
	check "a root that passes a key on by itself is found" refuses only_listed from_other_swarm "$WORK/tree"
	equal "by its name" terraform/lab/main.tf "$(only_listed from_other_swarm "$WORK/tree" || true)"
}

play test_keys test_a_root_that_names_it
finish_tests

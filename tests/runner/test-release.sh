#!/usr/bin/env bash
# test-release.sh - scripts/release: what it refuses, and what it publishes, in a checkout of
# its own where nothing is built; and which release the test of an upgrade begins with.
set -euo pipefail

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
WORK=$(mktemp -d /tmp/tsh-test-release.XXXXXX)
trap 'rm -rf "$WORK"' EXIT
# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
. "$ROOT/tests/lib/check.sh"
# shellcheck source=tests/lib/releases.sh
. "$ROOT/tests/lib/releases.sh"
TREE=$WORK/tree

in_tree() { git -C "$TREE" -c user.name=tests -c user.email=tests@example.com "$@"; }

# checkout HEADING: a commit whose CHANGELOG.md begins with that
checkout() {
	rm -rf "$TREE"
	mkdir -p "$TREE/scripts" "$WORK/bin"
	cp "$ROOT/scripts/release" "$TREE/scripts/"
	# shellcheck disable=SC2016 # that shell's
	printf '#!/bin/sh\ncd "$(dirname "$0")/.." && mkdir -p build/dist && echo sums >build/dist/SHA256SUMS && echo tar >build/dist/x.tar.gz\n' >"$TREE/scripts/dist"
	chmod +x "$TREE/scripts/dist"
	printf '# Changelog\n\n%s\n\nWhat is new.\n\n* This.\n\n## [0.1.0] - 2026-01-01\n\nFirst.\n' "$1" >"$TREE/CHANGELOG.md"
	echo /build/ >"$TREE/.gitignore"
	git init --quiet "$TREE"
	in_tree add --all
	in_tree commit --quiet --message 'all of it'
	printf '#!/bin/sh\nprintf "%%s\\n" "$@" >"%s/asked"\n' "$WORK" >"$WORK/bin/gh"
	chmod +x "$WORK/bin/gh"
	rm -f "$WORK/asked"
}

release() { PATH=$WORK/bin:$PATH "$TREE/scripts/release" "$@"; }

# refused TEXT ARGUMENT...: one line that has it, nothing made and nothing published
refused() {
	local text=$1
	shift
	! release "$@" >"$WORK/said" 2>&1 || return 1
	cat "$WORK/said"
	[ "$(wc -l <"$WORK/said")" = 1 ] && grep -qF -- "$text" "$WORK/said" && [ ! -e "$TREE/build" ] && [ ! -e "$WORK/asked" ]
}

made() {
	release "$@" && [ -e "$TREE/build/dist/SHA256SUMS" ] && [ "$(cat "$TREE/build/release-notes.md")" = $'What is new.\n\n* This.' ]
}

published() {
	made --publish && [ "$(xargs <"$WORK/asked")" = \
		"release create v0.2.0 --verify-tag --title 0.2.0 --notes-file $TREE/build/release-notes.md build/dist/SHA256SUMS build/dist/x.tar.gz" ]
}

nothing_published() { made && [ ! -e "$WORK/asked" ]; }

# mutant scripts/release -: [ -z "$changed" ] => true
#   fails changes are refused
test_refusals() {
	checkout '## [0.2.0] - unreleased'
	in_tree tag v0.2.0
	check "a version without a day is refused" refused 'CHANGELOG.md begins with "## [0.2.0] - unreleased"'
	checkout '## [0.2.0] - 2026-12-01'
	check "a commit without a tag is refused" refused 'has no tag v0.2.0'
	in_tree tag v0.2.0
	in_tree commit --quiet --allow-empty --message 'one more'
	check "a tag of another commit is refused" refused 'has no tag v0.2.0'
	in_tree tag --force v0.2.0 >"$WORK/tagged"
	echo more >>"$TREE/CHANGELOG.md"
	check "changes are refused" refused 'not committed, the first is  M CHANGELOG.md' --publish
	check "an unknown word is refused" refused 'expected nothing or --publish' --dry-run
}

test_release() {
	checkout '## [0.2.0] - 2026-12-01'
	in_tree tag --annotate --message 0.2.0 v0.2.0
	check "files and notes are made, and nothing is published" nothing_published
	check "with --publish they are" published
}

# mutant tests/lib/releases.sh -: $1 != own => 1
#   fails the newest before the version in the making
test_last_release() {
	checkout '## [0.10.0] - 2026-12-01'
	equal "without a tag it is 0.1.0" "$FIRST_RELEASE" "$(last_release "$TREE")"
	in_tree tag v0.2.0
	in_tree commit --quiet --allow-empty --message 'one more'
	in_tree tag v0.9.1
	in_tree tag v0.10.0
	in_tree tag nightly
	equal "the newest before the version in the making" v0.9.1 "$(last_release "$TREE")"
	in_tree reset --quiet --hard HEAD^
	equal "one that this commit is not made from is none" v0.2.0 "$(last_release "$TREE")"
}

play test_refusals test_release test_last_release
finish_tests

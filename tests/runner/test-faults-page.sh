#!/usr/bin/env bash
# test-faults-page.sh - that docs/faults.md, docs/rolling.md, docs/backup.md, docs/docker.md and docs/stack.md name tests that there are: a script
# or a check that was renamed has to be renamed on the page.
set -euo pipefail

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
WORK=$(mktemp -d /tmp/tsh-test-faults.XXXXXX)
trap 'rm -rf "$WORK"' EXIT
# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
. "$ROOT/tests/lib/check.sh"

# The cells of the columns that are called "test", a line each
cells() {
	awk -F '|' '!/^[|]/ { inside = 0; next } { cell = $(NF - 1); gsub(/^ +| +$/, "", cell) }
		cell == "test" { inside = 1; next } inside && cell !~ /^-*$/ { print cell }' "$1"
}

# What a cell names, "FILE NAME" a line, the name empty for a whole file. A cell is of entries
# "FILE: NAME, NAME; FILE, FILE"; what stands in brackets or backquotes is a remark.
named() {
	local item file=''
	while IFS= read -r item; do
		[[ $item != none:* && $item != '`'* ]] || continue
		if [[ $item =~ ^([a-z0-9]+/[^ :]+)(: (.*))?$ ]]; then
			file=${BASH_REMATCH[1]} item=${BASH_REMATCH[3]}
			printf '%s\n' "$file"
		fi
		[ -z "$item" ] || printf '%s %s\n' "${file:-none}" "$item"
	done < <(sed 's/ ([^)]*)//g; s/[;,] /\n/g' <<<"$1")
}

# Where the checks of a test are: the file itself, what its folder shares, all of a folder
places() {
	local path=$ROOT/tests/$1
	[[ $1 != modules/* ]] || path=$ROOT/$1
	if [ -d "$path" ]; then
		find "$path" -type f
	elif [ -f "$path" ]; then
		printf '%s\n' "$path"
		find "${path%/*}" -maxdepth 1 -type f ! -name 'test*.sh' ! -name '*.c'
	else
		return 1
	fi
}

# Letters that stand for a part of a name: N, "..."
pattern() { sed 's/[][\\.*^$]/\\&/g; s/\\\.\\\.\\\./.*/g; s/\<N\>/.*/g' <<<"$1"; }

# there FILE [NAME]
there() {
	local files
	mapfile -t files < <(places "$1")
	[ "${#files[@]}" -gt 0 ] || { printf '# there is no test %s\n' "$1" && return 1; }
	# A test of pytest is a function of that name.
	[ -z "${2-}" ] || grep -qe "$(pattern "$2")" -e "def test_$(pattern "${2// /_}")(" "${files[@]}" || { printf '# %s has no check: %s\n' "$1" "$2" && return 1; }
}

# Every line "FILE [NAME]" of what is read
all_there() {
	local file name status=0
	while read -r file name; do
		there "$file" "$name" || status=1
	done
	return "$status"
}

main() {
	local cell page count=0
	while IFS= read -r cell; do
		check "there is: $cell" all_there < <(named "$cell")
		count=$((count + 1))
	done < <(for page in faults rolling backup docker stack; do cells "$ROOT/docs/$page.md"; done | grep .)
	check "the pages name tests" test "$count" -gt 115
	check "a test that is not there is noticed" refuses all_there < <(named 'faults/test-moon.sh')
	check "so is a check" refuses all_there < <(named 'faults/test-nodes.sh: powered off, eaten by a bear')
	finish_tests
}

main

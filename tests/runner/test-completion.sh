#!/usr/bin/env bash
# test-completion.sh - what bash offers for the options of the executables, from the files
# that `make install` puts where bash-completion looks, and what the files for zsh and fish
# have; tests/dist runs those.
set -euo pipefail

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
WORK=$(mktemp -d /tmp/tsh-test-completion.XXXXXX)
trap 'rm -rf "$WORK"' EXIT
# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
. "$ROOT/tests/lib/check.sh"

# offers NAME WANTED WORD...: what is offered for the last of the words, as bash splits a line
offers() {
	local name=$1 wanted=$2
	shift 2
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
	"_${1//-/_}" 2>/dev/null || true # compopt works in a completion only
	equal "$name" "$wanted" "${COMPREPLY[*]-}"
}

# Every option that --help lists is offered, for every executable.
test_all() {
	local program name keys
	for program in "$ROOT"/bin/*; do
		name=${program##*/}
		# shellcheck disable=SC1090 # it is made by the call
		. <("$ROOT/scripts/reference" bash "$program")
		keys=$("$program" --help=json | jq -r '[(.keys + .shared_keys)[].key | "--" + gsub("_"; "-")] | join(" ")')
		offers "$name: every option" "$keys --query-env --help --version" "$name" --
	done
}

test_values() {
	offers "the choices of a key" 'manager worker' join-node --role ''
	offers "those that begin so, after =" manager join-node --role = ma
	offers "all of them, right after =" 'active pause drain' join-node --availability =
	offers "files" "$ROOT/README.md" join-node --private-key "$ROOT/READ"
	offers "environment variables" COMPLETION_TEST join-node --token-env COMPLETION_T
	offers "nothing for what only a person knows" '' join-node --host ''
	offers "an option that begins so" '--drain-timeout' drain-and-remove --drain
}

# options_in FILE SED: the options that it names, in order
options_in() { sed -nE "$2" "$1" | paste -sd ' ' -; }

# mutant scripts/reference -: text zsh_quoted(f["meaning"]) => f["meaning"]
#   fails zsh: what ends a meaning in brackets is no end of it
test_other_shells() {
	local program name keys
	for program in "$ROOT"/bin/*; do
		name=${program##*/}
		keys=$("$program" --help=json | jq -r '[(.keys + .shared_keys)[].key | "--" + gsub("_"; "-")] | join(" ")')
		"$ROOT/scripts/reference" zsh "$program" >"$WORK/zsh"
		"$ROOT/scripts/reference" fish "$program" >"$WORK/fish"
		equal "zsh, $name: every option" "$keys --query-env --help --version" "$(options_in "$WORK/zsh" "s/^\t'(\(- \*\))?(--[a-z-]+).*/\2/p")"
		equal "fish, $name: every option" "$keys --query-env --help --version" "$(options_in "$WORK/fish" "s/^complete -c $name -l ([a-z-]+).*/--\1/p")"
	done
	"$ROOT/scripts/reference" zsh "$ROOT/bin/join-node" >"$WORK/zsh"
	check "zsh: the choices of a key" grep -F ':role:(manager worker)' "$WORK/zsh"
	equal "zsh: what ends a meaning in brackets is no end of it" "$(grep -c -- '=\[' "$WORK/zsh")" \
		"$(grep -cP "^\t'--[a-z-]+=\[(\\\\.|[^]\\\\[:])*\]:[a-z_]+:" "$WORK/zsh")"
}

export COMPLETION_TEST=1
play test_all test_values test_other_shells
finish_tests

#!/usr/bin/env bash
# test-messages-page.sh - that docs/messages.md quotes messages that the executables have, or
# the module's scripts: a text that was changed there has to be changed on the page.
set -euo pipefail

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
TEXTS=$(cat "$ROOT"/bin/* | strings -n 4 && cat "$ROOT"/modules/swarm/executables/check.sh "$ROOT"/modules/swarm/{ready,init,restore,unschedule,unstore}.sh)
WORK=$(mktemp -d /tmp/tsh-test-messages.XXXXXX)
trap 'rm -rf "$WORK"' EXIT
# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
. "$ROOT/tests/lib/check.sh"

# The quoted texts of the first column, a line each
# shellcheck disable=SC2016 # backquotes of Markdown
quoted() { sed -n 's/^| `\(.*\)` |.*/\1/p' "$ROOT/docs/messages.md" | sed 's/ |.*//; s/` *\/ *`/\n/g; s/`.*//'; }

# "..." stands for what a message is about.
parts() { printf '%s\n' "${1//.../$'\n'}" | sed 's/^ *//; s/ *$//' | grep .; }

# said TEXT: every part of it is in an executable
said() {
	local part
	while IFS= read -r part; do
		grep -qF -- "$part" <<<"$TEXTS" || { printf '# no executable says: %s\n' "$part" && return 1; }
	done < <(parts "$1")
}

main() {
	local text count=0
	while IFS= read -r text; do
		check "a message is: $text" said "$text"
		count=$((count + 1))
	done < <(quoted)
	check "the page quotes messages" test "$count" -gt 20
	check "a text that no executable has is noticed" refuses said 'the cat sat on ... the mat'
	finish_tests
}

main

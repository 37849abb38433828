#!/usr/bin/env bash
# test-context.sh - what modules/swarm/docker-context.sh passes on of ssh's and of Docker's words,
# with an ssh and a docker that only pretend. The real ones are run by tests/e2e/test-readme.sh.
set -euo pipefail

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
WORK=$(mktemp -d /tmp/tsh-test-context.XXXXXX)
trap 'rm -rf "$WORK"' EXIT
# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
. "$ROOT/tests/lib/check.sh"

# For printf: an escape sequence, a C1 control, and a mark that turns text round
FOREIGN='\033[2Jno \302\2332J \342\200\256way'
MASKED='?[2Jno ??2J ???way'

# pretends NAME LINE...: a program of that name, as the lines of a shell script
pretends() {
	local name=$1
	shift
	printf '%s\n' '#!/bin/sh' "$@" >"$WORK/bin/$name"
	chmod +x "$WORK/bin/$name"
}

# says CODE TEXT: how it ends, and its last line
says() {
	local code=0
	PATH=$WORK/bin:$PATH DOCKER_CONFIG=$WORK/docker "$ROOT/modules/swarm/docker-context.sh" dev host=h.ex >"$WORK/said" 2>&1 || code=$?
	cat "$WORK/said"
	[ "$code" = "$1" ] && tail -n 1 "$WORK/said" | grep -F -- "$2" >/dev/null
}

test_words() {
	mkdir -p "$WORK/bin"
	pretends docker "printf '$FOREIGN\\n' >&2" 'exit 1'
	pretends ssh "printf '$FOREIGN\\n' >&2" 'exit 255'
	check "what ssh says is masked" says 1 "no connection to h.ex: $MASKED"
	pretends ssh 'exit 0'
	check "what Docker says is masked" says 1 "start it ($MASKED)"
	pretends docker "printf '$FOREIGN\\n'"
	check "so is the version that it says it has" says 0 "now reaches Docker $MASKED on h.ex"
}

play test_words
finish_tests

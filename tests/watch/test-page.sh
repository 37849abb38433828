#!/usr/bin/env bash
# test-page.sh - the page of watch-swarm in a headless Chromium, before a scripted engine: a drain,
# an error with its log, use on demand, who is refused, light, dark, and a phone. `--fetch` installs
# what drives the browser. SCREENSHOTS=FOLDER keeps the pictures.
set -euo pipefail

HERE_IS=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
if [ "${1-}" = --fetch ]; then exec "${HERE_IS%/tests/watch}/scripts/node-tools" >/dev/null; fi
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$HERE_IS/lib.sh"

# serve NAME [OPTION...]: a page of that engine's swarm
serve() {
	rm -f "$WORK/page"
	"$BIN/watch-swarm" --host "unix://$WORK/$1.sock" --listen 127.0.0.1:0 "${@:2}" \
		>"$WORK/page" 2>"$WORK/page.err" </dev/null &
	PROGRAMS+=($!)
	within 20 test -s "$WORK/page"
}

# mutant helpers/watch/page.c names_us: returns true
# mutant helpers/watch/page.c same_token: returns true
test_page() {
	local modules
	modules=$("$ROOT/scripts/node-tools")
	engine page 5 3 12
	serve page
	timeout 240 node "$HERE/page.mjs" "$modules" "$(jq -r .url "$WORK/page")" "$WORK/page.sock" "${SCREENSHOTS:-$WORK}" >"$WORK/said" 2>&1 || FAILED=$((FAILED + 1))
	cat "$WORK/said"
	check "the page was looked at" grep -q '^ok no complaint in the console, and' "$WORK/said"
}

test_ends() {
	local url begun
	engine ends 3 2 6
	serve ends
	url=$(jq -r .url "$WORK/page")
	curl -sN "${url}events" >"$WORK/events" &
	PROGRAMS+=($!)
	check "a stream of events" within 10 grep -q '"kind":"whole"' "$WORK/events"
	kill -TERM "${PROGRAMS[-2]}"
	CODE=0
	begun=$SECONDS
	wait "${PROGRAMS[-2]}" || CODE=$?
	equal "SIGTERM ends it, and its streams" "0 yes" "$CODE $([ $((SECONDS - begun)) -lt 5 ] && echo yes)"
	check "nothing answers any more" refuses curl -s -o /dev/null "$url"
}

test_addresses() {
	local at
	engine addresses 1 1 1
	for at in 0.0.0.0:0 10.0.0.1:80 "[::]:0" 127.0.0.1 127.0.0.1:70000; do
		CODE=0
		timeout 20 "$BIN/watch-swarm" --host "unix://$WORK/addresses.sock" --listen "$at" >"$WORK/out" 2>"$WORK/err" </dev/null || CODE=$?
		equal "refused: $at" "2 1" "$CODE $(grep -cE 'no loopback address|expected an address and a port' "$WORK/err")"
	done
}

play test_page test_ends test_addresses
finish_tests

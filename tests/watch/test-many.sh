#!/usr/bin/env bash
# test-many.sh - watch-swarm before a scripted engine with 2,000 nodes and 20,000 tasks: each face
# shows them, keys are answered, and none takes more memory than 150 MiB. How long the first
# picture takes is measured by `make bench` (tests/bench/watch.py), and never asserted.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

export LC_ALL=C.UTF-8
MOST_KIB=153600

# peak PID: the most that it has had in memory, in KiB
peak() { awk '/^VmHWM:/ { print $2 }' "/proc/$1/status"; }

# is_small NAME PID
is_small() {
	local kib
	kib=$(peak "$2")
	check "$1: $kib KiB at most, of $MOST_KIB" test "$kib" -lt "$MOST_KIB"
}

test_terminal() {
	local pid
	in_terminal 80 24 "env TERM=screen-256color '$BIN/watch-swarm' --host 'unix://$WORK/many.sock'"
	sees "2,000 nodes and 20,000 tasks" '2000 of 2000 nodes ready  20000 of 20000 tasks running' 60
	pid=$(pgrep -P "$(term display-message -p -t watch '#{pane_pid}')" -x watch-swarm)
	keys End
	sees "the end of the list" '^= dev-worker-1997' 30
	keys / service-77 Enter
	sees "a filter" '^    = service-77\.' 30
	keys Escape s End
	sees "the last service" '^    = web\.200 ' 30
	swarm many drain?node=1999
	keys t / dev-worker-1997 Enter
	sees "a drain among them" '^> dev-worker-1997 +worker +drain' 30
	is_small "the terminal" "$pid"
	keys q
	sees "q ends it" '^ended with 0' 20
}

test_lines() {
	"$BIN/watch-swarm" --host "unix://$WORK/many.sock" --json true >"$WORK/lines" 2>"$WORK/lines.err" </dev/null &
	PROGRAMS+=($!)
	check "lines of JSON" within 60 grep -q '"kind":"whole"' "$WORK/lines"
	equal "a line each" "2000 100" "$(grep -c '"kind":"node","change":"added"' "$WORK/lines") $(grep -c '"kind":"service","change":"added"' "$WORK/lines")"
	is_small "lines of JSON" "${PROGRAMS[-1]}"
	kill "${PROGRAMS[-1]}"
	wait "${PROGRAMS[-1]}" || true
}

test_page() {
	"$BIN/watch-swarm" --host "unix://$WORK/many.sock" --listen 127.0.0.1:0 >"$WORK/page" 2>"$WORK/page.err" </dev/null &
	PROGRAMS+=($!)
	within 60 test -s "$WORK/page"
	curl -sN -m 30 "$(jq -r .url "$WORK/page")events" >"$WORK/events" &
	PROGRAMS+=($!)
	check "the page's stream" within 60 grep -q '"kind":"whole".*"tasks":20[0-9]*}' "$WORK/events"
	is_small "the page" "${PROGRAMS[-2]}"
	kill "${PROGRAMS[-1]}" "${PROGRAMS[-2]}"
	wait "${PROGRAMS[-1]}" "${PROGRAMS[-2]}" || true
}

engine many 2000 100 20000
play test_terminal test_lines test_page
finish_tests

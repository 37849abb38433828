# lib.sh - what the tests of watch-swarm share: the scripted engine, and a terminal that is
# looked at and typed into.
#
# Sourced by tests/watch/test-*.sh. Those with a lab set CLUSTER and SUBNET before.
# shellcheck shell=bash

HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
if [ -n "${CLUSTER-}" ]; then
	# shellcheck source-path=SCRIPTDIR source=../integration/lib.sh
	. "$HERE/../integration/lib.sh"
else
	ROOT=${HERE%/tests/watch}
	BIN=${BIN:-$ROOT/bin}
	WORK=$(mktemp -d /tmp/tsh-watch.XXXXXX)
	# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
	. "$ROOT/tests/lib/check.sh"
fi
ENGINES=() PROGRAMS=()

# The terminal ends with its server, which is of this test alone.
end_watching() {
	local pid
	term kill-server 2>/dev/null || true
	for pid in "${PROGRAMS[@]}" "${ENGINES[@]}"; do
		kill "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	if [ -n "${CLUSTER-}" ]; then clean_up; else rm -rf --one-file-system "$WORK"; fi
}
trap end_watching EXIT

# ---- the scripted engine ----

# engine NAME [NODES [SERVICES [TASKS]]]: a manager at $WORK/NAME.sock
engine() {
	python3 "$HERE/engine.py" "$WORK/$1.sock" "${@:2}" 2>"$WORK/$1.err" &
	ENGINES+=($!)
	within 60 test -S "$WORK/$1.sock"
}

# swarm NAME WHAT: has that happen in it, as engine.py has them.
swarm() { curl -sS -o "$WORK/swarm" --unix-socket "$WORK/$1.sock" -X POST "http://engine/test/$2"; }

# What the engine was asked so far: seconds and path, a line each
requests() { curl -sS --unix-socket "$WORK/$1.sock" http://engine/test/requests; }

# ---- a terminal ----

TERMINAL=0
term() { tmux -S "$WORK/tmux.$TERMINAL" -f /dev/null "$@"; }

# in_terminal WIDTH HEIGHT COMMAND: a shell's command in a terminal of that size; says at its
# end with which code, and stays.
in_terminal() {
	term kill-server 2>/dev/null || true
	# A server that is ending still has its socket.
	TERMINAL=$((TERMINAL + 1))
	term new-session -d -s watch -x "$1" -y "$2" "${3}; echo \"ended with \$?\"; stty -a; cat"
}

keys() { term send-keys -t watch "$@"; }
screen() { term capture-pane -p -t watch; }
# With its colours
coloured() { term capture-pane -e -p -t watch; }

# shows REGEX: whether a line of the screen has that, now; saw SECONDS REGEX: before they are over
shows() { screen | tee "$WORK/screen" | grep -Eq -- "$1"; }
saw() { within "$1" shows "$2"; }
# sees NAME REGEX [SECONDS]: a check that it is seen in time
sees() {
	if saw "${3:-10}" "$2"; then passed "$1"; else failed "$1" "$WORK/screen"; fi
}

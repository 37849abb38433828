#!/usr/bin/env bash
# test-without.sh - watch-swarm where the libraries of its faces are not there: make says what it
# leaves out, the executable says what it was built without, and prints its lines all the same.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

PROGRAM=$WORK/bin/watch-swarm

# A pkg-config that knows neither library
hide_libraries() {
	cat >"$WORK/pkg-config" <<-'END'
		#!/bin/sh
		case "$*" in *ncursesw* | *libmicrohttpd*) exit 1 ;; esac
		exec pkg-config "$@"
	END
	chmod +x "$WORK/pkg-config"
}

test_make() {
	hide_libraries
	make -s -C "$ROOT" -j "$(nproc)" PKG_CONFIG="$WORK/pkg-config" BUILD="$WORK/build" BIN="$WORK/bin" CFLAGS=-O0 LTO= "$PROGRAM" \
		>"$WORK/make" 2>&1 || true
	check "it is built all the same" test -x "$PROGRAM"
	check "make says what is left out: the terminal" grep -q 'without its terminal: ncursesw is not here (scripts/install-deps watch)' "$WORK/make"
	check "and the page" grep -q 'without its page: libmicrohttpd is not here' "$WORK/make"
	check "it needs neither library" sh -c "! ldd '$PROGRAM' | grep -E 'ncurses|tinfo|microhttpd'"
}

# says NAME TEXT OPTION...: it is refused with that text, as wrong usage
says() {
	local name=$1 text=$2
	shift 2
	CODE=0
	timeout 20 "$PROGRAM" --host "unix://$WORK/without.sock" "$@" >"$WORK/out" 2>"$WORK/err" </dev/null || CODE=$?
	equal "$name" "2 1" "$CODE $(grep -c "$text" "$WORK/err")"
}

test_says() {
	engine without 3 2 6
	says "without its terminal it says so" 'built without ncursesw'
	says "and without its page" 'built without libmicrohttpd' --listen 127.0.0.1:0
	timeout 5 "$PROGRAM" --host "unix://$WORK/without.sock" --json >"$WORK/lines" 2>"$WORK/err" </dev/null || true
	check "lines of JSON are there" grep -q '"kind":"whole"' "$WORK/lines"
}

play test_make test_says
finish_tests

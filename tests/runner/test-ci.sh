#!/usr/bin/env bash
# test-ci.sh - that .ci/run counts what both of its parts counted, fails when one of them
# does, and has the count as its last line whatever happens: with a make that only pretends.
set -euo pipefail

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
WORK=$(mktemp -d /tmp/tsh-test-ci.XXXXXX)
trap 'rm -rf "$WORK"' EXIT
FAILED=0

# It writes the summary that is in CHECK, FRESH or CHECK_AWS, and ends with the status after
# it. Something has changed where there is a FRESH.
tree() {
	mkdir -p "$WORK/.ci" "$WORK/scripts" "$WORK/bin"
	cp "$ROOT/.ci/run" "$WORK/.ci/"
	printf '#!/bin/sh\n' >"$WORK/scripts/install-deps"
	printf '#!/bin/sh\n' >"$WORK/scripts/providers"
	# shellcheck disable=SC2016 # the script's own
	printf '#!/bin/sh\n[ -z "$FRESH" ]\n' >"$WORK/scripts/pristine"
	cat >"$WORK/bin/make" <<-'END'
		#!/bin/sh
		case $1 in
		check) said=$CHECK to=build/check ;;
		check-fresh) said=$FRESH to=build/pristine ;;
		*) said=$CHECK_AWS to=build/check-aws ;;
		esac
		mkdir -p "$to"
		[ -z "${said%%/*}" ] || echo "${said%%/*}" >"$to/summary"
		exit "${said##*/}"
	END
	chmod +x "$WORK"/scripts/* "$WORK/bin/make"
}

# counts NAME CHECK CHECK_AWS STATUS LAST-LINE [FRESH]
counts() {
	local status=0
	CHECK=$2 CHECK_AWS=$3 FRESH=${6-} PATH=$WORK/bin:$PATH "$WORK/.ci/run" >"$WORK/said" 2>&1 || status=$?
	if [ "$status" = "$4" ] && [ "$(tail -n 1 "$WORK/said")" = "$5" ]; then
		echo "ok $1"
	else
		echo "not ok $1"
		sed 's/^/# /' "$WORK/said"
		FAILED=$((FAILED + 1))
	fi
}

tree
GOOD='10 passed, 0 failed, 2 skipped/0'
counts "both parts are added up" "$GOOD" '5 passed, 0 failed, 1 skipped/0' 0 '15 passed, 0 failed, 3 skipped'
counts "a failure of the first part" '9 passed, 1 failed, 0 skipped/2' "$GOOD" 1 '19 passed, 1 failed, 2 skipped'
counts "a failure of the second part" "$GOOD" '9 passed, 1 failed, 0 skipped/2' 1 '19 passed, 1 failed, 2 skipped'
counts "a part that never came to a count, after one that did" "$GOOD" /2 1 '10 passed, 1 failed, 2 skipped'
counts "a part that failed although no test did" "$GOOD" "${GOOD%0}2" 1 '20 passed, 1 failed, 4 skipped'
counts "nothing at all is no success" '0 passed, 0 failed, 0 skipped/0' '0 passed, 0 failed, 0 skipped/0' 1 '0 passed, 0 failed, 0 skipped'
counts "a fresh machine, where something has changed" "$GOOD" '5 passed, 0 failed, 1 skipped/0' 0 '17 passed, 0 failed, 3 skipped' '2 passed, 0 failed, 0 skipped/0'
counts "a fresh machine that lacks something" "$GOOD" "$GOOD" 1 '21 passed, 1 failed, 4 skipped' '1 passed, 1 failed, 0 skipped/1'
[ "$FAILED" = 0 ]

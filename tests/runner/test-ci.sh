#!/usr/bin/env bash
# test-ci.sh - that .ci/run counts what all of its parts counted, fails when one of them
# does, has the count as its last line whatever happens, and has a slow target when what it
# tests has changed since it passed: with a make that only pretends.
set -uo pipefail

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
WORK=$(mktemp -d /tmp/tsh-test-ci.XXXXXX)
trap 'rm -rf "$WORK"' EXIT
# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
. "$ROOT/tests/lib/check.sh"

# A checkout whose make writes the summary that is in CHECK, FRESH, SCALEWAY or AWS, of all
# others the one in OTHER, and ends with the status behind it; what passed is remembered.
tree() {
	rm -rf "$WORK/tree"
	mkdir -p "$WORK/tree/.ci" "$WORK/tree/scripts" "$WORK/tree/bin" "$WORK/tree"/terraform/{lab,aws,scaleway} "$WORK/tree/tests/"{e2e,integration}
	cd "$WORK/tree" || exit
	cp "$ROOT/.ci/run" .ci/
	cp "$ROOT/scripts/slow" scripts/
	printf '#!/bin/sh\n' | tee scripts/install-deps >scripts/providers
	touch Makefile terraform/{lab,aws,scaleway}/main.tf tests/e2e/test-main.sh tests/integration/lib.sh
	cat >bin/make <<-'END'
		#!/bin/sh
		to=build/$1
		case $1 in
		check) said=$CHECK ;;
		check-fresh | check-pristine) said=$FRESH to=build/pristine ;;
		check-static | check-life | check-roll-kills | check-machines | check-upgrade | check-backup) said='0 passed, 0 failed, 0 skipped/0' ;;
		check-scaleway) said=$SCALEWAY ;;
		check-aws) said=$AWS ;;
		check-engines) said=$OTHER to=build/check-engine-trixie ;;
		*) said=$OTHER ;;
		esac
		mkdir -p "$to"
		[ "$1" != check ] || printf '%s' "${PRINTS-}"
		[ -z "${said%%/*}" ] || echo "${said%%/*}" >"$to/summary"
		[ "$1" != check ] || exit "${said##*/}"
		exec scripts/slow run "$1" sh -c "exit ${said##*/}"
	END
	chmod +x scripts/* bin/make
	printf 'build\n' >.gitignore
	git init -q . && git add .
}

# counts NAME CHECK FRESH SCALEWAY AWS STATUS LAST-LINE [OPTION]
counts() {
	local status=0
	CHECK=$2 FRESH=$3 SCALEWAY=$4 AWS=$5 OTHER='100 passed, 0 failed, 0 skipped/0' PATH=$WORK/tree/bin:$PATH \
		XDG_CACHE_HOME=$WORK/cache .ci/run ${8:+"$8"} >"$WORK/said" 2>&1 || status=$?
	[ "$status" = "$6" ] && [ "$(tail -n 1 "$WORK/said")" = "$7" ]
	verdict $? "$1"
}

forget() { rm -rf "$WORK/cache"; }

GOOD='10 passed, 0 failed, 2 skipped/0'
FIVE='5 passed, 0 failed, 1 skipped/0'
NEVER='0 passed, 1000 failed, 0 skipped/1'

test_counts() {
	forget
	counts "all parts are added up" "$GOOD" "$FIVE" "$FIVE" "$FIVE" 0 '25 passed, 0 failed, 5 skipped'
	forget
	counts "a failure of the first part" '9 passed, 1 failed, 0 skipped/2' "$GOOD" "$GOOD" "$GOOD" 1 '39 passed, 1 failed, 6 skipped'
	forget
	counts "a failure of a slow part" "$GOOD" "$GOOD" '9 passed, 1 failed, 0 skipped/2' "$GOOD" 1 '39 passed, 1 failed, 6 skipped'
	forget
	counts "a part that never came to a count, after one that did" "$GOOD" "$GOOD" "$GOOD" /2 1 '30 passed, 1 failed, 6 skipped'
	forget
	counts "a part that failed although no test did" "$GOOD" "$GOOD" "$GOOD" "${GOOD%0}2" 1 '40 passed, 1 failed, 8 skipped'
	forget
	NOTHING='0 passed, 0 failed, 0 skipped/0'
	counts "nothing at all is no success" "$NOTHING" "$NOTHING" "$NOTHING" "$NOTHING" 1 '0 passed, 0 failed, 0 skipped'
}

# Who sees no more than the end of a long log
test_reasons() {
	local NL=$'\n'
	forget
	PRINTS="  ok one${NL}  # err: not of a failure${NL}  not ok two: exit code 1, not 0${NL}  # out: a b${NL}  # err: ${NL}"
	PRINTS+="  # err: Error: one${NL}  # err: two${NL}  # three${NL}  # four${NL}  ok three${NL}  # err: nor this${NL}"
	PRINTS=$PRINTS counts "a failure, with what was said" '9 passed, 1 failed, 0 skipped/2' "$GOOD" "$GOOD" "$GOOD" 1 '39 passed, 1 failed, 6 skipped'
	tail -n 7 "$WORK/said" >"$WORK/end"
	equal "the end has the last lines of what a failure said, and of nothing else" \
		"check: two: exit code 1, not 0|    Error: one|    two|    three|    four" \
		"$(sed -n '/^check: /,$p' "$WORK/end" | grep . | sed '$d' | paste -sd '|')"
}

test_changed() {
	tree
	forget
	counts "the first time, every slow target that is for changes" "$GOOD" "$FIVE" "$FIVE" "$FIVE" 0 '25 passed, 0 failed, 5 skipped'
	counts "the second time none" "$GOOD" "$NEVER" "$NEVER" "$NEVER" 0 '10 passed, 0 failed, 2 skipped'
	echo '# new' >>tests/e2e/test-main.sh tests/integration/lib.sh
	counts "nor when something else has changed" "$GOOD" "$NEVER" "$NEVER" "$NEVER" 0 '10 passed, 0 failed, 2 skipped'
	echo '# new' >>terraform/aws/main.tf
	counts "the one whose input has changed; it fails" "$GOOD" "$NEVER" "$NEVER" '4 passed, 1 failed, 0 skipped/1' 1 '14 passed, 1 failed, 2 skipped'
	counts "so it comes again, until it passes" "$GOOD" "$NEVER" "$NEVER" "$FIVE" 0 '15 passed, 0 failed, 3 skipped'
	counts "and then no more" "$GOOD" "$NEVER" "$NEVER" "$NEVER" 0 '10 passed, 0 failed, 2 skipped'
	: >terraform/scaleway/more.tf
	counts "an input that Git does not know yet" "$GOOD" "$NEVER" "$FIVE" "$NEVER" 0 '15 passed, 0 failed, 3 skipped'
	counts "--all: all of them, whatever has changed" "$GOOD" "$FIVE" "$FIVE" "$FIVE" 0 '330 passed, 0 failed, 6 skipped' --all
}

# What is written while a target runs was not tested by it.
test_meanwhile() {
	local XDG_CACHE_HOME=$WORK/cache status=0
	export XDG_CACHE_HOME
	tree
	forget
	scripts/slow run check-aws sh -c 'echo "# later" >>terraform/aws/main.tf'
	scripts/slow unchanged check-aws && status=1
	verdict "$status" "what is changed while a target runs counts as changed"
	status=0
	scripts/slow unchanged check-scaleway >"$WORK/said" 2>&1 && status=1
	verdict "$status" "what never ran has not passed"
	rm -rf .git
	status=0
	scripts/slow unchanged check-aws >"$WORK/said" 2>&1 && status=1
	verdict "$status" "nothing is known of a folder that is no clone"
}

# An input that was renamed would guard nothing.
test_inputs() {
	local target pattern status=0
	cd "$ROOT" || exit
	while read -r target _; do
		for pattern in $(scripts/slow inputs "$target" missing); do
			echo "$target: no file is $pattern" >>"$WORK/missing" && status=1
		done
	done < <(scripts/slow list all)
	[ ! -e "$WORK/missing" ] || cp "$WORK/missing" "$WORK/said"
	verdict "$status" "every input of a slow target is there"
}

tree
play test_counts test_reasons test_changed test_meanwhile test_inputs
finish_tests

# shellcheck shell=bash
# check.sh - what all shell tests share: result lines, waiting, and which tests are played.
#
# Whoever sources this sets WORK, a folder of its own, before the first check. A result is a
# line "ok NAME" or "not ok NAME"; behind the latter comes what there is to see, after "#".

FAILED=0
# The tests that were played so far
PLAYED=

# ---- results ----

# passed NAME; WITH says with what a test runs this time.
passed() { echo "ok $1${WITH:+ ($WITH)}"; }

# failed NAME [FILE]: shows the end of the file, or of what was written to the last check's.
failed() {
	echo "not ok $1${WITH:+ ($WITH)}"
	if [ $# -gt 1 ]; then
		tail -n 60 "$2" | sed 's/^/# /' || true
	else
		tail -n 60 "$WORK/out" 2>/dev/null | sed 's/^/# out: /' || true
		tail -n 60 "$WORK/err" 2>/dev/null | sed 's/^/# err: /' || true
	fi
	FAILED=$((FAILED + 1))
}

# check NAME COMMAND...: passes if the command succeeds.
check() {
	local name=$1
	shift
	if "$@" >"$WORK/out" 2>"$WORK/err"; then passed "$name"; else failed "$name"; fi
}

# verdict STATUS NAME: passes if that is 0; else shows what is in $WORK/said.
verdict() { if [ "$1" = 0 ]; then passed "$2"; else failed "$2" "$WORK/said"; fi; }

# equal NAME WANTED GOT
equal() {
	if [ "$2" = "$3" ]; then
		passed "$1"
	else
		printf 'wanted: %s\ngot:    %s\n' "$2" "$3" >"$WORK/equal"
		failed "$1" "$WORK/equal"
	fi
}

refuses() { ! "$@"; }

# ---- waiting ----

# within SECONDS COMMAND...: repeats it until it succeeds.
within() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.2
	done
}

# ---- which tests ----

# play TEST...: runs these functions, or those of them that tests/run was given with -k.
play() {
	local test
	for test; do
		[ -z "${ONLY_TESTS-}" ] || [[ " $ONLY_TESTS " = *" $test "* ]] || continue
		PLAYED+=" $test"
		"$test"
	done
}

# One that was asked for and does not exist has not passed.
all_played() {
	local test
	for test in ${ONLY_TESTS-}; do
		[[ "$PLAYED " = *" $test "* ]] || failed "there is a test $test" /dev/null
	done
}

# The last line of a test: fails if a check did.
finish_tests() {
	all_played
	[ "$FAILED" = 0 ]
}

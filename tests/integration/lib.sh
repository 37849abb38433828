# lib.sh - what the integration tests share: a lab, the executables, and checks.
#
# Sourced by tests/integration/test-*.sh. A test sets CLUSTER and SUBNET (the
# first three numbers of a /24) before. Every check prints "ok NAME" or
# "not ok NAME" and what came back; finish_tests ends non-zero if one failed.
# shellcheck shell=bash

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
LAB=$ROOT/scripts/lab
BIN=${BIN:-$ROOT/bin}
WORK=$(mktemp -d /tmp/tsh-test.XXXXXX)
export LAB_STATE=$WORK/state
CODE=0
# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
. "$ROOT/tests/lib/check.sh"

clean_up() {
	"$LAB" purge >/dev/null || true
	rm -rf --one-file-system "$WORK"
}
trap clean_up EXIT

# ---- the lab ----

# lab_begin COUNT: a network, a key, and hosts NAME-1 .. NAME-COUNT side by side.
lab_begin() {
	local n
	ssh-keygen -q -t ed25519 -N '' -f "$WORK/key"
	"$LAB" network-up "$CLUSTER" "$SUBNET.0/24"
	for n in $(seq "$1"); do lab_up "$n" & done
	wait
}

lab_up() { "$LAB" up "$CLUSTER" "$(name "$1")" "$(addr "$1")/24" --authorized-keys "$WORK/key.pub"; }

name() { echo "$CLUSTER-$1"; }
addr() { echo "$SUBNET.1$1"; }

# on N COMMAND...: in host N.
on() {
	local n=$1
	shift
	"$LAB" exec "$CLUSTER" "$(name "$n")" -- "$@"
}

# ---- the executables ----

# run EXECUTABLE OPTION...: its exit code in CODE, its output in $WORK/out and
# $WORK/err. Never longer than two minutes.
run() {
	local program=$1
	shift
	CODE=0
	timeout 240 "$BIN/$program" "$@" --known-hosts "$WORK/known_hosts" \
		>"$WORK/out" 2>"$WORK/err" </dev/null || CODE=$?
}

# helper EXECUTABLE N OPTION...: run for host N, with the test's key, or $KEY.
helper() {
	local program=$1 n=$2
	shift 2
	run "$program" --host "$(addr "$n")" --name "$(name "$n")" \
		--private-key "${KEY:-$WORK/key}" --host-key-policy accept-new "$@"
}

result() { jq -er ".$1" "$WORK/out"; }
said() { grep -qF -- "$1" "$WORK/err"; }

# expect_done NAME [KEY VALUE]...: exit code 0, one JSON object with these values.
expect_done() {
	local name=$1
	shift
	[ "$CODE" = 0 ] || { failed "$name (exit code $CODE)"; return; }
	while [ $# -gt 0 ]; do
		[ "$(result "$1")" = "$2" ] || { failed "$name: $1 is not $2"; return; }
		shift 2
	done
	passed "$name"
}

# expect_error NAME CODE TEXT...: that exit code, nothing on stdout, a last line
# that holds every text and none of a token.
expect_error() {
	local name=$1 code=$2 last text
	shift 2
	last=$(tail -n 1 "$WORK/err")
	[ "$CODE" = "$code" ] || { failed "$name: exit code $CODE, not $code"; return; }
	[ ! -s "$WORK/out" ] || { failed "$name: stdout is not empty"; return; }
	for text in "$@"; do
		case $last in
		*"$text"*) ;;
		*) failed "$name: the last line lacks \"$text\""; return ;;
		esac
	done
	if grep -q SWMTKN "$WORK/err"; then failed "$name: a token was printed"; return; fi
	passed "$name"
}

# ---- the swarm, as docker tells it ----

# nodes N: "hostname role availability state" of every node, sorted, by manager N.
nodes() {
	on "$1" sh -c 'docker node ls -q | xargs docker node inspect --format \
		"{{.Description.Hostname}} {{.Spec.Role}} {{.Spec.Availability}} {{.Status.State}}"' | sort
}

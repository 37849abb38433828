#!/usr/bin/env bash
# test-pages.sh - commands of the pages behind README.md as they stand there, by somebody whose home
# folder holds a key and nothing else: the lab as a root, and what is done by hand to a swarm of
# three managers and two workers.
set -euo pipefail

# A mount namespace of its own, for a home folder of its own: ssh goes by the user's entry
# in /etc/passwd and not by HOME.
[ "${1-}" = --inside ] || exec unshare --mount --propagation private -- "$0" --inside

# shellcheck source=tests/e2e/lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/readme.sh
. "$ROOT/tests/readme.sh"

C=page
# That of the pages
NET=10.0.1
TREE=$WORK/tree
MINE=$WORK/mine

test_lab() {
	unset LAB_STATE
	check "the lab as a root, word for word" readme_run "$ROOT/terraform/lab/README.md" 'scripts/providers init terraform/lab' "$TREE" yes
	check "nothing of it is left" test -z "$(find "$TREE/.lab" -mindepth 2 2>/dev/null)"
	export LAB_STATE=$WORK/state
}

# member PROGRAM N OPTION...: a first connection to that machine
member() {
	"$1" --host "$NET.$2" --name "$C-$2" --advertise-addr "$NET.$2" --host-key-policy accept-new "${@:3}" </dev/null
}

have_swarm() {
	local n
	install -d -m 700 "$HOME/.ssh"
	ssh-keygen -q -t ed25519 -N '' -f "$HOME/.ssh/id_ed25519"
	"$LAB" network-up "$C" "$NET.0/24"
	for n in 11 12 13 21 22; do "$LAB" up "$C" "$C-$n" "$NET.$n/24" --authorized-keys "$HOME/.ssh/id_ed25519.pub" || return 1; done
	member init-swarm 11
	for n in 12 13; do member join-node "$n" --role manager --managers "$NET.11" || return 1; done
	for n in 21 22; do member join-node "$n" --role worker --managers "$NET.11" || return 1; done
}

# What the script of the page for rolls does on each node
prepare_roll() { printf '#!/bin/sh\necho rolled >>/root/rolled\n' >"$MINE/upgrade.sh"; }

rolled() {
	local n
	for n in 11 12 13 21 22; do "$LAB" exec "$C" "$C-$n" -- cat /root/rolled || true; done | sort | uniq -c | xargs
}

# A terminal of 80x24, for some seconds
watch_by_hand() {
	readme_block "$ROOT/docs/reference.md" 'watch-swarm --host' >"$WORK/block"
	TERM=xterm timeout 60 script -qec "stty cols 80 rows 24; timeout --foreground 8 sh '$WORK/block'" /dev/null </dev/null >"$WORK/said" 2>&1 || true
	tail -c 2000 "$WORK/said" | cat -v
	grep -q '5 of 5 nodes ready' "$WORK/said"
}

test_by_hand() {
	mkdir "$MINE"
	check "a swarm at the addresses of the pages" have_swarm
	prepare_roll
	check "a roll by hand, word for word" readme_run "$ROOT/docs/rolling.md" 'roll-swarm --host' "$MINE" ''
	equal "the script ran once on every node" '5 rolled' "$(rolled)"
	check "a command through a tunnel, word for word" readme_run "$ROOT/docs/reference.md" 'docker-tunnel --host' "$MINE" ''
	equal "it reached the swarm" "$C-11 $C-12 $C-13 $C-21 $C-22" "$(readme_nodes)"
	check "a look at it, word for word" watch_by_hand
}

main() {
	readme_checkout "$TREE"
	readme_home
	eval "$("$ROOT/scripts/providers" env)"
	export PATH=$TREE/bin:$PATH
	play test_lab test_by_hand
	finish_tests
}

main

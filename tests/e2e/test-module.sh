#!/usr/bin/env bash
# test-module.sh - the module block on README.md's first screen, in a root of somebody's own,
# and the output below it: three machines become a swarm, and one is taken out while it works.
set -euo pipefail

[ "${1-}" = --inside ] || exec unshare --mount --propagation private -- "$0" --inside

# shellcheck source=tests/e2e/lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/readme.sh
. "$ROOT/tests/readme.sh"

C=dev
TREE=$WORK/terraform-swarm-helpers
LAB=$TREE/scripts/lab
MINE=$WORK/mine

# fenced KIND N: the lines of the Nth block of README.md that is fenced as KIND
fenced() {
	awk -v fence='```'"$1" -v n="$2" '/^```/ { inside = !inside && $0 == fence && ++count == n; next } inside' "$ROOT/README.md"
}

# What does not differ from run to run: no ids and no times
plain() { sed -E 's/id=[0-9a-f-]{36}/id=.../; s/[0-9]+m?s\b/Ns/g; s/\b[0-9]+ s\b/N s/g; s/ +$//'; }

have_machines() {
	local address
	"$LAB" network-up "$C" 10.30.0.0/24
	ssh-keygen -q -t ed25519 -N '' -f "$HOME/.ssh/id_ed25519"
	for address in manager-1/11 worker-1/21 worker-2/22; do
		"$LAB" up "$C" "$C-${address%/*}" "10.30.0.${address#*/}/24" --authorized-keys "$HOME/.ssh/id_ed25519.pub" || return 1
	done
}

write_root() {
	mkdir -p "$MINE"
	fenced hcl 1 >"$MINE/main.tf"
}

apply_mine() { "$TF" -chdir="$MINE" apply -no-color -auto-approve >"$WORK/applied" 2>&1 || { cat "$WORK/applied" && return 1; }; }
plan_empty() { "$TF" -chdir="$MINE" plan -no-color -detailed-exitcode; }

# Three tasks on the worker that goes. Each finishes what it does, 10 s long, when it is
# asked to stop.
have_work() {
	give_images "$C"
	on dev-manager-1 docker service create -q --detach=false --no-resolve-image --name work --replicas 3 \
		--constraint node.hostname==dev-worker-2 --stop-grace-period 60s --init \
		lab/busybox sh -c 'trap "sleep 10; exit 0" TERM; while :; do sleep 0.1; done'
}

without_worker_2() { sed -i '/dev-worker-2/d' "$MINE/main.tf"; }

# Every line that the README shows was printed, in that order.
shown() {
	plain <"$WORK/applied" >"$WORK/printed"
	fenced text 2 | plain | awk '
		NR == FNR { printed[++n] = $0; next }
		{ while (++at <= n && printed[at] != $0); if (at > n) { print "not printed: " $0; exit 1 } shown++ }
		END { if (!shown) exit 1 }' "$WORK/printed" -
}

main() {
	readme_checkout "$TREE"
	readme_home
	mkdir -m 700 "$HOME/.ssh"
	check "machines" have_machines
	write_root
	check "terraform init" "$TREE/scripts/providers" init "$MINE" "$TF"
	check "the block on the first screen makes a swarm" apply_mine
	check "the next plan is empty" plan_empty
	equal "all of it" 'dev-manager-1 manager,dev-worker-1 worker,dev-worker-2 worker' "$(nodes "$C")"
	check "work on one worker" have_work
	without_worker_2
	check "that worker is taken out" apply_mine
	check "what was printed is what the README shows" shown
	finish_tests
}

main

#!/usr/bin/env bash
# modules/swarm/forget-host.sh: one host's line goes, all others stay, also with
# many at once and after one that was killed.
set -euo pipefail
# shellcheck source=tests/terraform/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

FORGET=$ROOT/modules/swarm/forget-host.sh

# known HOST...: a known_hosts file with one line for each
known() {
	local host
	rm -f "$DIR"/*
	for host in "$@"; do printf '%s %s\n' "$host" "$KEY"; done >"$DIR/known_hosts"
}

left() { (cd "$DIR" && cut -d' ' -f1 known_hosts 2>/dev/null | tr '\n' ' '; find . -type f -o -type l | sort | tr '\n' ' '); }

copy_tree
DIR=$TREE/known
mkdir "$DIR"
ssh-keygen -q -t ed25519 -N '' -f "$TREE/key"
KEY=$(cut -d' ' -f1,2 "$TREE/key.pub")

known 10.0.0.1 '[10.0.0.1]:2222' 10.0.0.11
"$FORGET" "$DIR/known_hosts" 10.0.0.1
equal "forget-host takes the plain host only" '[10.0.0.1]:2222 10.0.0.11 ./known_hosts ' "$(left)"

"$FORGET" "$DIR/known_hosts" '[10.0.0.1]:2222'
equal "forget-host takes the host with its port" '10.0.0.11 ./known_hosts ' "$(left)"

"$FORGET" "$DIR/known_hosts" 10.0.0.99
equal "forget-host is content with a host that is not there" '10.0.0.11 ./known_hosts ' "$(left)"

"$FORGET" "$DIR/known_hosts" 10.0.0.11
equal "forget-host removes the file with its last line" '' "$(left)"

check "forget-host is content with a missing file" "$FORGET" "$DIR/known_hosts" 10.0.0.1

known 10.0.0.1 10.0.0.2
ssh-keygen -q -H -f "$DIR/known_hosts" >/dev/null 2>&1
rm -f "$DIR/known_hosts.old"
"$FORGET" "$DIR/known_hosts" 10.0.0.1
equal "forget-host finds a hashed host" '1' "$(wc -l <"$DIR/known_hosts" | tr -d ' ')"

mapfile -t many < <(seq -f '10.0.1.%g' 1 24)
known keep-a "${many[@]}" keep-b
pids=()
for host in "${many[@]}"; do
	"$FORGET" "$DIR/known_hosts" "$host" &
	pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid" || not_ok "forget-host, one of many at once"; done
equal "forget-host, 24 at once" 'keep-a keep-b ./known_hosts ' "$(left)"

# The process id of one that has ended: nobody's lock
sh -c 'exit 0' &
dead=$!
wait "$dead"
known keep "${many[@]:0:8}"
ln -s "$dead" "$DIR/known_hosts.lock"
pids=()
for host in "${many[@]:0:8}"; do
	"$FORGET" "$DIR/known_hosts" "$host" &
	pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid" || not_ok "forget-host, one of many after a kill"; done
equal "forget-host gets past a dead one's lock" 'keep ./known_hosts ' "$(left)"

if PATH=/nowhere "$FORGET" "$DIR/known_hosts" keep 2>/dev/null; then
	not_ok "forget-host fails without ssh-keygen"
else
	equal "forget-host fails without ssh-keygen" 'keep ./known_hosts ' "$(left)"
fi
finish

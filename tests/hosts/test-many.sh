#!/usr/bin/env bash
# test-many.sh - many helpers at once against one server as it is installed, which drops
# connections when more than ten are not yet logged in: all succeed. The same against a
# newer server, which also shuts out addresses that misbehave.
set -euo pipefail

CLUSTER=hst-many
SUBNET=10.209.6
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

HELPERS=${HELPERS:-100}

# one N PORT: fetch-tokens, what it gave in files of its own.
one() {
	local code=0
	"$BIN/fetch-tokens" --host "$(addr 1)" --port "$2" --private-key "$WORK/key" --timeout 60s \
		--known-hosts "$WORK/known_hosts" >"$WORK/many/$1.out" 2>"$WORK/many/$1.err" || code=$?
	echo "$code" >"$WORK/many/$1.code"
}

# All of them at the same instant, against the server at PORT.
all_at_once() {
	local n
	rm -rf "$WORK/many"
	mkdir "$WORK/many"
	for ((n = 1; n <= HELPERS; n++)); do one "$n" "$1" & done
	wait
	jq -r .worker "$WORK"/many/*.out | grep -cFx "$WORKER" || true
}

known() {
	local port
	for port; do
		on 1 cut -d ' ' -f 1,2 /etc/ssh/ssh_host_ed25519_key.pub | sed "s/^/[$(addr 1)]:$port /"
	done >"$WORK/known_hosts"
}

# many NAME PORT
many() {
	local begin=$SECONDS got
	got=$(all_at_once "$2")
	find "$WORK/many" -name '*.err' -size +0 -exec cat {} + | sed -n 1,5p >"$WORK/told"
	check "$1: $got of $HELPERS helpers got the tokens, in $((SECONDS - begin)) s" \
		sh -c "cat '$WORK/told'; [ '$got' = '$HELPERS' ]"
}

# mutant helpers/ssh/ssh.c retry_of: dropped = false
#   fails a default sshd
test_default() { many "a default sshd" 2201; }

test_dropped() {
	check "it did drop connections" sh -c "on() { $LAB exec $CLUSTER $(name 1) -- \"\$@\"; }
		on grep -E 'drop connection|beginning MaxStartups throttling' /var/log/ssh-2201.log"
}

# With its penalties: after helpers with a key that it refuses.
test_newer() {
	if [ -z "$NEWER" ]; then
		echo "skip a newer sshd - this machine has none; see tests/hosts/newer"
		return
	fi
	newer_sshd_on 2202 </dev/null
	many "sshd 10.0 with its penalties" 2202
	ssh-keygen -q -t ed25519 -N '' -f "$WORK/stranger"
	test_penalty
}

# Each refused key costs five seconds, shutting out begins at fifteen: helpers with the
# right key wait until it is over.
test_penalty() {
	local n
	for n in {1..10}; do
		KEY=$WORK/stranger fetch 2202 --timeout 3s
		[ "$CODE" != 4 ] || break
	done
	check "shut out after $n connections" [ "$CODE" = 4 ]
	known 2202
	run fetch-tokens --host "$(addr 1)" --port 2202 --private-key "$WORK/key" --timeout 5s
	expect_error "shut out for a moment: what it may be" 4 "PerSourcePenalties" "port 2202"
	run fetch-tokens --host "$(addr 1)" --port 2202 --private-key "$WORK/key" --timeout 60s
	expect_tokens "shut out for a moment, with time to wait"
}

swarm_begin
sshd_on 2201 </dev/null
known 2201 2202
each_library test_default
play test_dropped test_newer
finish_tests

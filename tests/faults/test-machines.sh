#!/usr/bin/env bash
# test-machines.sh - scripts/roll on terraform/lab: all machines of three managers and five
# workers are replaced under a service with 12 tasks that need 5 s to stop, a client that asks it
# 20 times a second and a write to the swarm every 200 ms.
set -euo pipefail

CLUSTER=fltmach
SUBNET=10.208.18
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=terraform.sh
. "$ROOT/tests/faults/terraform.sh"
# shellcheck source-path=SCRIPTDIR source=machines.sh
. "$ROOT/tests/faults/machines.sh"
# shellcheck source-path=SCRIPTDIR source=../readme.sh
. "$ROOT/tests/readme.sh"

ALL=("$CLUSTER"-manager-{1,2,3} "$CLUSTER"-worker-{1,2,3,4,5})
NAMES='manager-1 manager-2 manager-3 worker-1 worker-2 worker-3 worker-4 worker-5'

# ---- a write to the swarm every 200 ms ----

# Through whichever manager takes it. Ends with how many, and the longest time, in ms, that
# passed between two that were taken.
keep_writing() {
	local n=0 longest=0 last now
	last=$(date +%s%3N)
	while [ ! -e "$WORK/enough" ]; do
		n=$((n + 1))
		within 60 taken "$n" >/dev/null 2>&1 || echo "write $n was not taken"
		now=$(date +%s%3N)
		[ $((now - last)) -le "$longest" ] || longest=$((now - last))
		last=$now
		sleep 0.2
	done
	echo "$n writes, at most $longest ms between two"
}

taken() {
	local m
	TRY=$((${TRY:-0} + 1))
	for m in "${ALL[@]:0:3}"; do
		if at "$m" timeout 10 sh -c "echo x | docker config create write-$1-$TRY-$m -"; then return; fi
	done
	return 1
}

# Without a majority nothing is taken for an election at the least.
written() {
	touch "$WORK/enough"
	wait "$WRITING"
	cat "$WORK/writes"
	[ "$(wc -l <"$WORK/writes")" = 1 ] && grep -xE '[1-9][0-9]+ writes, at most [0-9]{1,4} ms between two' "$WORK/writes"
}

# ---- a client ----

start_asking() {
	local i hosts=()
	for i in 1 2 3; do hosts+=("$CLUSTER-manager-$i=$SUBNET.1$i"); done
	for i in 1 2 3 4 5; do hosts+=("$CLUSTER-worker-$i=$SUBNET.10$i"); done
	"$ROOT/tests/faults/ask-service" web "${hosts[@]}" -- "$LAB" exec "$CLUSTER" '{}' -- >"$WORK/asked" 2>&1 &
	ASKING=$!
}

stop_asking() {
	kill "$ASKING"
	wait "$ASKING" || true
	cat "$WORK/asked"
}

# The new IDs, and none of those of $1
all_new() {
	node_ids >"$WORK/now"
	[ "$(wc -l <"$WORK/now")" = 8 ] && ! grep -xF -f "$1" "$WORK/now"
}

# The order in which they were done, as roll says it
order() { sed -n "s/^roll: $CLUSTER-\([a-z]*-[0-9]*\): done in .*/\1/p" "$WORK/err" | paste -sd ' '; }

leader() { swarm docker node ls --format '{{.Hostname}} {{.ManagerStatus}}' | sed -n "s/^$CLUSTER-\(.*\) Leader$/\1/p"; }

# mutant scripts/roll.d/order.py -: key=swarm.leads => key=number
#   fails a roll: managers first, the leader last of them
# mutant scripts/roll.d/order.py -: workers[:most] => workers
#   fails a roll: at least 9 of 12 tasks ran at any time
test_all_machines() {
	local was leads
	cluster 3 5 a
	tf apply -auto-approve
	expect "a cluster: made" 0 "Apply complete!"
	equal "a cluster: nothing is outdated" '' "$(outdated)"
	was=$(identity)
	node_ids >"$WORK/ids"
	web 12 5
	cluster 3 5 b
	equal "another engine: all are outdated" "$NAMES" "$(planned)"
	expect "another engine: a plan warns and changes nothing" 0 \
		"Hosts that run keep what they were made with: $CLUSTER-manager-1 (engine: $WORK/engines/a, and $WORK/engines/b in new ones)"
	leads=$(leader)

	rm -f "$WORK/enough"
	keep_writing >"$WORK/writes" &
	WRITING=$!
	start_asking
	roll --max-unavailable 1
	cp "$WORK/err" "$WORK/roll"
	expect "a roll: done" 0 "nothing is outdated; 8 replaced"
	sed 's/^/# /' "$WORK/roll"
	check "a roll: the service is whole" within 30 is_whole 12
	check "a roll: writes were taken throughout" written
	sed 's/^/# /' "$WORK/writes"
	stop_asking >"$WORK/client"
	sed 's/^/# /' "$WORK/client"
	check "a roll: no request was lost" grep -E '^[0-9]{4,} asked, [0-9]+ asked once more, 0 lost,' "$WORK/client"
	check "a roll: at least 9 of 12 tasks ran at any time" grep -E ', (9|1[0-2]) tasks at least$' "$WORK/client"
	check "a roll: no task was killed" ended_well 12
	cp "$WORK/roll" "$WORK/err"
	equal "a roll: managers first, the leader last of them" \
		"$(printf '%s\n' manager-1 manager-2 manager-3 | grep -vx "$leads" | paste -sd ' ') $leads worker-1 worker-2 worker-3 worker-4 worker-5" "$(order)"
	check "a roll: every machine is a new one" all_new "$WORK/ids"
	equal "a roll: the swarm and its tokens are the same" "$was" "$(identity)"
	equal "a roll: all nodes are there" "$(printf '%s active ready\n' manager-{1,2,3}' manager' worker-{1,2,3,4,5}' worker' | paste -sd ,)" "$(list)"
	nothing_to_do "a roll"
	equal "a roll: nothing is outdated" '' "$(outdated)"
	tf destroy -auto-approve
	expect "destroyed" 0 "Destroy complete!"
}

# The commands of docs/rolling.md, which name a cluster and a worker
test_page() {
	local CLUSTER=dev ALL=(dev-manager-{1,2,3} dev-worker-1)
	local -x TF_WORKSPACE=dev
	cluster 3 1 a
	tf apply -auto-approve
	expect "the page: a cluster: made" 0 "Apply complete!"
	cluster 3 1 b
	tf plan
	check "the page: its commands, word for word" readme_run "$ROOT/docs/rolling.md" 'scripts/roll terraform/lab' "$TREE" ''
	equal "the page: nothing is outdated" '' "$(outdated)"
	tf destroy -auto-approve
	expect "the page: destroyed" 0 "Destroy complete!"
}

begin_machines
play test_all_machines test_page
finish_tests

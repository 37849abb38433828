#!/usr/bin/env bash
# test-together.sh - managers that come or go side by side, the leader and a dead one among
# them, never get below the quorum: somebody writes to the raft all the time and always
# succeeds.
set -euo pipefail

CLUSTER=flttoge
SUBNET=10.208.10
HOSTS=5
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

lab_begin "$HOSTS"
MANAGERS="$(addr 1),$(addr 2),$(addr 3),$(addr 4),$(addr 5)"

# ---- a write to the raft every 200 ms ----

# In the host: a config is made and removed again until /run/enough is there, and at last
# it says how often. The one write that is under way when the leader changes may end with
# "node lost leader status", "node is stopped" or, when it was done and asked for again,
# "already exists" (swarmkit's words; there is no way to hand the lead over before): that
# one may be repeated, once and at once, as every client of a swarm has to.
# shellcheck disable=SC2016 # the host's own variables
WRITER='write() { echo x | docker config create "$1" - >/dev/null && docker config rm "$1" >/dev/null; }
n=0
rm -f /run/enough
docker config ls -q | xargs -r docker config rm >/dev/null
until [ -e /run/enough ]; do
	n=$((n + 1))
	write "write-$n" || write "again-$n" || echo "write $n failed twice"
	sleep 0.2
done
echo "$n writes"'

start_writing() {
	WRITES_ON=$1
	on "$1" sh -c "$WRITER" >"$WORK/writes" 2>&1 &
	WRITING=$!
}

stop_writing() {
	on "$WRITES_ON" touch /run/enough
	wait "$WRITING"
}

written() {
	cat "$WORK/writes"
	grep -qE '^[1-9][0-9]* writes$' "$WORK/writes" && ! grep -vE ' writes$|lost leader status|node is stopped|config write-[0-9]+ already exists' "$WORK/writes"
}

# all_written NAME: every write has succeeded, and there were some.
all_written() {
	stop_writing
	check "$1" written
}

# ---- side by side ----

# leader N: the number of the host that leads, as manager N says.
leader() { on "$1" docker node ls --format '{{.Hostname}} {{.ManagerStatus}}' | sed -n "s/^$CLUSTER-\(.*\) Leader$/\1/p"; }

# together VERB N... [-- OPTION...]: one executable each, all at once. The names of those
# that failed are in BAD.
together() {
	local verb=$1 n
	shift
	BAD=
	for n; do
		case $verb in
		join) launch "host-$n" join "$n" manager ;;
		leave) launch "host-$n" leave "$n" --timeout 90s ;;
		esac
	done
	for n; do
		finish "host-$n"
		[ "$CODE" = 0 ] || BAD="$BAD $verb $n: $(tail -n 1 "$WORK/err")."
	done
}

# went NAME: nobody failed in what was just done together.
went() { if [ -z "$BAD" ]; then passed "$1"; else echo "$BAD" >"$WORK/err" && failed "$1"; fi; }

managers_are() { [ "$(on "$1" docker node ls --filter role=manager -q | wc -l)" = "$2" ] && managers_reachable "$1"; }

test_join_together() {
	new_swarm manager
	start_writing 1
	together join 2 3 4
	went "three managers join at once"
	check "all four are reachable" within 60 managers_are 1 4
	all_written "every write succeeded meanwhile"
	join 5 manager
	expect_done "and a fifth" role manager
}

# The log of a swarm that has been used for a while, 100 times what a leader sends with one
# write: whoever comes has not got it at once.
long_log() {
	# shellcheck disable=SC2016 # the host's own variables
	on "$1" sh -c 'long=$(head -c 65536 /dev/zero | tr "\0" x)
	for n in $(seq 100); do docker node update --label-add "long=$n$long" "$1"; done
	docker node update --label-rm long "$1"' sh "$(name "$1")" >/dev/null
}

# mutant helpers/swarm/raft_sync.c wait_for_own_copy: condition docker_events_latest => false
#   fails long log: every write succeeded meanwhile
test_long_log() {
	new_swarm manager manager
	long_log 1
	start_writing 1
	together join 3 4 5
	went "long log: three managers join two at once"
	check "long log: all five are reachable" within 60 managers_are 1 5
	all_written "long log: every write succeeded meanwhile"
	check "long log: nobody has the lease any more" lease_is ""
}

# What comes after an init-swarm does not wait for the lease.
# mutant helpers/swarm/init.c follow: swarm_raft_sync() => 0
#   fails long log: every write succeeded meanwhile, after init-swarm
test_long_log_of_peer() {
	new_swarm manager manager
	long_log 1
	start_writing 1
	init 3 --peers "$(addr 1)"
	expect_done "long log: init-swarm joins a peer" outcome joined
	join 4 manager
	expect_done "long log: the next one joins" role manager
	all_written "long log: every write succeeded meanwhile, after init-swarm"
}

# A join that is killed while it has the join lease: its host has it still, others wait, as this
# worker that is to become a manager.
# mutant helpers/swarm/rejoin.c begin_manager: swarm_join_lease_acquire() => 0
#   fails killed with the lease: it is still taken
# mutant helpers/swarm/join.c finish_lease: swarm_join_lease_release() => 0
#   fails killed with the lease: nobody has it any more
# mutant helpers/swarm/join.c promote: swarm_join_lease_acquire() => 0
#   fails killed with the lease: the next waits
test_lease() {
	new_swarm manager manager - worker
	launch joining join 3 manager
	within 60 said_by joining "joining as manager"
	kill -KILL "$(process_of joining)"
	wait "${LAUNCHED[joining]}" || true
	check "killed with the lease: it is still taken" lease_is "$(name 3) ($(addr 3))"
	launch waiting join 4 manager
	check "killed with the lease: the next waits" within 60 said_by waiting "until $(name 3) ($(addr 3)) has become a manager"
	join 3 manager
	expect_done "killed with the lease: the same host goes on" state ready
	finish waiting
	expect_done "killed with the lease: then the next" state ready
	check "killed with the lease: nobody has it any more" lease_is ""
}

lease_is() {
	[ "$(on 1 docker info --format '{{index .Swarm.Cluster.Spec.Labels "terraform-swarm-helpers.becoming-manager"}}')" = "$1" ]
}

# Leaves are chosen so that the leader goes in every other round; one that is no leader
# stays and writes.
choose() {
	local round=$1 number=$2 n first chosen
	first=$(leader 1)
	GO=
	STAY=
	for n in $(seq 5 | shuf); do
		if [ $((round % 2)) = 0 ] && [ "$n" = "$first" ]; then GO="$n $GO"; continue; fi
		[ "$n" != "$first" ] || continue
		if [ -z "$STAY" ]; then STAY=$n; else GO="$GO $n"; fi
	done
	read -ra chosen <<<"$GO"
	GO="${chosen[*]:0:number}"
}

# round NUMBER COUNT: COUNT managers leave at once and come back at once.
leave_and_come() {
	local name
	choose "$1" "$2"
	name="round $1: $2 of 5 managers ($GO) at once"
	start_writing "$STAY"
	# shellcheck disable=SC2086 # numbers
	together leave $GO
	went "$name: they leave"
	check "$name: the others are reachable" within 60 managers_are "$STAY" $((5 - $2))
	# shellcheck disable=SC2086 # numbers
	together join $GO
	went "$name: they join"
	check "$name: all five are reachable" within 60 managers_are "$STAY" 5
	all_written "$name: every write succeeded"
}

# One of five is dead: two more may go, not one more than that.
leave_beside_dead() {
	local dead name
	choose "$1" 3
	dead=${GO##* }
	GO=${GO% *}
	name="round $1: $GO at once with $dead dead"
	start_writing "$STAY"
	"$LAB" kill "$CLUSTER" "$(name "$dead")"
	# shellcheck disable=SC2086 # numbers
	together leave $GO
	went "$name: they leave"
	check "$name: three managers are left" [ "$(on "$STAY" docker node ls --filter role=manager -q | wc -l)" = 3 ]
	"$LAB" boot "$CLUSTER" "$(name "$dead")"
	# shellcheck disable=SC2086 # numbers
	together join $GO
	went "$name: they join"
	check "$name: all five are reachable" within 30 managers_are "$STAY" 5
	all_written "$name: every write succeeded"
}

# mutant helpers/swarm/remove_live.c swarm_remove_live: demote_if_manager() => false
#   with test_join_together
#   fails round
test_rounds() {
	local round
	new_swarm manager manager manager manager manager
	for round in $(seq "$ROUNDS"); do
		case $((round % 3)) in
		0) leave_beside_dead "$round" ;;
		1) leave_and_come "$round" 2 ;;
		2) leave_and_come "$round" 3 ;;
		esac
	done
}

# ---- all of them ----

# destroy_all ROUND: the whole swarm is taken apart, and then each leave finds nothing to
# do; in every third round one of the managers is dead.
destroy_all() {
	local name="round $1: whole destroy" n all="1 2 3 4"
	new_swarm manager manager manager worker
	if [ $(($1 % 3)) = 0 ]; then
		name="$name with 3 dead" all="1 2 4"
		"$LAB" kill "$CLUSTER" "$(name 3)"
	fi
	destroy "$WORK/teardown" 4 --drain-timeout 30s
	expect_done "$name: taken apart" outcome dissolved
	for n in $all; do check "$name: host $n is in no swarm" in_no_swarm "$n"; done
	# shellcheck disable=SC2086 # numbers
	together leave $all
	went "$name: the leaves have nothing to do"
	[ "$all" = "1 2 3 4" ] || dead_is_gone "$name"
}

# What the teardown saw of the dead one holds for its leave, in the same run.
dead_is_gone() {
	local file=$WORK/teardown
	leave 3 --teardown-file "$file"
	expect_done "$1: the dead one's leave ends" outcome unverified
	jq '.drained_by |= sub(" [0-9]+$"; " 1")' "$file" >"$file.other"
	leave 3 --teardown-file "$file.other" --timeout 45s
	expect_error "$1: not in another run" 4 "terraform state rm"
	rm "$file" "$file.other"
}

# mutant helpers/swarm/dissolve.c let_worker_go: term WORKER => false
#   fails round 1: whole destroy: host 4 is in no swarm
test_destroys() {
	local round
	for round in $(seq "$ROUNDS"); do destroy_all "$round"; done
}

play test_join_together test_long_log test_long_log_of_peer test_lease test_rounds test_destroys
finish_tests

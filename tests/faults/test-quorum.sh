#!/usr/bin/env bash
# test-quorum.sh - what would lose the quorum is refused with the arithmetic, and one that
# is lost or missing meanwhile is waited for.
set -euo pipefail

CLUSTER=fltquor
SUBNET=10.208.2
HOSTS=3
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

lab_begin "$HOSTS"

# ---- refusals ----

test_last() {
	new_swarm manager worker
	leave 1
	expect_error "the last manager does not leave" 1 "last manager" "erase the swarm"
	check "and is not drained" listed "$(name 1) manager active ready"
	# It waits for another manager as long as it may.
	join 1 worker --timeout 8s
	expect_error "nor becomes a worker" 1 "last manager"
}

# mutant helpers/swarm/remove_live.c demote_if_manager: swarm_node_demote() => 0
#   fails then the other one may leave
# mutant helpers/swarm/remove_live.c swarm_remove_live: swarm_node_may_demote() => drain(rm, d, e) || swarm_node_may_demote(manager_of(rm), rm->info.node_id, d, e)
#   fails and is not drained
# mutant helpers/swarm/node_demote.c ask_to_demote: swarm_node_may_demote() => 0
#   fails nor becomes a worker
test_refused() {
	new_swarm manager manager manager
	"$LAB" kill "$CLUSTER" "$(name 3)"
	within 60 third_unreachable
	leave 2
	expect_error "no manager leaves that the quorum needs" 1 \
		"3 managers, 1 unreachable: demoting $(name 2) would leave 1 of 2"
	check "and is not drained" listed "$(name 2) manager active ready"
	join 2 worker
	expect_error "nor becomes a worker" 1 \
		"3 managers, 1 unreachable: demoting $(name 2) would leave 1 of 2"
	leave 3
	expect_done "the dead one can be removed" outcome removed-dead
	leave 2
	expect_done "then the other one may leave" outcome left
	check "and one is left" only "$(name 1)"
}

third_unreachable() { on 1 docker node ls --format '{{.Hostname}} {{.ManagerStatus}}' | grep "^$(name 3) Unreachable" >/dev/null; }

# ---- a leader that goes half-way ----

# The leave is in mid-drain, and asks nobody but the node itself, when the other managers
# fall silent. A leave that begins then is refused.
# mutant helpers/swarm/remove.c without_leader: condition retried => false
#   fails no leader in mid-drain: it ends well once there is one
test_leader_lost() {
	new_swarm manager manager manager
	images 3
	service slow --constraint "node.hostname==$(name 3)" --stop-grace-period 60s \
		-- sh -c 'trap "sleep 8; exit 0" TERM; while :; do sleep 0.2; done'
	launch leaving helper drain-and-remove 3 --advertise-addr "$(addr 3)"
	within 60 said_by leaving "still stopping"
	freeze 1 dockerd
	freeze 2 dockerd
	check "no leader in mid-drain: it looks again" within 60 said_by leaving "last copies of its state"
	helper drain-and-remove 3 --advertise-addr "$(addr 3)"
	expect_error "no leader: a leave that begins is refused" 1 "lost its quorum" "bring other managers back"
	thaw 1 dockerd
	thaw 2 dockerd
	finish leaving
	expect_done "no leader in mid-drain: it ends well once there is one" outcome left-alone
	check "no leader in mid-drain: the host is in no swarm" in_no_swarm 3
}

# A manager that boots while the others are away is in its swarm and yet none that
# answers: its engine waits 20 s for them and says "pending" from then on.
# mutant helpers/swarm/join.c nobody_to_ask: ERR_BUSY => ERR_REFUSED
#   fails booted alone: done once there is a leader
# mutant helpers/swarm/join.c nobody_to_ask: "its swarm has no leader" => "in no swarm"
#   fails left alone: it looks again
test_pending() {
	new_swarm manager manager manager
	freeze 1 dockerd
	freeze 2 dockerd
	"$LAB" kill "$CLUSTER" "$(name 3)"
	"$LAB" boot "$CLUSTER" "$(name 3)"
	launch joining helper join-node 3 --role manager --managers "$(addr 3)" --advertise-addr "$(addr 3)"
	check "booted alone: it waits for its swarm" within 60 said_by joining "swarm state is pending"
	thaw 1 dockerd
	thaw 2 dockerd
	finish joining
	expect_done "booted alone: done once there is a leader" state ready
	freeze 1 dockerd
	freeze 2 dockerd
	launch alone helper join-node 3 --role manager --managers "$(addr 3)" --advertise-addr "$(addr 3)" --timeout 50s
	check "left alone: it looks again" within 40 said_by alone "its swarm has no leader"
	freeze 3 dockerd
	finish alone
	expect_error "left alone: it says why, and how its last try ended" 1 "its swarm has no leader" \
		"bring the other managers" "and in the end"
	thaw 3 dockerd
	thaw 1 dockerd
	thaw 2 dockerd
}

# ---- a quorum that is gone for good ----

# The other manager has no copy of the state any more: what docs/quorum.md says to do. The
# join begins while nobody has noticed.
test_lost() {
	new_swarm manager manager
	local id
	id=$(on 1 docker info --format '{{.Swarm.Cluster.ID}}')
	on 2 docker swarm leave --force
	join 2 worker --timeout 45s
	expect_error "lost for good: a join says so" 1 "no leader"
	on 1 docker swarm init --force-new-cluster --advertise-addr "$(addr 1)" >/dev/null
	check "lost for good: the manager that stayed has the same swarm" \
		[ "$(on 1 docker info --format '{{.Swarm.Cluster.ID}}')" = "$id" ]
	join 2 worker
	expect_done "lost for good: then the other one joins" state ready

	check "lost for good: and is there once" only "$(name 1)" "$(name 2)"
	join 2 manager
	expect_done "lost for good: it may become a manager" state ready
	# It died before it had written anything down.
	on 2 service docker stop >/dev/null
	on 2 rm -r /var/lib/docker/swarm/raft
	on 2 service docker start >/dev/null
	check "lost for good: a new manager without its log leaves no leader" within 120 leaderless 1
	on 1 docker swarm init --force-new-cluster --advertise-addr "$(addr 1)" >/dev/null
	join 2 manager
	expect_done "lost for good: then it becomes one" state ready
	check "lost for good: there are two managers" [ "$(on 1 docker node ls -q -f role=manager | wc -l)" = 2 ]
}

# leaderless N: in the eyes of that manager, which looks for 20 s for a leader.
leaderless() {
	! on "$1" timeout 60 docker node ls >"$WORK/said" 2>&1 || return
	cat "$WORK/said"
	grep -qE 'not have a leader|[Dd]eadline ?[Ee]xceeded' "$WORK/said"
}

play test_last test_refused test_leader_lost test_pending test_lost
finish_tests

#!/usr/bin/env bash
# test-nodes.sh - drain-and-remove of machines that are gone, hung, slow, rebooted in
# mid-drain or removed by hand: it ends well within its time, the list of nodes is right
# afterwards, and nothing that lives is taken for dead.
set -euo pipefail

CLUSTER=fltnode
SUBNET=10.208.1
HOSTS=3
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

lab_begin "$HOSTS"
images 1 2 3
MANAGERS=$(addr 1)

# A worker that is Ready, whatever state the last test left it in.
fresh() {
	on_and_alone "$1"
	join "$1" worker
	[ "$CODE" = 0 ] || failed "host $1 is a worker"
}

# mutant helpers/swarm/remove_dead.c swarm_remove_dead: swarm_node_remove() => 0
#   fails powered off: the list is right
test_powered_off() {
	"$LAB" kill "$CLUSTER" "$(name 3)"
	BEGAN=$SECONDS
	leave 3
	expect_done "powered off: removed" outcome removed-dead
	check "powered off: it took 40 s at most" took_at_most 40
	check "powered off: the list is right" only "$(name 1)" "$(name 2)"
	fresh 3
}

test_deleted() {
	"$LAB" down "$CLUSTER" "$(name 3)"
	BEGAN=$SECONDS
	leave 3
	expect_done "machine deleted: removed" outcome removed-dead
	check "machine deleted: it took 40 s at most" took_at_most 40
	check "machine deleted: the list is right" only "$(name 1)" "$(name 2)"
	leave 3 --timeout 90s
	expect_done "machine deleted: again, there is nothing to do" outcome was-gone
	lab_up 3
	"$LAB" image "$CLUSTER" "$(name 3)" >/dev/null
	run_forget 3
	fresh 3
}

# It has keys of its own, as a machine that Terraform has made anew.
run_forget() { ssh-keygen -q -R "$(addr "$1")" -f "$WORK/known_hosts" 2>/dev/null; }

test_dockerd_hung() {
	freeze 3 dockerd
	BEGAN=$SECONDS
	leave 3
	expect_done "dockerd hung: removed once the swarm has given it up" outcome removed-dead
	check "dockerd hung: it took 60 s at most" took_at_most 60
	check "dockerd hung: the list is right" only "$(name 1)" "$(name 2)"
	thaw 3 dockerd
	join 3 worker
	expect_done "dockerd hung: awake again, it joins anew" state ready
	check "dockerd hung: with one entry" only "$(name 1)" "$(name 2)" "$(name 3)"
}

# mutant helpers/swarm/remove_dead.c ask_liveness: ALIVE => DEAD
#   fails sshd silent: not taken for dead
# mutant helpers/swarm/remove_dead.c judge: condition deadline_left_ms => false
#   fails sshd silent: not taken for dead: the last line
test_sshd_silent() {
	freeze 3 sshd
	BEGAN=$SECONDS
	leave 3 --drain-timeout 30s --timeout 60s
	expect_error "sshd silent: not taken for dead" 4 "does not answer" "$(name 3)"
	check "sshd silent: it ended well within its time" took_at_most 30
	check "sshd silent: the node is as it was" listed "$(name 3) worker active ready"
	thaw 3 sshd
	leave 3
	expect_done "sshd silent: awake again, it leaves" outcome left
	fresh 3
}

test_sshd_silent_dockerd_hung() {
	freeze 3 sshd
	freeze 3 dockerd
	BEGAN=$SECONDS
	leave 3
	expect_done "all of it hung: removed" outcome removed-dead
	check "all of it hung: it took 60 s at most" took_at_most 60
	check "all of it hung: the list is right" only "$(name 1)" "$(name 2)"
	thaw 3 sshd
	thaw 3 dockerd
	fresh 3
}

# dockerd gets a fifth of the time and sshd stutters: heartbeats still come.
slow_down() {
	while :; do
		freeze 3 dockerd
		freeze 3 sshd
		sleep 0.8
		thaw 3 dockerd
		thaw 3 sshd
		sleep 0.2
	done
}

test_slow() {
	slow_down >/dev/null 2>&1 &
	local slow=$!
	leave 3
	kill "$slow"
	wait "$slow" 2>/dev/null || true
	thaw 3 dockerd
	thaw 3 sshd
	expect_done "slow but alive: it leaves by itself" outcome left
	check "slow but alive: the list is right" only "$(name 1)" "$(name 2)"
	fresh 3
}

# A task that takes 8 s to end keeps the drain going while the power goes.
# mutant helpers/swarm/remove.c may_pass: condition timed_out => false
#   fails rebooted in mid-drain: it is out
test_rebooted() {
	service slow --constraint "node.hostname==$(name 3)" --stop-grace-period 60s \
		-- sh -c 'trap "sleep 8; exit 0" TERM; while :; do sleep 0.2; done'
	launch leaving leave 3
	within 60 said_by leaving "still stopping"
	"$LAB" kill "$CLUSTER" "$(name 3)"
	"$LAB" boot "$CLUSTER" "$(name 3)"
	finish leaving
	expect_done "rebooted in mid-drain: it is out"
	check "rebooted in mid-drain: the list is right" only "$(name 1)" "$(name 2)"
	no_services
	fresh 3
	check "rebooted in mid-drain: it can join again" only "$(name 1)" "$(name 2)" "$(name 3)"
}

# A node that has booted and finds no manager yet is pending, and its tasks run: one that
# finds it a moment later is drained as any other.
# mutant helpers/swarm/remove.c remove_alive: condition swarm_info_stable => false
#   fails pending: a leave waits
test_pending() {
	service quick --constraint "node.hostname==$(name 3)" -- sh -c 'trap "exit 0" TERM; while :; do sleep 0.2; done'
	on 3 sh -c 'iptables -I OUTPUT -p tcp --dport 2377 -j REJECT && service docker restart' >/dev/null
	check "pending: the engine says so" within 60 is_pending 3
	launch leaving leave 3
	check "pending: a leave waits" within 60 said_by leaving "swarm state is pending; waiting"
	on 3 iptables -D OUTPUT -p tcp --dport 2377 -j REJECT
	finish leaving
	expect_done "pending: it leaves" outcome left
	expect_said "pending: drained" "draining"
	check "pending: the list is right" only "$(name 1)" "$(name 2)"
	no_services
	fresh 3
}
is_pending() { [ "$(state_of "$1")" = pending ]; }

# mutant helpers/swarm/remove_live.c swarm_remove_live: condition ERR_NOT_FOUND => false
#   fails removed by hand: nothing is left to do
# mutant helpers/swarm/remove_broken.c swarm_remove_left: swarm_node_remove() => 0
#   fails left by hand: the list is right
test_removed_by_hand() {
	on 1 docker node rm --force "$(name 3)" >/dev/null
	leave 3
	expect_done "removed by hand: nothing is left to do" outcome was-gone
	check "removed by hand: the list is right" only "$(name 1)" "$(name 2)"
	check "removed by hand: the host is in no swarm" within 60 in_no_swarm 3
	fresh 3
	on 3 docker swarm leave >/dev/null
	leave 3
	expect_done "left by hand: its entry goes"
	check "left by hand: the list is right" only "$(name 1)" "$(name 2)"
}

new_swarm manager worker worker
play test_powered_off test_deleted test_dockerd_hung test_sshd_silent test_sshd_silent_dockerd_hung \
	test_slow test_rebooted test_pending test_removed_by_hand
finish_tests

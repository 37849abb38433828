#!/usr/bin/env bash
# test-managers.sh - the managers that an executable was told of are gone, some or all:
# the next one is used at once and named, and a destroy ends although nobody is left who
# could be asked.
set -euo pipefail

CLUSTER=fltmgr
SUBNET=10.208.3
HOSTS=4
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

lab_begin "$HOSTS"
images 4
GOING=$WORK/going

# next_used NAME SECONDS: what has just run asked another manager and said so, within that
# time.
next_used() {
	expect_said "$1: it says which manager it asks" "asking manager $SUBNET.1"
	check "$1: it took $2 s at most" took_at_most "$2"
}

# Each executable with the first of three managers off, or silent ($1).
each_uses_the_next() {
	BEGAN=$SECONDS
	ask fetch-tokens
	expect_done "first manager $1: fetch-tokens"
	next_used "first manager $1: fetch-tokens" 5
	BEGAN=$SECONDS
	ask describe-swarm
	expect_done "first manager $1: describe-swarm" reachable true
	next_used "first manager $1: describe-swarm" 5
	BEGAN=$SECONDS
	leave 4
	expect_done "first manager $1: drain-and-remove" outcome left
	next_used "first manager $1: drain-and-remove" 15
	BEGAN=$SECONDS
	join 4 worker
	expect_done "first manager $1: join-node" state ready
	next_used "first manager $1: join-node" 15
}

# An election takes 10 to 20 s (swarmkit, raft.DefaultNodeConfig), in which nobody can
# answer.
leader_among() {
	local n
	for n; do
		on "$n" timeout 2 docker node ls >/dev/null 2>&1 || return 1
	done
}

# Whoever asks while the managers elect another leader is answered once they have. An
# election that fails is held again 10 s later, of which the managers say that there is no
# leader.
during_election() {
	local elected
	BEGAN=$SECONDS
	launch tokens ask fetch-tokens --timeout 60s
	within 90 leader_among 2 3
	elected=$((SECONDS - BEGAN))
	finish tokens
	if [ "$elected" -le 19 ] || [ "$CODE" = 0 ]; then
		expect_done "first manager off: fetch-tokens during the election" reachable true
	else
		expect_error "first manager off: fetch-tokens during an election of $elected s" 1 "no leader"
	fi
}

test_first_off() {
	new_swarm manager manager manager worker
	"$LAB" kill "$CLUSTER" "$(name 1)"
	during_election
	each_uses_the_next off
	BEGAN=$SECONDS
	drain_swarm --drain-timeout 30s
	expect_done "first manager off: drain-swarm" outcome drained
	next_used "first manager off: drain-swarm" 60
}

test_first_silent() {
	new_swarm manager manager manager worker
	freeze 1 sshd
	each_uses_the_next silent
	thaw 1 sshd
}

test_peers() {
	init 4 --peers "$(addr 1)" --timeout 10s
	expect_error "init-swarm makes no second swarm while a peer is off" 4 "cannot rule out" "$(addr 1)"
}

# What is left has no quorum: a worker can only see to itself.
test_quorum_lost() {
	new_swarm manager manager manager worker
	service work --constraint "node.hostname==$(name 4)" -- sh -c 'trap "exit 0" TERM; while :; do sleep 0.2; done'
	"$LAB" kill "$CLUSTER" "$(name 2)"
	"$LAB" kill "$CLUSTER" "$(name 3)"
	BEGAN=$SECONDS
	leave 4
	expect_done "no quorum: a worker leaves by itself" outcome left-alone
	expect_said "no quorum: it warns of what is not certain" "without knowing that another node takes over"
	expect_said "no quorum: and of the entry that stays" "without removing the entry"
	check "no quorum: it took 45 s at most" took_at_most 45
	check "no quorum: the worker is in no swarm" in_no_swarm 4
	leave 1 --timeout 60s
	expect_error "no quorum: a manager keeps the last copy of the swarm's state" 1
	check "no quorum: it has its state still" [ "$(state_of 1)" != inactive ]
}

# Continues: now the whole swarm is to go.
test_destroy_without_quorum() {
	drain_swarm --timeout 60s
	expect_error "no quorum: drain-swarm fails" 1
	check "no quorum: there is no going file" [ ! -e "$GOING" ]
	drain_swarm --on-unreachable proceed --going-file "$GOING" --timeout 60s
	expect_done "no quorum: drain-swarm goes on when told to" outcome unreachable
	expect_said "no quorum: and warns" "going on without draining"
	check "no quorum: it leaves the going file" [ -e "$GOING" ]
	launch host-1 leave 1 --going-file "$GOING"
	launch host-2 leave 2 --going-file "$GOING"
	launch host-3 leave 3 --going-file "$GOING"
	finish host-1
	expect_done "no quorum: the manager that lives leaves" outcome left-going
	check "no quorum: it is in no swarm" in_no_swarm 1
	finish host-2
	expect_done "no quorum: a dead one is given up" outcome unverified
	expect_said "no quorum: it says that nothing was verified" "unverified"
	finish host-3
	expect_done "no quorum: the other one too" outcome unverified
}

test_all_gone() {
	local n
	rm -f "$GOING"
	new_swarm manager manager manager worker
	for n in 1 2 3; do "$LAB" kill "$CLUSTER" "$(name "$n")"; done
	drain_swarm --on-unreachable proceed --going-file "$GOING"
	expect_done "all managers gone: drain-swarm goes on" outcome unreachable
	launch host-1 leave 1 --going-file "$GOING"
	launch host-4 leave 4 --going-file "$GOING"
	finish host-4
	expect_done "all managers gone: the worker leaves" outcome left-alone
	check "all managers gone: the worker is in no swarm" in_no_swarm 4
	finish host-1
	expect_done "all managers gone: a manager is given up" outcome unverified
}

# A new swarm that comes after has nothing to do with the destroy of the old one.
test_going_file_goes() {
	new_swarm manager
	join 2 worker --going-file "$GOING"
	expect_done "the next join"
	expect_said "says that it takes the going file away" "$GOING"
	check "and does" [ ! -e "$GOING" ]
}

test_first_off
test_first_silent
"$LAB" kill "$CLUSTER" "$(name 1)"
on 4 docker swarm leave --force >/dev/null
test_peers
test_quorum_lost
test_destroy_without_quorum
test_all_gone
test_going_file_goes
finish_tests

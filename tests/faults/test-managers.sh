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
FILE=$WORK/teardown

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
	expect_done "first manager off: drain-swarm" outcome dissolved timed_out 1
	next_used "first manager off: drain-swarm" 60
}

# mutant helpers/swarm/manager.c search: TIMING_STAGGER_MS => 3600000
#   fails first manager silent: fetch-tokens
# mutant helpers/swarm/manager.c say_which: condition which != first => false
#   fails first manager silent: fetch-tokens: it says which
test_first_silent() {
	new_swarm manager manager manager worker
	freeze 1 sshd
	each_uses_the_next silent
	thaw 1 sshd
}

test_peers() {
	"$LAB" kill "$CLUSTER" "$(name 1)"
	in_no_swarm 4 || on 4 docker swarm leave --force >/dev/null
	init 4 --peers "$(addr 1)" --timeout 10s
	expect_error "init-swarm makes no second swarm while a peer is off" 4 "cannot rule out" "$(addr 1)"
}

# What is left has no quorum: nobody says that the work of a worker goes on elsewhere.
test_quorum_lost() {
	new_swarm manager manager manager worker
	work_on_4
	"$LAB" kill "$CLUSTER" "$(name 2)"
	"$LAB" kill "$CLUSTER" "$(name 3)"
	leave 4 --timeout 90s
	expect_error "no quorum: a worker that has work stays" 4 "1 of the swarm's containers run here"
	check "no quorum: its task runs on" runs_on_4
	leave 1 --timeout 60s
	expect_error "no quorum: a manager keeps the last copy of the swarm's state" 1
	check "no quorum: it has its state still" [ "$(state_of 1)" != inactive ]
}

work_on_4() {
	service work --constraint "node.hostname==$(name 4)" --stop-grace-period 60s \
		-- sh -c 'trap "sleep 2; exit 0" TERM; while :; do sleep 0.2; done'
}
runs_on_4() { [ "$(on 4 docker ps -q --filter label=com.docker.swarm.node.id | wc -l)" = 1 ]; }

# How the containers of host N's work ended: 0, or 137 when they were killed.
watch_4() {
	on 4 timeout 600 docker events --filter event=die --format '{{.Actor.Attributes.exitCode}}' >"$WORK/died" &
	WATCH=$!
}
died_in_order() {
	kill "$WATCH" || true
	grep -q . "$WORK/died" && ! grep -vx 0 "$WORK/died"
}

# Continues test_no_quorum: now the whole swarm is to go.
test_destroy_without_quorum() {
	destroy "$FILE" 4 --timeout 100s
	expect_error "no quorum: drain-swarm fails" 1
	check "no quorum: there is no teardown file" [ ! -e "$FILE" ]
	watch_4
	destroy "$FILE" 4 --on-unreachable proceed --timeout 110s
	expect_done "no quorum: drain-swarm goes on when told to" outcome unreachable timed_out 2
	expect_said "no quorum: and warns" "going on without draining"
	check "no quorum: the manager that lives has left" in_no_swarm 1
	check "no quorum: the worker too" in_no_swarm 4
	check "no quorum: its work has ended by itself" died_in_order
	leaves_of_the_dead "no quorum" was-gone
}

# leaves_of_the_dead NAME OUTCOME: that of manager 1 ends so; they end in the same run and in no other one.
leaves_of_the_dead() {
	launch host-1 leave 1 --teardown-file "$FILE"
	launch host-2 leave 2 --teardown-file "$FILE"
	launch host-3 leave 3 --teardown-file "$FILE" --timeout 60s
	finish host-1
	expect_done "$1: the first manager's leave ends" outcome "$2"
	finish host-2
	expect_done "$1: a dead one is given up" outcome unverified
	expect_said "$1: it says that nothing was verified" "unverified"
	finish host-3
	expect_done "$1: the other one too" outcome unverified
	another_run leave 2 --teardown-file "$FILE" --timeout 45s
	expect_error "$1: not in another run" 4 "terraform state rm"
}

# As a later run would, which the file is not of.
another_run() {
	jq '.unheard_by |= sub(" [0-9]+$"; " 1")' "$FILE" >"$FILE.other"
	mv "$FILE.other" "$FILE"
	"$@"
}

# mutant helpers/swarm/teardown.c without_manager: condition proceed => true
#   with test_first_silent
#   fails all managers gone: drain-swarm goes on
# mutant helpers/swarm/remove_dead.c judge: condition SWARM_WORD_NONE => false
#   with test_first_silent
#   fails all managers gone: the first manager's leave ends
test_all_gone() {
	local n
	rm -f "$FILE"
	new_swarm manager manager manager worker
	for n in 1 2 3; do "$LAB" kill "$CLUSTER" "$(name "$n")"; done
	destroy "$FILE" 4 --on-unreachable proceed
	expect_done "all managers gone: drain-swarm goes on" outcome unreachable timed_out 3
	check "all managers gone: the worker is in no swarm" in_no_swarm 4
	leaves_of_the_dead "all managers gone" unverified
}

# No manager answers, and one of the hosts is in another swarm: nobody can tell which of the
# two is the one that is to go.
# mutant helpers/swarm/dissolve_alone.c check_one_swarm: condition !same[i] => false
#   fails two swarms and no manager: refused
test_two_swarms() {
	new_swarm manager manager worker
	on 4 docker swarm init --advertise-addr "$(addr 4)" >/dev/null
	join_by_hand 3 4
	"$LAB" kill "$CLUSTER" "$(name 1)"
	"$LAB" kill "$CLUSTER" "$(name 4)"
	destroy "$FILE" 4 --on-unreachable proceed --timeout 110s
	expect_error "two swarms and no manager: refused" 1 "there are two swarms" "$(addr 2)" "$(addr 3)" "leave it"
	check "two swarms and no manager: the one host is in its swarm still" [ "$(state_of 2)" != inactive ]
	check "two swarms and no manager: the other one too" [ "$(state_of 3)" != inactive ]
	on 3 docker swarm leave >/dev/null
	destroy "$FILE" 4 --on-unreachable proceed --timeout 110s
	expect_done "two swarms and no manager: goes on once one of them was left" outcome unreachable timed_out 2
	check "two swarms and no manager: the host has left" in_no_swarm 2
}

# join_by_hand N MANAGER: leaves its own and joins that swarm as a worker
join_by_hand() {
	local token
	on "$1" docker swarm leave --force >/dev/null
	token=$(on "$2" docker swarm join-token -q worker)
	on "$1" docker swarm join --token "$token" --advertise-addr "$(addr "$1")" "$(addr "$2"):2377" >/dev/null
}

# The hosts to go are not all of the swarm: a manager that is none of them keeps it.
# mutant helpers/swarm/dissolve.c look_around: is_unknown() => false
#   fails handed on: drain-swarm says so
test_handed_on() {
	new_swarm manager manager manager worker
	on 1 docker node update --availability pause "$(name 4)" >/dev/null
	drain_swarm --nodes "$(addr 1),$(addr 2)"
	expect_done "handed on: drain-swarm says so" outcome handed-on nodes 4 timed_out 0
	expect_said "handed on: and with whom" "lives on with"
	expect_said "handed on: and which entry stays" "its entry $(on 3 docker node inspect --format '{{.ID}}' "$(name 1)") stays"
	check "handed on: the hosts have left" in_no_swarm 1
	check "handed on: both of them" in_no_swarm 2
	ASK=3
	check "handed on: of those that left the list has the one that was asked" only "$(name 1)" "$(name 3)" "$(name 4)"
	check "handed on: as Down" within 40 listed "$(name 1) worker drain down"
	check "handed on: the manager is as it was" listed "$(name 3) manager active ready"
	check "handed on: the worker too" listed "$(name 4) worker pause ready"
	check "handed on: no marker is left" marker_is_gone 3
	ASK=1
}

# The same where that manager is the one that is asked: it does not go, as the last one of all.
# mutant helpers/swarm/dissolve.c look_around: a->asked_stays = false
#   fails the manager asked is none of the hosts: handed on
test_asked_stays() {
	local MANAGERS
	new_swarm manager manager worker worker
	MANAGERS=$(addr 1)
	drain_swarm --nodes "$(addr 2),$(addr 3)"
	expect_done "the manager asked is none of the hosts: handed on" outcome handed-on
	check "the manager asked is none of the hosts: they have left" in_no_swarm 2
	check "the manager asked is none of the hosts: both of them" in_no_swarm 3
	check "the manager asked is none of the hosts: it stays, and its worker" within 60 only "$(name 1)" "$(name 4)"
	check "the manager asked is none of the hosts: it is as it was" listed "$(name 1) manager active ready"
	check "the manager asked is none of the hosts: no marker is left" marker_is_gone 1
}
marker_is_gone() {
	[ "$(on "$1" docker info --format '{{index .Swarm.Cluster.Spec.Labels "terraform-swarm-helpers.going"}}')" = "" ]
}

# What a state of 0.1.0 has stored: no nodes, and the file by its old name.
test_older_state() {
	local MANAGERS
	MANAGERS=$(addr 1)
	new_swarm manager worker
	drain_swarm --on-unreachable proceed --going-file "$WORK/going"
	expect_done "older state: drain-swarm takes the managers out" outcome dissolved
	check "older state: the manager is in no swarm" in_no_swarm 1
	leave 2 --going-file "$WORK/going"
	expect_done "older state: a worker leaves by itself" outcome left-alone
	check "older state: the worker is in no swarm" in_no_swarm 2
}

# Nothing of it is true of a swarm that comes after.
test_teardown_file_goes() {
	[ -e "$FILE" ] || echo '{}' >"$FILE"
	new_swarm manager
	join 2 worker --teardown-file "$FILE"
	expect_done "the next join"
	expect_said "says that it takes the teardown file away" "$FILE"
	check "and does" [ ! -e "$FILE" ]
}

play test_first_off test_first_silent test_peers test_quorum_lost test_destroy_without_quorum test_all_gone \
	test_two_swarms test_handed_on test_asked_stays test_older_state test_teardown_file_goes
finish_tests

#!/usr/bin/env bash
# test-alone.sh - a worker leaves while its manager refuses connections for a moment, is
# misspelt or not named, or never answers; and nodes whose engine has lost its node ID
# leave, or join anew, while containers of the swarm run on: no task is killed, and none
# runs on unnoticed.
set -euo pipefail

CLUSTER=fltalone
SUBNET=10.208.7
HOSTS=4
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

lab_begin "$HOSTS"
images 2 4

# ---- work on host N, and how it ends ----

# One task that needs 4 s to stop.
work_on() {
	service work --constraint "node.hostname==$(name "$1")" --stop-grace-period 60s \
		-- sh -c 'trap "sleep 4; exit 0" TERM; while :; do sleep 0.2; done'
	on "$1" timeout 600 docker events --filter event=die \
		--format '{{.Actor.Attributes.exitCode}}' >"$WORK/died" 2>/dev/null &
	WATCH=$!
}

runs_on() { [ "$(on "$1" docker ps -q --filter label=com.docker.swarm.node.id | wc -l)" = 1 ]; }
nothing_runs_on() { [ -z "$(on "$1" docker ps -q --filter label=com.docker.swarm.node.id)" ]; }

# Its exit code is 0: it was not killed.
ended_by_itself() {
	within 60 grep -qx 0 "$WORK/died" || return 1
	kill "$WATCH" 2>/dev/null || true
	[ "$(sort -u "$WORK/died")" = 0 ]
}

# ---- managers that are away ----

refuse() { on 1 iptables -I INPUT -p tcp --dport 22 -j REJECT --reject-with tcp-reset; }
accept() { on 1 iptables -D INPUT -p tcp --dport 22 -j REJECT --reject-with tcp-reset; }

back_in() { sleep "$1" && accept; }

begin() {
	new_swarm manager worker
	MANAGERS=$(addr 1) # known from here on, so that the worker's own word can be followed
	ask describe-swarm
	work_on 2
}

# mutant helpers/swarm/remove_manager.c swarm_remove_find_manager: retry_may() => false
#   fails manager away for 4 s: the worker leaves in order
test_away_for_a_moment() {
	begin
	refuse
	back_in 4 &
	leave 2
	wait "$!"
	expect_done "manager away for 4 s: the worker leaves in order" outcome left
	check "manager away for 4 s: its work has ended by itself" ended_by_itself
	check "manager away for 4 s: its entry is gone" not_listed 2
}

# It has left by itself, or its leave was killed after that.
# mutant helpers/swarm/remove.c remove_alive: term find_for_entry => false
#   fails manager away for 4 s: the entry of a host that has left is gone
test_left_before() {
	new_swarm manager worker
	MANAGERS=$(addr 1)
	on 2 docker swarm leave >/dev/null
	refuse
	back_in 4 &
	leave 2
	wait "$!"
	expect_done "manager away for 4 s: a host that has left" outcome was-gone
	check "manager away for 4 s: the entry of a host that has left is gone" not_listed 2
}

# mutant helpers/swarm/known.c swarm_known_read: term SWARM_KNOWN_MAX => false
#   fails managers misspelt: the worker knows its own
test_misspelt() {
	begin
	helper drain-and-remove 2 --managers "no-such-host.invalid" --advertise-addr "$(addr 2)"
	expect_done "managers misspelt: the worker knows its own" outcome left
	expect_said "managers misspelt: it says whom it asks" "which the node itself knows"
	check "managers misspelt: its work has ended by itself" ended_by_itself
}

test_not_named() {
	begin
	helper drain-and-remove 2 --advertise-addr "$(addr 2)"
	expect_done "no managers named: the worker knows its own" outcome left
	check "no managers named: its work has ended by itself" ended_by_itself
}

test_away_for_good() {
	begin
	refuse
	leave 2
	expect_error "manager away for good: the worker stays" 4 "1 of the swarm's containers run here"
	check "manager away for good: its task runs on" runs_on 2
	leave 2 --on-drain-timeout proceed
	expect_done "manager away for good: told to proceed it leaves" outcome left-alone
	check "manager away for good: then too its work ends by itself" ended_by_itself
	accept
}

# ---- an engine that has lost its node ID ----

# Host 4 knows no manager but 2, which has left when it is to become one itself.
lose_id() {
	local token
	scatter
	on 1 docker swarm init --advertise-addr "$(addr 1)" >/dev/null
	token=$(on 1 docker swarm join-token -q manager)
	on 2 docker swarm join --token "$token" --advertise-addr "$(addr 2)" "$(addr 1):2377" >/dev/null
	on 3 docker swarm join --token "$token" --advertise-addr "$(addr 3)" "$(addr 2):2377" >/dev/null
	token=$(on 1 docker swarm join-token -q worker)
	on 4 docker swarm join --token "$token" --advertise-addr "$(addr 4)" "$(addr 2):2377" >/dev/null
	within 60 all_ready 1
	ID=$(id_on 4)
	work_on 4
	on 1 docker node demote "$(name 2)" >/dev/null
	within 60 is_worker 2
	on 2 docker swarm leave >/dev/null
	on 1 docker node promote "$(name 4)" >/dev/null
	if within 40 is_in_error 4; then return 0; fi
	on 4 docker info --format '{{json .Swarm}}'
	return 1
}

id_on() { on "$1" docker info --format '{{.Swarm.NodeID}}'; }
is_worker() { [ "$(on "$1" docker info --format '{{.Swarm.ControlAvailable}}')" = false ]; }
is_in_error() { [ "$(state_of "$1")" = error ]; }

test_leave_in_error() {
	MANAGERS=$(addr 1)
	check "node in error: it is, and its task runs on" lose_id
	leave 4
	expect_done "node in error: it leaves" outcome left
	check "node in error: nothing runs on" nothing_runs_on 4
	check "node in error: what ran has ended by itself" ended_by_itself
}

test_join_in_error() {
	MANAGERS=$(addr 1)
	check "node in error: once more" lose_id
	join 4 worker --availability drain
	expect_done "node in error: it joins anew" state ready
	# Docker 26 and newer start the node anew by themselves: it is a manager then.
	[ "$(id_on 4)" = "$ID" ] || expect_said "node in error: it says what it stops" "still run on this host"
	check "node in error: nothing of the old membership runs on" nothing_runs_on 4
	check "node in error: that has ended by itself too" ended_by_itself
}

# ---- a swarm that is made where work of an earlier one runs on ----

left_running() { on "$1" docker run -d --label com.docker.swarm.node.id=old lab/busybox sh -c 'trap "exit 0" TERM; while :; do sleep 0.2; done' >/dev/null; }

# mutant helpers/swarm/init.c make_only_one: term swarm_node_stop_orphans => false
#   fails old work: nothing of it runs on where a swarm is made
# mutant helpers/swarm/init.c enter: term swarm_node_stop_orphans => false
#   fails old work: nothing of it runs on where a peer's is joined
test_init_beside_old_work() {
	scatter
	left_running 2
	init 2
	expect_done "old work: a swarm is made" outcome created
	check "old work: nothing of it runs on where a swarm is made" nothing_runs_on 2
	left_running 4
	init 4 --peers "$(addr 2)"
	expect_done "old work: a peer's is joined" outcome joined
	check "old work: nothing of it runs on where a peer's is joined" nothing_runs_on 4
}

# ---- a machine on which Docker could not be installed ----

# leave_empty [OPTION...]: host 5, of which no manager is named
leave_empty() { helper drain-and-remove 5 --advertise-addr "$(addr 5)" --drain-timeout 1s "$@"; }

stays() {
	leave_empty --timeout 40s
	expect_error "$1" 4 "Docker did not come up in time"
}

# mutant helpers/swarm/remove_dead.c judge: term is_unused => false
#   fails no Docker: there is nothing to leave
# mutant helpers/docker/probe.c unused_script: text docker-state.json => no-state
#   fails no Docker, but the state of a swarm: it stays
# mutant helpers/docker/probe.c unused_script: text data-root|graph => no-root
#   fails no Docker, and data in another place: it stays
test_never_installed() {
	"$LAB" up "$CLUSTER" "$(name 5)" "$(addr 5)/24" --authorized-keys "$WORK/key.pub" --no-docker
	on 5 sh -c 'mkdir -p /etc/docker && echo "{ \"data-root\": \"/data\" }" >/etc/docker/daemon.json'
	stays "no Docker, and data in another place: it stays"
	on 5 rm /etc/docker/daemon.json
	on 5 sh -c 'mkdir -p /var/lib/docker/swarm && echo "{}" >/var/lib/docker/swarm/docker-state.json'
	stays "no Docker, but the state of a swarm: it stays"
	on 5 rm /var/lib/docker/swarm/docker-state.json
	leave_empty
	expect_done "no Docker: there is nothing to leave" outcome was-gone
	expect_said "no Docker: it says so" "neither Docker nor any state of a swarm is there"
	leave_empty --managers "$(addr 4)"
	expect_done "no Docker, nor a manager: there is nothing to leave" outcome was-gone
}

play test_away_for_a_moment test_left_before test_misspelt test_not_named test_away_for_good test_leave_in_error \
	test_join_in_error test_init_beside_old_work test_never_installed
finish_tests

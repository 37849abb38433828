#!/usr/bin/env bash
# test-init.sh - exactly one swarm: several init-swarm at once that name each other, some of
# them killed; peers that have swarms of their own; and what an init-swarm that was refused or
# killed leaves behind never costs anybody a swarm.
set -euo pipefail

CLUSTER=fltini
SUBNET=10.208.8
HOSTS=3
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

lab_begin "$HOSTS"
MARK=terraform-swarm-helpers.init-swarm

cluster_id() { on "$1" docker info --format '{{.Swarm.Cluster.ID}}'; }
others() { seq "$HOSTS" | grep -vx "$1" | while read -r n; do addr "$n"; done | paste -sd ,; }
init_among() { init "$1" --peers "$(others "$1")"; }
volumes() { for n in $(seq "$HOSTS"); do on "$n" docker volume ls -q | sed "s/^/$n: /"; done; }
no_volumes() { [ -z "$(volumes)" ] || { volumes && false; }; }

# All hosts are managers of one swarm, and nothing else is left.
one_swarm() {
	local n
	for n in $(seq "$HOSTS"); do
		[ "$(cluster_id "$n")" = "$(cluster_id 1)" ] || return 1
	done
	[ "$(on 1 docker node ls -q --filter role=manager | wc -l)" = "$HOSTS" ] && no_volumes
}

all_at_once() {
	local n created=0
	for n in $(seq "$HOSTS"); do launch "host-$n" init_among "$n"; done
	for n in $(seq "$HOSTS"); do
		finish "host-$n"
		expect_done "$1: host $n"
		[ "$CODE" != 0 ] || [ "$(result outcome)" != created ] || created=$((created + 1))
	done
	CREATED=$created
	check "$1: exactly one swarm" one_swarm
}

# mutant helpers/swarm/init.c claim: condition had => true
#   fails at once
test_at_once() {
	local round
	for round in $(seq "$ROUNDS"); do
		scatter
		all_at_once "round $round: at once"
		check "round $round: one of them has made it" [ "$CREATED" = 1 ]
	done
}

# At any instant, one or all of them; then all run again.
test_killed() {
	local round n
	for round in $(seq "$ROUNDS"); do
		scatter
		for n in $(seq "$HOSTS"); do launch "host-$n" init_among "$n"; done
		sleep "$(shuf -n 1 -e 0.2 0.4 0.6 0.8 1 1.3)"
		for n in $(shuf -n $((RANDOM % HOSTS + 1)) -e 1 2 3); do
			kill -KILL "$(process_of "host-$n")" 2>/dev/null || true
		done
		for n in $(seq "$HOSTS"); do finish "host-$n"; done
		all_at_once "round $round: after some were killed"
	done
}

# ---- claims that stay, and hosts that nobody has named ----

claims() { on "$1" docker volume ls -q | grep '^init-swarm-claim-'; }
engine_id() { on "$1" docker info --format '{{.ID}}'; }

# claim_on N KIND ENGINE-ID: as an init-swarm has it there
claim_on() { on "$1" docker volume create --label "$MARK=$2 $3 somebody (10.9.9.9)" init-swarm-claim-0 >/dev/null; }
unclaim_on() { on "$1" docker volume rm init-swarm-claim-0 >/dev/null; }

# mutant helpers/swarm/claim.c gather: s->look = 0
#   fails a peer's init-swarm cut off: it says that it waited
# mutant helpers/swarm/claim.c pass: condition stranger => false
#   fails named by a host that it does not name: refused
test_claims() {
	scatter
	claim_on 2 own "$(engine_id 2)"
	claim_on 1 peer "$(engine_id 2)"
	init_among 1
	expect_done "a peer's init-swarm cut off: another one makes the swarm" outcome created
	expect_said "a peer's init-swarm cut off: it says that it waited for it" "an init-swarm for somebody (10.9.9.9) was cut off"
	check "a peer's init-swarm cut off: nothing of it is left" no_volumes
	scatter
	claim_on 1 own "$(engine_id 1)"
	claim_on 2 peer "$(engine_id 1)"
	init_among 1
	expect_done "its own init-swarm cut off: it goes on" outcome created
	check "its own init-swarm cut off: nothing of it is left" no_volumes
	scatter
	claim_on 1 peer no-such-engine
	launch host-1 init_among 1
	within 60 said_by host-1 "an init-swarm for somebody"
	unclaim_on 1
	finish host-1
	expect_error "named by a host that it does not name: refused" 1 "somebody (10.9.9.9)" "name all would-be managers"
	check "named by a host that it does not name: no swarm" in_no_swarm 1
	check "named by a host that it does not name: nothing is left" no_volumes
}

# Stops one that has its claim on the last host: a moment, which a look may miss.
stop_with_claims() {
	local try
	for try in 1 2 3 4 5 6; do
		scatter
		launch host-1 init_among 1
		until claims 3 >/dev/null; do kill -0 "${LAUNCHED[host-1]}" 2>/dev/null || break; done
		if kill -STOP "$(process_of host-1)" 2>/dev/null; then return; fi
		finish host-1
		echo "# it had ended before it could be stopped, $try"
	done
	return 1
}

# Stopped with its claim on all hosts, it goes on after another one has made the swarm.
test_stood_still() {
	check "one that stands still: it has its claims" stop_with_claims
	init_among 2
	expect_done "one that stands still: another one goes on"
	kill -CONT "$(process_of host-1)"
	finish host-1
	init_among 3
	for n in 1 2; do init_among "$n"; done
	check "one that stands still: one swarm in the end" one_swarm
}

# ---- swarms that are there ----

by_hand() { on "$1" docker swarm init --advertise-addr "$(addr "$1")" >/dev/null; }

# mutant helpers/swarm/init.c judge: condition !goes => false
#   fails a peer is in another swarm: refused with both IDs
test_two_swarms() {
	local one two
	scatter
	by_hand 1
	by_hand 2
	one=$(cluster_id 1) two=$(cluster_id 2)
	init 1 --peers "$(addr 2)"
	expect_error "a peer is in another swarm: refused with both IDs" 1 "two swarms" "$one" "$two"
	init 2 --peers "$(addr 1)"
	expect_error "a peer is in another swarm: there, too" 1 "two swarms" "$one" "$two"
	init_among 3
	expect_error "two peers are in two swarms: refused with both IDs" 1 "two swarms" "$one" "$two"
	check "two peers are in two swarms: it is in none" in_no_swarm 3
	on 3 docker swarm join --token "$(on 2 docker swarm join-token -q worker)" "$(addr 2):2377" >/dev/null
	init 1 --peers "$(addr 3)"
	expect_error "a peer is a worker of another swarm: refused" 1 "two swarms" "$one" "$(addr 2):2377"
	init 3 --peers "$(addr 1)"
	expect_error "a worker's peer is in another swarm: refused" 1 "two swarms" "$one"
	init 3 --peers "$(addr 2)"
	expect_done "a worker's peer is in its own swarm" outcome member
	check "all swarms are as they were" [ "$(cluster_id 1) $(cluster_id 2)" = "$one $two" ]
}

# ---- what is left behind ----

unfinished() { on "$1" docker volume create --label "$MARK=${2-}" init-swarm-unfinished >/dev/null; }
same_swarm() { [ "$(cluster_id "$1")" = "$2" ]; }

# mutant helpers/swarm/init.c end_refused: term DOCKER_INACTIVE => false
#   fails refused by the engine: nothing is left
test_refused() {
	local id
	scatter
	init 1 --listen-addr 203.0.113.7:2377
	expect_error "refused by the engine" 1 "POST /swarm/init"
	check "refused by the engine: nothing is left" no_volumes
	by_hand 1
	id=$(cluster_id 1)
	init 1
	expect_done "refused by the engine: then somebody has made a swarm" outcome member
	check "refused by the engine: that swarm stays" same_swarm 1 "$id"
}

# Whether what is here was left by halves or is somebody else's cannot be known.
# mutant helpers/swarm/init.c judge: condition SWARM_UNLABELLED => false
#   fails cut off, and a swarm made by somebody since: refused
# mutant helpers/swarm/init_journal.c swarm_init_journal_in_use in "/nodes": 1 => 1000
#   fails cut off, and a swarm of two nodes
test_unlabelled() {
	local id
	scatter
	unfinished 1 0123
	by_hand 1
	id=$(cluster_id 1)
	init 1
	expect_error "cut off, and a swarm made by somebody since: refused" 1 "$id" "may have been left" \
		"docker volume rm init-swarm-unfinished"
	check "cut off, and a swarm made by somebody since: it stays" same_swarm 1 "$id"
	join 2 worker
	init 1
	expect_done "cut off, and a swarm of two nodes" outcome member
	check "cut off, and a swarm of two nodes: the trace is gone" no_volumes
	on 2 docker swarm leave >/dev/null
	on 1 docker node rm --force "$(name 2)" >/dev/null
	on 1 sh -c 'echo x | docker config create somebodys -' >/dev/null
	unfinished 1
	init 1
	expect_done "cut off, and a swarm with something in it" outcome member
	check "cut off, and a swarm with something in it: it stays" same_swarm 1 "$id"
}

label_swarm() {
	on "$1" python3 - "$MARK" "$2" <<-'END'
		import http.client, json, socket, sys
		c = http.client.HTTPConnection("docker")
		c.sock = socket.socket(socket.AF_UNIX)
		c.sock.connect("/run/docker.sock")
		c.request("GET", "/v1.40/swarm")
		swarm = json.loads(c.getresponse().read())
		swarm["Spec"]["Labels"] = {sys.argv[1]: sys.argv[2]}
		c.request("POST", "/v1.40/swarm/update?version=%d" % swarm["Version"]["Index"], json.dumps(swarm["Spec"]),
		          {"Content-Type": "application/json"})
		assert c.getresponse().read() == b""
	END
}

# mutant helpers/swarm/init_journal.c read_once: !strcmp => strcmp
#   fails killed after the swarm was made: it is the one
test_labelled() {
	local id
	scatter
	by_hand 1
	id=$(cluster_id 1)
	label_swarm 1 0123
	unfinished 1 0123
	init_among 1
	expect_done "killed after the swarm was made: it is the one" outcome created
	check "killed after the swarm was made: it stays" same_swarm 1 "$id"
	check "killed after the swarm was made: nothing is left" no_volumes
	unfinished 1 0123
	by_hand 2
	init 1 --peers "$(addr 2)"
	expect_done "killed after it has made a second swarm: that one goes" outcome joined
	check "killed after it has made a second swarm: one is left" same_swarm 1 "$(cluster_id 2)"
	check "killed after it has made a second swarm: nothing else is" no_volumes
}

trace_of() { on "$1" docker volume ls -q | grep '^init-swarm-unfinished'; }

# An engine that dies while it makes a swarm may come back with its certificate and without
# the key that signs others: nobody could ever join.
# mutant helpers/swarm/init.c end_refused: docker_has_died() => false
#   fails the engine dies meanwhile
test_engine_dies() {
	local round
	for round in $(seq "$ROUNDS"); do
		scatter
		launch host-1 init 1
		within 20 trace_of 1 >/dev/null || true
		sleep "$(shuf -n 1 -e 0 0.1 0.2 0.4)"
		on 1 pkill -KILL -x dockerd || true
		on 1 service docker start >/dev/null 2>&1 || true
		finish host-1
		expect_done "round $round: the engine dies meanwhile: a swarm is made"
		check "round $round: the engine dies meanwhile: nothing is left" no_volumes
		join 2 worker --timeout 60s
		expect_done "round $round: the engine dies meanwhile: nodes can join" state ready
	done
}

play test_at_once test_killed test_claims test_stood_still test_two_swarms test_refused \
	test_unlabelled test_labelled test_engine_dies
finish_tests

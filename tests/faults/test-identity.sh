#!/usr/bin/env bash
# test-identity.sh - who is who: managers replaced, hosts rebuilt behind our back, swarm
# state wiped, other swarms, locked ones, tokens that were just rotated, and the marker of a
# drain-swarm that was killed.
set -euo pipefail

CLUSTER=fltid
SUBNET=10.208.5
HOSTS=4
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

lab_begin "$HOSTS"
images 2
SOCKET=(curl -sS --unix-socket /run/docker.sock)

cluster_id() { on "$1" docker info --format '{{.Swarm.Cluster.ID}}'; }
forget() { ssh-keygen -R "$(addr "$1")" -f "$WORK/known_hosts" >/dev/null 2>&1; }

# rebuild N: another machine with the same name and address, and keys of its own.
rebuild() {
	"$LAB" down "$CLUSTER" "$(name "$1")"
	lab_up "$1"
}

others() { seq 3 | grep -vx "$1" | while read -r n; do addr "$n"; done | paste -sd ,; }

# What modules/swarm does when a manager's machine is replaced.
replace_manager() {
	local n=$1 before
	before=$(cluster_id 2)
	leave "$n"
	expect_done "manager $n replaced: the old one leaves" outcome left
	rebuild "$n"
	forget "$n"
	init "$n" --peers "$(others "$n")"
	expect_done "manager $n replaced: the new one finds the swarm" outcome joined
	join "$n" manager
	expect_done "manager $n replaced: and is a manager" role manager state ready
	check "manager $n replaced: the swarm is the same" [ "$(cluster_id "$n")" = "$before" ]
	check "manager $n replaced: there is no stale node" only "$(name 1)" "$(name 2)" "$(name 3)"
}

# mutant helpers/swarm/peers.c swarm_peers_ask: term swarm_peers_in_swarm => false
#   fails manager 1 replaced: the new one finds the swarm
test_replaced() {
	new_swarm manager manager manager
	replace_manager 1
	replace_manager 3
}

# mutant helpers/hostkey/check.c judge: changed() => KNOWN_HOSTS_OK
#   with test_replaced
#   fails rebuilt behind our back: refused
test_rebuilt() {
	local line
	rebuild 3
	line=$(grep -n "^$(addr 3) " "$WORK/known_hosts" | cut -d : -f 1)
	join 3 manager
	expect_error "rebuilt behind our back: refused" 1 "host key changed: known SHA256:" \
		"offered SHA256:" "remove line $line of $WORK/known_hosts if the host was rebuilt"
	within 30 down_somewhere 3
	leave 3 --timeout 60s
	expect_done "rebuilt behind our back: its old entry can be removed" outcome removed-dead
	forget 3
	join 3 manager
	expect_done "rebuilt behind our back: after that it joins" role manager
	check "rebuilt behind our back: there is no stale node" only "$(name 1)" "$(name 2)" "$(name 3)"
}

down_somewhere() { nodes 1 | grep "^$(name "$1") .* down$" >/dev/null; }

# wipe N: as when the folder was deleted to "reset" a node.
wipe() { on "$1" sh -c 'service docker stop && rm -rf /var/lib/docker/swarm && service docker start'; }

# mutant helpers/swarm/join.c remove_stale_once: swarm_node_remove() => 0
#   with test_replaced
#   fails wiped worker: there is no stale node
test_wiped() {
	join 4 worker
	wipe 4
	join 4 worker
	expect_done "wiped worker: joins" role worker state ready
	check "wiped worker: there is no stale node" only "$(name 1)" "$(name 2)" "$(name 3)" "$(name 4)"
	wipe 3
	join 3 manager
	expect_done "wiped manager: joins" role manager state ready
	check "wiped manager: there is no stale node" only "$(name 1)" "$(name 2)" "$(name 3)" "$(name 4)"
	check "wiped manager: three managers" [ "$(on 1 docker node ls --filter role=manager -q | wc -l)" = 3 ]
	wipe 4
	leave 4
	expect_done "wiped worker: leaves"
	check "wiped worker: its entry is gone" only "$(name 1)" "$(name 2)" "$(name 3)"
}

# One of two that join at once was cut off before, which left an entry without a name.
# mutant helpers/swarm/join.c make_as_wanted: remove_stale_node() => false
#   fails join cut off: one says what it takes away
test_stale_node() {
	local stale
	new_swarm manager
	stale=$(on 1 python3 - "$(addr 1)" "$(on 1 docker swarm join-token -q manager)" <"$ROOT/tests/faults/ask-certificate")
	check "join cut off: it left an entry" on 1 docker node inspect "$stale"
	launch host-2 join 2 manager
	launch host-3 join 3 manager
	finish host-2
	expect_done "join cut off: joins again" role manager state ready
	finish host-3
	expect_done "join cut off: another one joins beside it" role manager state ready
	check "join cut off: one says what it takes away" \
		grep -h "removing the entry $stale, which has no name" "$WORK/host-2/err" "$WORK/host-3/err"
	check "join cut off: there is no stale node" only "$(name 1)" "$(name 2)" "$(name 3)"
}

# mutant helpers/swarm/rejoin.c swarm_rejoin: condition leave_other => true
#   fails worker of another swarm: refused
test_other_swarm() {
	local here there
	new_swarm manager
	on 4 docker swarm init --advertise-addr "$(addr 4)" >/dev/null
	here=$(cluster_id 1)
	there=$(cluster_id 4)
	join 4 worker
	expect_error "manager of another swarm: refused with both IDs" 1 "$here" "$there" "from_other_swarm"
	check "manager of another swarm: it still is" [ "$(cluster_id 4)" = "$there" ]
	on 3 docker swarm join --token "$(on 4 docker swarm join-token -q worker)" "$(addr 4):2377" >/dev/null
	join 3 worker
	expect_error "worker of another swarm: refused" 1 "another swarm" "$(addr 4):2377" "$here" "from_other_swarm"
	join 3 worker --from-other-swarm leave
	expect_done "worker of another swarm: may be told to leave it" state ready
	join 4 manager --from-other-swarm leave
	expect_done "manager of another swarm: may be told to leave it" role manager
	check "both are in the one swarm" only "$(name 1)" "$(name 3)" "$(name 4)"
}

# mutant helpers/swarm/rejoin.c swarm_rejoin: condition DOCKER_LOCKED => false
#   fails locked manager: join-node says what to do
test_autolock() {
	local key
	new_swarm manager manager manager
	key=$(on 1 docker swarm update --autolock | grep -o 'SWMKEY-[^ ]*')
	on 2 service docker restart
	join 2 manager
	expect_error "locked manager: join-node says what to do" 1 "locked" "docker swarm unlock"
	helper join-node 2 --role manager --managers "$(addr 2)" --advertise-addr "$(addr 2)"
	expect_error "locked manager, and nobody else to ask: not that it is in no swarm" 1 "its swarm is locked" "docker swarm unlock"
	run fetch-tokens --host "$(addr 2)" --private-key "$WORK/key" --host-key-policy accept-new
	expect_error "locked manager: fetch-tokens says what to do" 1 "unlock"
	join 4 worker
	expect_done "locked manager: the others serve" state ready
	leave 2
	expect_done "locked manager: the others take it out"
	check "locked manager: it gave its state up" in_no_swarm 2
	check "locked manager: the list is right" only "$(name 1)" "$(name 3)" "$(name 4)"
	join 2 manager
	expect_done "locked swarm: a manager joins" role manager
	if grep -rqF "${key#SWMKEY-1-}" "$WORK/err" "$WORK/out"; then failed "the key was printed"; fi
}

# The sole manager of another swarm, which is locked: it does not say so.
# mutant helpers/swarm/remove_broken.c swarm_remove_broken: condition DOCKER_LOCKED => false
#   fails locked manager of another swarm: it does not leave
# mutant helpers/swarm/dissolve.c is_locked_stranger: returns false
#   fails locked manager of another swarm: the destroy says so
test_locked_elsewhere() {
	new_swarm manager worker
	on 4 docker swarm init --autolock --advertise-addr "$(addr 4)" >/dev/null
	on 4 service docker restart
	leave 4
	expect_error "locked manager of another swarm: it does not leave" 1 "its swarm is locked" "has no entry of it" "docker swarm unlock"
	check "locked manager of another swarm: it is as it was" is_locked 4
	drain_swarm --nodes "$(addr 1),$(addr 2),$(addr 4)"
	expect_said "locked manager of another swarm: the destroy says so" "in another swarm, a locked one, and stays as it is"
	check "locked manager of another swarm: a whole destroy spares it" is_locked 4
	check "locked manager of another swarm: the others have left" in_no_swarm 1
}
is_locked() { [ "$(on "$1" docker info --format '{{.Swarm.LocalNodeState}}')" = locked ]; }

# rotating TIMES: between the read of the token and its use, that often.
rotating() {
	on 1 python3 - "$1" <"$ROOT/tests/faults/rotate-tokens" >"$WORK/rotating" &
	ROTATING=$!
	within 60 grep -q ready "$WORK/rotating"
}
rotating_ends() {
	on 1 kill -TERM "$(cut -d ' ' -f 2 "$WORK/rotating")"
	wait "$ROTATING"
}

# mutant helpers/swarm/rejoin.c join_with_fresh_token: 2 => 1
#   fails round 1: token rotated
test_rotated() {
	local n
	new_swarm manager
	for n in $(seq "$ROUNDS"); do
		rotating 1
		join 2 worker
		rotating_ends
		expect_done "round $n: token rotated between read and join: read again" state ready
		leave 2
	done
	rotating 2
	join 2 worker
	rotating_ends
	expect_error "token rotated twice: refused" 1 "token"
}

mark() { on 1 "${SOCKET[@]}" http://docker/v1.41/swarm | jq -r '.Spec.Labels["terraform-swarm-helpers.going"] // "none"'; }
marked() { [ "$(mark)" != none ]; }

# mutant helpers/swarm/teardown_marker.c swarm_teardown_marker_clear: swarm_teardown_marker_remove() => 0
#   fails killed drain-swarm: the marker is gone
test_marker() {
	new_swarm manager worker worker
	on 1 docker node update --availability pause "$(name 3)" >/dev/null
	service slow --constraint "node.hostname==$(name 2)" --stop-grace-period 60s \
		-- sh -c 'trap "sleep 20; exit 0" TERM; while :; do sleep 0.2; done'
	launch drain drain_swarm
	within 60 said_by drain "still stopping"
	kill -KILL "$(process_of drain)"
	finish drain
	check "killed drain-swarm: its marker is there" marked
	check "killed drain-swarm: the nodes are drained" listed "$(name 3) worker drain ready"
	join 2 worker --availability active
	expect_done "killed drain-swarm: the next join" state ready
	expect_said "killed drain-swarm: says that it removes the marker" "removing the teardown marker"
	check "killed drain-swarm: the marker is gone" [ "$(mark)" = none ]
	check "killed drain-swarm: all availabilities are as before" sh -c "
		[ '$(nodes 1 | cut -d ' ' -f 1,3 | paste -sd ,)' = '$(name 1) active,$(name 2) active,$(name 3) pause' ]"
	no_services
}

# Interrupted, it does that itself.
# mutant helpers/swarm/teardown.c with_manager: without restore()
#   with test_marker
#   fails interrupted drain-swarm: the marker is gone
test_interrupted() {
	service slow --constraint "node.hostname==$(name 2)" --stop-grace-period 60s \
		-- sh -c 'trap "sleep 20; exit 0" TERM; while :; do sleep 0.2; done'
	launch drain drain_swarm
	within 60 said_by drain "still stopping"
	kill -TERM "$(process_of drain)"
	finish drain
	check "interrupted drain-swarm: it fails" [ "$CODE" != 0 ]
	check "interrupted drain-swarm: the marker is gone" [ "$(mark)" = none ]
	check "interrupted drain-swarm: all availabilities are as before" sh -c "
		[ '$(nodes 1 | cut -d ' ' -f 1,3 | paste -sd ,)' = '$(name 1) active,$(name 2) active,$(name 3) pause' ]"
	no_services
}

play test_replaced test_rebuilt test_wiped test_stale_node test_other_swarm test_autolock test_locked_elsewhere test_rotated \
	test_marker test_interrupted
finish_tests

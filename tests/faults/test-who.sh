#!/usr/bin/env bash
# test-who.sh - the host that answers is not the node that was meant, or the swarm knows a
# dead machine by another name: wrong lines in a map, recycled addresses, machines that were
# copied with their state, hostnames and addresses written in another way; by the executables,
# and by terraform/hosts.
set -euo pipefail

CLUSTER=fltwho
SUBNET=10.208.9
HOSTS=4
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=terraform.sh
. "$ROOT/tests/faults/terraform.sh"

lab_begin "$HOSTS"
MANAGERS=$(addr 1)

# leave_as N NAME ADDRESS [OPTION...], join_as the same as a worker: host N is asked as if it
# was called that, at that address.
leave_as() {
	local n=$1 name=$2 at=$3
	shift 3
	asked_as drain-and-remove "$(addr "$n")" "$name" "$at" "$@"
}
join_as() {
	local n=$1 name=$2 at=$3
	shift 3
	asked_as join-node "$(addr "$n")" "$name" "$at" "$@"
}
# asked_as EXECUTABLE HOST NAME ADDRESS [OPTION...]
asked_as() {
	local program=$1 host=$2 name=$3 at=$4
	shift 4
	run "$program" --host "$host" --name "$name" --advertise-addr "$at" --managers "$MANAGERS" \
		--private-key "$WORK/key" --host-key-policy accept-new "$@"
}

id_of() { on 1 docker node inspect --format '{{.ID}}' "$(name "$1")"; }
ready() { listed "$(name "$1") worker active ready"; }
down() { nodes 1 | grep "^$(name "$1") .* down$" >/dev/null; }
power_off() { "$LAB" kill "$CLUSTER" "$(name "$1")"; }

# What was asked for is another node's, in every way that a line can be wrong.
# mutant helpers/swarm/remove.c check_identity: swarm_identity_check() => 0
#   fails another node answers: refused with both
# mutant helpers/swarm/remove.c remove_alive: ask_identity() => 0
#   fails the name is another node's: refused with both
# mutant helpers/swarm/join.c check_identity: condition swarm_identity_check => false
#   fails another node answers: does not join
# mutant helpers/swarm/remove_broken.c find_left: term DOCKER_NODE_DOWN => false
#   fails a host in no swarm answers for a node that lives: refused
test_wrong_host() {
	new_swarm manager - worker worker
	leave_as 4 "$(name 3)" "$(addr 3)"
	expect_error "another node answers: refused with both" 1 \
		"the host that answers is $(name 4) at $(addr 4)" "not $(name 3) at $(addr 3)"
	leave_as 4 "$(name 3)" "$(addr 4)"
	expect_error "the name is another node's: refused with both" 1 "is $(name 4) at $(addr 4)" \
		"$(id_of 3) ($(name 3), $(addr 3), ready)"
	leave_as 4 "$(name 4)" "$(addr 3)"
	expect_error "the address is another node's: refused with both" 1 "is $(name 4) at $(addr 4)" \
		"$(id_of 3) ($(name 3), $(addr 3), ready)"
	join_as 4 "$(name 3)" "$(addr 3)"
	expect_error "another node answers: does not join" 1 "is $(name 4) at $(addr 4)" "not $(name 3) at $(addr 3)"
	join_as 4 "$(name 3)" "$(addr 4)" --labels '{"whose":"3"}'
	expect_error "the name is another node's: does not join" 1 "$(id_of 3) ($(name 3), $(addr 3), ready)"
	check "another node answers: neither was touched" ready 4
	check "another node answers: nor the other" ready 3
	join_as 2 "$(name 3)" "$(addr 2)"
	expect_error "a host in no swarm, the name is another node's: does not join" 1 "$(id_of 3) ($(name 3), $(addr 3), ready)"
	check "a host in no swarm: nor is it in one now" in_no_swarm 2
	leave_as 2 "$(name 3)" "$(addr 3)"
	expect_error "a host in no swarm answers for a node that lives: refused" 1 "$(name 2)" "$(id_of 3) ($(name 3), $(addr 3)) as ready"
	check "a host in no swarm answers for a node that lives: it is still there" ready 3
	run init-swarm --host "$(addr 1)" --name "$(name 3)" --private-key "$WORK/key" --host-key-policy accept-new \
		--advertise-addr "$(addr 3)"
	expect_error "init-swarm: another node answers" 1 "is $(name 1) at $(addr 1)" "not $(name 3) at $(addr 3)"
}

# Names of the operator's own, interfaces, and addresses that are written in another way
# differ from nothing.
test_own_names() {
	leave_as 4 "first.example.com" "$(addr 4)"
	expect_done "a name of one's own: leaves" outcome left
	expect_said "a name of one's own: is told" "its hostname is $(name 4), not first.example.com"
	join_as 4 "first.example.com" "$(addr 4):2377"
	expect_done "a name of one's own: joins" state ready
	join_as 4 "first.example.com" "::ffff:$(addr 4)"
	expect_done "an address written in another way: is a member" state ready
	leave_as 4 "$(name 4)" "eth0"
	expect_done "an interface: leaves" outcome left
	join_as 4 "$(name 4)" "eth0"
	expect_done "an interface: joins" state ready
}

# left_by_hand N NAME ADDRESS: it has left, its entry has not gone; then leave-and-remove
# finds the entry by the host's own name.
test_left_by_hand() {
	on 4 docker swarm leave >/dev/null
	leave_as 4 "first.example.com" "$(addr 4)"
	expect_done "left by hand, a name of one's own: its entry is removed" outcome was-gone
	check "left by hand, a name of one's own: the list is right" only "$(name 1)" "$(name 3)"
	join 4 worker
	on 4 docker swarm leave >/dev/null
	leave_as 4 "$(name 4)" "eth0"
	expect_done "left by hand, an interface: its entry is removed" outcome was-gone
	check "left by hand, an interface: the list is right" only "$(name 1)" "$(name 3)"
}

# A dead machine that is in the list in another way than it is asked for.
# mutant helpers/swarm/remove_dead.c ask_liveness: UNCLEAR => UNKNOWN
#   fails dead under another name: refused with the candidate
# mutant helpers/swarm/remove_broken.c find: swarm_node_match() => match
#   fails dead where SSH was to go
test_dead() {
	local id
	id=$(id_of 3)
	power_off 3
	leave_as 3 "w3.example.com" "$(addr 3)" --timeout 60s
	expect_error "dead under another name: refused with the candidate" 1 "$id ($(name 3), $(addr 3), down)" "node_id"
	leave_as 3 "$(name 3)" "eth0" --timeout 60s
	expect_error "dead, an interface for an address: refused with the candidate" 1 "$id ($(name 3), $(addr 3), down)"
	leave_as 3 "$(name 3)" "10.208.9.77" --timeout 60s
	expect_error "dead at another address: refused with the candidate" 1 "$id ($(name 3), $(addr 3), down)"
	leave_as 3 "$(name 3).example.com" "eth0" --timeout 60s
	expect_error "dead under a name with a domain, an interface for an address: refused with the candidate" 1 "$id ($(name 3), $(addr 3), down)"
	leave_as 3 "other.example.com" "eth0" --timeout 60s
	expect_error "dead where SSH was to go, under a name of one's own: refused with the candidate" 1 "$id ($(name 3), $(addr 3), down)"
	check "dead under another name: its entry is there" down 3
	leave_as 3 "w3.example.com" "$(addr 3)" --node-id "$id"
	expect_done "dead under another name: node_id says which" outcome removed-dead
	check "dead under another name: the list is right" only "$(name 1)"
	leave_as 3 "w3.example.com" "$(addr 3)" --timeout 60s
	expect_done "dead and removed: was gone" outcome was-gone
	lab_up 3
}

# renumber N ADDRESS: its own address changes, as by a lease that ran out.
renumber() {
	on "$1" sh -c "
		route=\$(ip -4 route show default) && dev=\$(ip -4 -o addr show to $SUBNET.0/24 | awk '{ print \$2 }') &&
		ip addr flush dev \$dev && ip addr add $2/24 dev \$dev && { [ -z \"\$route\" ] || ip route add \$route; }
		service docker restart"
}

# mutant helpers/swarm/identity.c swarm_identity_check_addr: addr_differs() => false
#   fails a worker's address has changed: not ready
test_address_changed() {
	new_swarm manager worker
	renumber 2 "$SUBNET.92"
	within 30 ready 2
	asked_as join-node "$SUBNET.92" "$(name 2)" "$SUBNET.92"
	expect_error "a worker's address has changed: not ready" 1 "in the swarm at $(addr 2), not at $SUBNET.92" "drain-and-remove"
	asked_as drain-and-remove "$SUBNET.92" "$(name 2)" "$SUBNET.92"
	expect_done "a worker's address has changed: it leaves" outcome left
	asked_as join-node "$SUBNET.92" "$(name 2)" "$SUBNET.92"
	expect_done "a worker's address has changed: and joins with the new one" state ready
	check "a worker's address has changed: it says so" [ "$(on 2 docker info --format '{{.Swarm.NodeAddr}}')" = "$SUBNET.92" ]
	on 2 docker swarm leave >/dev/null
	renumber 2 "$(addr 2)"
}

# clone FROM TO: TO has FROM's swarm state, as a machine made of an image of it.
clone() {
	on "$2" service docker stop >/dev/null
	on "$1" tar -C /var/lib/docker -c swarm | on "$2" tar -C /var/lib/docker -x
	on "$2" service docker start >/dev/null
}

is_active() { [ "$(state_of "$1")" = active ]; }

# workers_are AVAILABILITY: all workers; both machines are one entry.
workers_are() {
	[ "$(on 1 sh -c 'docker node ls -q --filter role=worker | xargs docker node inspect --format "{{.Spec.Availability}}"')" = "$1" ]
}

# mutant helpers/swarm/identity.c swarm_identity_is_one: term !doubt => true
#   fails a copied machine: its leave takes no other node out
test_copied() {
	new_swarm manager - worker
	clone 3 4
	within 60 is_active 4
	join 4 worker
	expect_error "a copied machine: does not join" 1 "in the swarm at $(addr 3), not at $(addr 4)" "a copy of another"
	leave 4
	expect_error "a copied machine: its leave takes no other node out" 1 "two machines go by the ID" "docker swarm leave"
	check "a copied machine: neither is drained" workers_are active
	on 4 docker swarm leave >/dev/null
	join 4 worker
	expect_done "a copied machine: once it has left it joins" state ready
	check "a copied machine: all are there" within 30 listed "$(name 3) worker active ready"
}

# The managers asked are those of another swarm: nothing of the host's own goes.
# mutant helpers/swarm/identity.c swarm_identity_check_swarm: term info->managers[0] => false
#   fails managers of another swarm: a worker does not leave
test_other_swarm() {
	new_swarm manager - worker
	on 2 docker swarm init --advertise-addr "$(addr 2)" >/dev/null
	MANAGERS=$(addr 2)
	leave 3
	expect_error "managers of another swarm: a worker does not leave" 1 "belongs to another swarm"
	leave 1
	expect_error "managers of another swarm: a manager does not leave" 1 "belongs to another swarm"
	MANAGERS=$(addr 1)
	check "managers of another swarm: neither was touched" only "$(name 1)" "$(name 3)"
	check "managers of another swarm: the worker is Ready" ready 3
}

# ---- terraform/hosts ----

# A machine whose key in the map is not its hostname dies, and is taken out of the map; and the
# way out that docs/faults.md names.
test_terraform() {
	local first one
	first="first.example.com: { address: $(addr 3)"
	one="$(name 1): { address: $(addr 1), role: manager }, "
	scatter
	begin_root hosts
	tf_hosts apply "$one $first }" -auto-approve
	expect "terraform: a key that is not the hostname" 0 "its hostname is $(name 3), not first.example.com"
	power_off 3
	check "terraform: the machine dies" within 60 down 3
	tf_hosts apply "$one" -auto-approve
	expect "terraform: and is taken out of the map: refused with the candidate" 1 "($(name 3), $(addr 3), down)"
	check "terraform: its entry is there" down 3
	tf_hosts plan "$one" -detailed-exitcode
	expect "terraform: the next plan is not empty" 2 'module.swarm.terraform_data.leave["first.example.com"] will be destroyed'
	SWARM='timeouts: { join: 10s }' tf_hosts apply "$one $first, hostname: $(name 3) }" -auto-approve
	expect "terraform: put back with its hostname: the join does not reach it" 1 "$(addr 3)"
	tf_hosts apply "$one" -auto-approve
	expect "terraform: then taken out of the map" 0
	check "terraform: its entry is gone" only "$(name 1)"
	tf_hosts destroy "$one" -auto-approve
	expect "terraform: destroy" 0
}

play test_wrong_host test_own_names test_left_by_hand test_dead test_address_changed test_copied \
	test_other_swarm test_terraform
finish_tests

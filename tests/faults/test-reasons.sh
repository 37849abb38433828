#!/usr/bin/env bash
# test-reasons.sh - the last line of a join that fails keeps the reason: which port is closed,
# in which direction; and no try leaves an entry among the nodes.
set -euo pipefail

CLUSTER=fltwhy
SUBNET=10.208.7
HOSTS=3
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

lab_begin "$HOSTS"
DROPPED=(-j DROP)
RESET=(-j REJECT --reject-with tcp-reset)

# closed FROM TO TARGET...: what host FROM sends to the swarm port of host TO
closed() { on "$1" iptables -A OUTPUT -p tcp -d "$(addr "$2")" --dport 2377 "${@:3}"; }
open_all() { for n in $(seq "$HOSTS"); do on "$n" iptables -F OUTPUT; done; }

entries_of() { on 1 docker node ls --format '{{.Hostname}}' | grep -cx "$(name "$1")" || true; }
# Only host 1, and nothing without a name either
alone() { [ "$(on 1 docker node ls --format '{{.Hostname}}')" = "$(name 1)" ]; }

# The managers' port, seen from the host that joins
no_way_there() {
	local how=$1
	shift
	new_swarm manager
	closed 2 1 "$@"
	join 2 worker --timeout 32s
	expect_error "$how on the way to the managers" 3 "this host cannot reach TCP $(addr 1):2377" \
		"from this host to the managers"
	open_all
	join 2 worker
	expect_done "$how on the way to the managers: once open it joins" state ready
}

# The port of a host that joins as a manager, seen from the others
no_way_back() {
	local how=$1
	shift
	new_swarm manager
	closed 1 3 "$@"
	join 3 manager --timeout 60s
	expect_error "$how on the way back" 1 "the managers cannot reach this host at TCP $(addr 3):2377" \
		"from the managers to this host"
	check "$how on the way back: no entry is left" alone
	open_all
	join 3 manager
	expect_done "$how on the way back: once open it joins" role manager state ready
	check "$how on the way back: and has one entry" [ "$(entries_of 3)" = 1 ]
}

test_dropped_there() { no_way_there "dropped" "${DROPPED[@]}"; }
# mutant helpers/swarm/rejoin.c join: without swarm_why_join()
#   fails dropped on the way to the managers
test_reset_there() { no_way_there "reset" "${RESET[@]}"; }
test_dropped_back() { no_way_back "dropped" "${DROPPED[@]}"; }
# mutant helpers/swarm/rejoin.c join: condition swarm_why_no_way_back => false
#   fails dropped on the way back: no entry is left
test_reset_back() { no_way_back "reset" "${RESET[@]}"; }

# An init-swarm that finds a peer's swarm joins that as a manager.
#
# mutant helpers/swarm/init.c enter: condition swarm_why_no_way_back => false
#   fails init-swarm on the way back: no entry is left
test_init_back() {
	new_swarm manager
	closed 1 3 "${RESET[@]}"
	init 3 --peers "$(addr 1)" --timeout 60s
	expect_error "init-swarm on the way back" 1 \
		"the managers cannot reach this host at TCP $(addr 3):2377"
	check "init-swarm on the way back: no entry is left" alone
	open_all
	init 3 --peers "$(addr 1)"
	expect_done "init-swarm on the way back: once open it joins" outcome joined
	check "init-swarm on the way back: and has one entry" [ "$(entries_of 3)" = 1 ]
}

play test_dropped_there test_reset_there test_dropped_back test_reset_back test_init_back
finish_tests

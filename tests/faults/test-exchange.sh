#!/usr/bin/env bash
# test-exchange.sh - hosts exchange their roles, a sole manager and a worker too: by the
# executables, and in one apply of terraform/hosts.
set -euo pipefail

CLUSTER=fltexc
SUBNET=10.208.9
HOSTS=3
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=terraform.sh
. "$ROOT/tests/faults/terraform.sh"

lab_begin "$HOSTS"
cluster_id() { on "$1" docker info --format '{{.Swarm.Cluster.ID}}'; }

# becomes N ROLE MANAGER-N: its join, which is told of the managers that there are to be
becomes() {
	helper join-node "$1" --role "$2" --managers "$(addr "$3")" --advertise-addr "$(addr "$1")" "${@:4}"
}

# mutant helpers/swarm/exchange.c swarm_exchange_wait: names_another() => false
#   fails the last manager, and nobody else becomes one
# mutant helpers/swarm/join.c find_manager: condition DOCKER_ACTIVE => false
#   fails a worker that is told of itself alone becomes a manager
test_executables() {
	local id
	new_swarm manager worker
	id=$(cluster_id 1)
	becomes 1 worker 2 --timeout 10s
	expect_error "the last manager, and nobody else becomes one" 1 "last manager"
	launch host-1 becomes 1 worker 2
	within 60 said_by host-1 "waiting until another one"
	becomes 2 manager 2
	expect_done "a worker that is told of itself alone becomes a manager" role manager state ready
	expect_said "a worker that is told of itself alone: it asks a manager that it knows" "which the node itself knows"
	finish host-1
	expect_done "the manager becomes a worker after that" role worker state ready
	check "roles exchanged: the list is right" listed_by_2
	check "roles exchanged: the swarm is the same" [ "$(cluster_id 2)" = "$id" ]
	on 2 docker node rm --force "$(name 1)" >/dev/null
	within 30 in_no_swarm 1 || on 1 docker swarm leave --force >/dev/null
	"$LAB" kill "$CLUSTER" "$(name 2)"
	becomes 3 manager 3 --timeout 10s
	expect_error "a host in no swarm, told of itself alone" 1 "in no swarm"
}

listed_by_2() { [ "$(nodes 2 | cut -d ' ' -f 1,2 | paste -sd ,)" = "$(name 1) worker,$(name 2) manager" ]; }

# ---- terraform/hosts ----

# tf_roles COMMAND OPTION...: with $ROLES, the roles of the hosts 1, 2, ...
tf_roles() {
	local n=0 role entries=
	for role in "${ROLES[@]}"; do
		n=$((n + 1))
		entries+="$(name "$n"): { address: $(addr "$n"), role: $role }, "
	done
	tf_hosts "$1" "$entries" "${@:2}"
}

roles_by() { nodes "$1" | cut -d ' ' -f 2,4 | paste -sd ,; }

roles_are() {
	roles_by "$1"
	[ "$(roles_by "$1")" = "$2" ]
}

# exchanged NAME ASKED LIST: one apply, the list by manager ASKED, and an empty plan after it
exchanged() {
	tf_roles apply -auto-approve
	expect "$1: apply" 0
	# An engine that takes on another role tells the swarm of itself anew.
	check "$1: the list is right" within 60 roles_are "$2" "$3"
	tf_roles plan -detailed-exitcode
	expect "$1: the next plan is empty" 0
}

test_terraform() {
	local id
	is_on 2 || "$LAB" boot "$CLUSTER" "$(name 2)"
	scatter
	begin_root hosts
	ROLES=(manager worker worker)
	exchanged "made" 1 "manager ready,worker ready,worker ready"
	id=$(cluster_id 1)
	ROLES=(worker manager worker)
	exchanged "manager and worker exchange their roles in one apply" 2 "worker ready,manager ready,worker ready"
	check "manager and worker exchange their roles in one apply: the swarm is the same" [ "$(cluster_id 2)" = "$id" ]
	ROLES=(manager worker worker)
	exchanged "and back" 1 "manager ready,worker ready,worker ready"
	tf_roles destroy -auto-approve
	expect "destroy" 0
}

play test_executables test_terraform
finish_tests

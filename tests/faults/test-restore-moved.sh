#!/usr/bin/env bash
# test-restore-moved.sh - a swarm restored at another address: by what a manager that joins later and
# engines that start anew are told, which is where that fails in other tools; what workers need
# to find it; over IPv6; from an archive of three managers; and killed at each step.
set -euo pipefail

CLUSTER=fltmove
SUBNET=10.208.19
NET6=fd00:208:0:19
HOSTS=5
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=restores.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/restores.sh"

addr6() { echo "$NET6::1$1"; }

# Hosts with an address of either family
ssh-keygen -q -t ed25519 -N '' -f "$WORK/key"
"$LAB" network-up "$CLUSTER" "$SUBNET.0/24,$NET6::/64"
for n in $(seq "$HOSTS"); do
	"$LAB" up "$CLUSTER" "$(name "$n")" "$(addr "$n")/24,$(addr6 "$n")/64" --authorized-keys "$WORK/key.pub" &
done
wait

# ---- what is looked at ----

off() { for n; do "$LAB" kill "$CLUSTER" "$(name "$n")"; done; }
raft_addr() { on "$1" docker node inspect self --format '{{.ManagerStatus.Addr}}'; }
# An archive has the lease of the backup that made it among the labels.
raft_settings() {
	on "$1" docker system info --format '{{json .Swarm.Cluster.Spec.Raft}}'
	on "$1" docker system info --format '{{json .Swarm.Cluster.Spec.Labels}}' | grep -o 'terraform-swarm-helpers.restore' || true
}

rules() { on 4 sh -c 'iptables -t nat -S OUTPUT; ip6tables -t nat -S OUTPUT' | grep -c 2377 || true; }
led_no_more() { [ "$(rules)" = 0 ] && on 4 test ! -e /run/restore-swarm-lead; }

# writes N COUNT: the swarm of manager N takes so many, one every 200 ms.
writes() {
	local i
	for i in $(seq "$2"); do
		echo "$i" | on "$1" timeout 20 docker config create "write-$1-$i" - >/dev/null || return 1
		sleep 0.2
	done
}

# is_whole NAME N ADDRESS: manager N tells this address, and nothing else differs.
is_whole() {
	equal "$1: the raft tells the address" "$3" "$(raft_addr "$2")"
	equal "$1: the settings are what they were" "$SETTINGS" "$(raft_settings "$2")"
	check "$1: nothing else is left there" nothing_left "$2"
	check "$1: nothing is led elsewhere on the worker" led_no_more
}

# A log of several messages: one that is replayed by a manager that joins stops at the old address
# behind the first of them.
long_log() {
	local i
	for i in 1 2 3 4 5; do
		head -c 150000 /dev/urandom | base64 | on "$1" docker config create "long-$i" - >"$WORK/said"
		on "$1" docker config rm "long-$i" >"$WORK/said"
	done
}

# ---- a sole manager ----

# mutant helpers/swarm/restore_move.c swarm_restore_move: tell() => 0
#   fails moved: done
# mutant helpers/swarm/restore_move.c swarm_restore_move: make_snapshots() => 0
#   fails moved: a manager joins, and all engines start anew
# mutant helpers/swarm/restore_move.c swarm_restore_move: put_settings_back() => 0
#   fails moved: the settings are what they were
# mutant helpers/swarm/restore_lead.c lead_one: docker_lead_begin() => 0
#   fails moved: done
test_moved() {
	local before work was
	managed_by 1
	new_swarm manager - - worker
	on 1 docker swarm update --snapshot-interval 5000 >"$WORK/said"
	images 4
	service work --mode global --constraint node.role==worker -- sleep 1000
	config 1 kept
	long_log 1
	archived
	SETTINGS=$(raft_settings 1) before=$(tokens 1) work=$(containers 4)
	config 1 later
	was=$(picture 2)
	restore 2 --advertise-addr "$(addr 2)"
	expect_error "moved, the old manager is not named: refused" 1 "manager $(name 1)" "cannot be ruled out"
	restore 2 --advertise-addr "$(addr 2)" --peers "$(addr 1)"
	expect_error "moved, the old manager lives: refused" 1 "$(addr 1) is the node $NODE that the archive is of, and lives"
	off 1
	restore 2 --advertise-addr "$(addr 3)" --gone "$(name 1)"
	expect_error "moved, to an address that it has not: refused" 1 "this host has not the address $(addr 3)"
	equal "moved, refused: the host is untouched" "$was" "$(picture 2)"
	restore 2 --advertise-addr "$(addr 2)" --gone "$(name 1)" --workers "$(addr 4)"
	expect_done "moved: done" outcome restored address moved cluster_id "$SWARM" node_id "$NODE" workers_back 1 workers_missing ''
	is_whole "moved" 2 "$(addr 2):2377"
	equal "moved: the same tokens" "$before" "$(tokens 2)"
	equal "moved: what it had then" kept "$(configs 2)"
	equal "moved: the containers of the worker go on" "$work" "$(containers 4)"
	restore 2 --advertise-addr "$(addr 2)" --gone "$(name 1)" --workers "$(addr 4)"
	expect_done "moved: once more changes nothing" outcome member address moved workers_back 1
	restore 2 --gone "$(name 1)"
	expect_error "moved, and back while it runs: refused" 1 "it is that manager already, at $(addr 2)"
	check "moved: a manager joins, and all engines start anew" grows 2 3
	check "moved: it takes writes" writes 2 10
	check "moved: the other manager takes writes" writes 3 10
}

# Nobody leads it: it is named, and found by the next run.
test_moved_worker_not_named() {
	managed_by 1
	new_swarm manager - - worker
	config 1 kept
	archived
	SETTINGS=$(raft_settings 1)
	off 1
	restore 2 --advertise-addr "$(addr 2)" --gone "$(name 1)"
	expect_done "moved, a worker is not named: done" outcome restored address moved workers_back 0 workers_missing "$(name 4)"
	restore 2 --advertise-addr "$(addr 2)" --gone "$(name 1)" --workers "$(addr 4)"
	expect_done "moved, it is named then: it is back" outcome member workers_back 1
	is_whole "moved, it is named then" 2 "$(addr 2):2377"
}

# ---- IPv6 ----

test_moved_v6() {
	managed_by 1
	scatter
	on 1 docker swarm init --advertise-addr "$(addr6 1)" --listen-addr "[::]:2377" >/dev/null
	on 4 docker swarm join --token "$(on 1 docker swarm join-token -q worker)" --listen-addr "[::]:2377" \
		--advertise-addr "$(addr6 4)" "[$(addr6 1)]:2377" >/dev/null
	within 60 all_ready 1
	config 1 kept
	archived
	SETTINGS=$(raft_settings 1)
	off 1
	restore 2 --advertise-addr "$(addr6 2)" --gone "$(name 1)" --workers "$(addr 4)"
	expect_done "moved, IPv6: done" outcome restored address moved node_id "$NODE" workers_back 1
	is_whole "moved, IPv6" 2 "[$(addr6 2)]:2377"
	equal "moved, IPv6: what it had then" kept "$(configs 2)"
}

# ---- several managers ----

test_moved_three() {
	local first gone
	managed_by 1 2 3
	new_swarm manager manager manager worker
	config 1 kept
	archived
	SETTINGS=$(raft_settings 1)
	within 60 all_ready 1
	off 1 2 3
	gone=$(name 1),$(name 2),$(name 3)
	restore 5 --advertise-addr "$(addr 5)" --gone "${gone#*,}"
	expect_error "three managers moved, one is not named: refused" 1 "manager $(name 1)" "cannot be ruled out"
	restore 5 --advertise-addr "$(addr 5)" --gone "$gone" --workers "$(addr 4)"
	expect_done "three managers moved: done" outcome restored address moved node_id "$NODE" workers_back 1 workers_missing ''
	is_whole "three managers moved" 5 "$(addr 5):2377"
	equal "three managers moved: what it had then" kept "$(configs 5)"
	without_managers 5
	"$LAB" boot "$CLUSTER" "$(name 1)"
	lost 1
	check "three managers moved: a manager joins, and all engines start anew" grows 5 1
	check "three managers moved: it takes writes" writes 5 10
}

# ---- locked ----

test_moved_locked() {
	local was
	managed_by 1
	new_swarm manager
	on 1 docker swarm update --autolock=true >"$WORK/said"
	key=$(on 1 docker swarm unlock-key -q)
	archived --copy running
	was=$(picture 2)
	UNLOCK=$key restore 2 --unlock-key-env UNLOCK --advertise-addr "$(addr 2)" --gone "$(name 1)"
	expect_error "moved, locked: refused" 1 "locks itself" "no other address than $(addr 1)"
	equal "moved, locked: the host is untouched" "$was" "$(picture 2)"
}

# ---- no forwarding ----

test_moved_no_forwarding() {
	local was
	managed_by 1
	new_swarm manager
	archived
	was=$(picture 2)
	on 2 sh -c 'cp /etc/ssh/sshd_config /run/sshd_config &&
		{ echo "AllowTcpForwarding no"; cat /run/sshd_config; } >/etc/ssh/sshd_config && service ssh restart' >"$WORK/said"
	restore 2 --advertise-addr "$(addr 2)" --gone "$(name 1)"
	expect_error "moved, no forwarding: refused" 1 "AllowTcpForwarding"
	equal "moved, no forwarding: the host is untouched" "$was" "$(picture 2)"
	on 2 sh -c 'cp /run/sshd_config /etc/ssh/sshd_config && service ssh restart' >"$WORK/said"
}

# ---- killed ----

# killed STEP: the helper is killed as soon as it says that; the next run ends it.
killed() {
	lost 2
	launch killed restore 2 --advertise-addr "$(addr 2)" --gone "$(name 1)" --workers "$(addr 4)"
	within 180 said_by killed "$1" || failed "moved, killed: it says $1" "$WORK/killed/err"
	kill -KILL "$(process_of killed)" || true
	wait "${LAUNCHED[killed]}" || true
	restore 2 --advertise-addr "$(addr 2)" --gone "$(name 1)" --workers "$(addr 4)"
	expect_done "moved, killed ($1): the next run ends it" address moved node_id "$NODE" workers_back 1
	is_whole "moved, killed ($1)" 2 "$(addr 2):2377"
}

test_moved_killed() {
	managed_by 1
	new_swarm manager - - worker
	config 1 kept
	archived
	SETTINGS=$(raft_settings 1)
	off 1
	killed "is led to"
	killed "becomes the only manager"
	killed "its raft is told"
	killed "makes a snapshot"
	killed "are put back"
	equal "moved, killed: what it had then" kept "$(configs 2)"
	check "moved, killed: a manager joins, and all engines start anew" grows 2 3
}

# Nobody is there to take the rule away: what keeps it does.
test_moved_leader_killed() {
	managed_by 1
	new_swarm manager - - worker
	archived
	off 1
	launch killed restore 2 --advertise-addr "$(addr 2)" --gone "$(name 1)" --workers "$(addr 4)"
	within 60 on 4 test -e /run/restore-swarm-lead/up || failed "moved, killed as it leads: it leads"
	kill -KILL "$(process_of killed)" || true
	wait "${LAUNCHED[killed]}" || true
	check "moved, killed as it leads: the worker comes back" within 60 all_ready 2
	check "moved, killed as it leads: the rule goes" within 30 led_no_more
}

play test_moved test_moved_worker_not_named test_moved_v6 test_moved_three test_moved_locked test_moved_no_forwarding test_moved_killed test_moved_leader_killed
finish_tests

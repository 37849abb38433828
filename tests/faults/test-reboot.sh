#!/usr/bin/env bash
# test-reboot.sh - `rolling` with `reboot = "when-required"` in the cluster's file of terraform/lab: an
# apply reboots the hosts that say they have to be, one after the other, without work there and the
# leader last of the managers.
set -euo pipefail

CLUSTER=fltboot
SUBNET=10.208.28
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=terraform.sh
. "$ROOT/tests/faults/terraform.sh"

M=$CLUSTER-manager W=$CLUSTER-worker
ALL=("$M-1" "$M-2" "$M-3" "$W-1" "$W-2")
WHOLE='3 manager active ready 2 worker active ready'

# settings N [OF_ROLLING]: a label that an engine takes up without a restart, so that a roll has
# something to do; nobody is drained for it.
settings() {
	cat >"$DIR/clusters/$CLUSTER.yaml" <<-EOF
		groups: { manager: { count: 3 }, worker: { count: 2 } }
		docker: { labels: { rack: "$1" } }
		swarm: { rolling: { reboot: ${2-when-required} }, drain_timeout: 30s }
		lab: { subnet: $SUBNET.0/24 }
	EOF
}

apply() {
	settings "$@"
	tf apply -auto-approve
}

# need_reboot HOST...: as an update of the kernel leaves it
need_reboot() {
	local host
	for host; do at "$host" touch /run/reboot-required; done
}

# boots: which of the hosts were powered on since it was last asked, by their names' last part
boots() {
	local host
	for host in "${ALL[@]}"; do
		at "$host" cut -d ' ' -f 22 /proc/1/stat >"$WORK/boot.new"
		cmp -s "$WORK/boot.new" "$WORK/boot.$host" || echo "${host#"$CLUSTER-"}"
		mv "$WORK/boot.new" "$WORK/boot.$host"
	done | paste -sd ' '
}

list() {
	at "$M-1" sh -c 'docker node ls -q | xargs docker node inspect --format \
		"{{.Spec.Role}} {{.Spec.Availability}} {{.Status.State}}"' | sort | uniq -c | xargs
}

labels() {
	local host
	for host in "${ALL[@]}"; do at "$host" docker info --format '{{.Labels}}'; done | sort -u
}

leader() { at "$M-1" docker node ls --format '{{.Hostname}} {{.ManagerStatus}}' | sed -n 's/ Leader$//p'; }
# rebooted: in which order, as the last apply has said it
rebooted() { sed -n "s/.*: $CLUSTER-\([a-z]*-[0-9]\) ([0-9.]*): rebooting\$/\1/p" "$WORK/out" | paste -sd ' '; }

start_work() {
	local host
	for host in "${ALL[@]}"; do "$LAB" image "$CLUSTER" "$host" >/dev/null & done
	wait
	at "$M-1" docker service create -q --detach=false --no-resolve-image --name web --replicas 5 \
		--stop-grace-period 60s --restart-delay 100ms lab/busybox \
		sh -c 'trap "sleep 1; exit 0" TERM; while :; do sleep 0.2; done' >/dev/null
}

at_full_strength() { [ "$(at "$M-1" docker service ls --format '{{.Replicas}}')" = 5/5 ]; }

# Tasks that are no longer wanted, and how they ended: each by itself.
ended_well() {
	at "$M-1" sh -c 'docker service ps -q --no-trunc web | xargs docker inspect --format \
		"{{.DesiredState}} {{.Status.State}} {{.Status.ContainerStatus.ExitCode}}"' >"$WORK/tasks"
	cat "$WORK/tasks"
	grep '^shutdown ' "$WORK/tasks" >"$WORK/stopped" && ! grep -vxE 'shutdown (shutdown|complete) 0' "$WORK/stopped"
}

# is_right NAME RACK: as after an apply to which nothing has happened
is_right() {
	equal "$1: every engine has the setting" "[rack=$2]" "$(labels)"
	equal "$1: all nodes are back" "$WHOLE" "$(list)"
	equal "$1: nothing is left on the swarm" '' \
		"$(at "$M-1" docker info --format '{{json .Swarm.Cluster.Spec.Labels}}' | grep -oE 'rolling|becoming-manager|handing-over|before-roll[^"]*')"
	check "$1: the service is whole" within 60 at_full_strength
	check "$1: no task was killed" ended_well
	tf plan -detailed-exitcode
	expect "$1: nothing is left to do" 0
}

# mutant helpers/swarm/roll_node.c reboot: make_empty() => 0
#   fails a worker, a follower, the leader: no task was killed
# mutant helpers/swarm/roll_node.c roll: term !n->boot.required => true
#   fails a worker, a follower, the leader: these are rebooted, and no others
# mutant modules/swarm/roll.tf local.roll_query: without reboot
#   fails a worker, a follower, the leader: these are rebooted, and no others
test_reboot() {
	local leads follower
	apply 1
	expect "a cluster: made" 0 "Apply complete!"
	start_work
	boots >/dev/null
	leads=$(leader)
	follower=$(printf '%s\n' "$M-1" "$M-2" "$M-3" | grep -vx "$leads" | head -n 1)

	need_reboot "$W-1" "$follower" "$leads"
	apply 2
	expect "a worker, a follower, the leader: applied" 0 "Apply complete!"
	equal "a worker, a follower, the leader: these are rebooted, and no others" \
		"$(printf '%s\n' "$follower" "$leads" "$W-1" | sort | sed "s/^$CLUSTER-//" | paste -sd ' ')" "$(boots)"
	equal "a worker, a follower, the leader: the leader is the last manager" \
		"${follower#"$CLUSTER-"} ${leads#"$CLUSTER-"} worker-1" "$(rebooted)"
	is_right "a worker, a follower, the leader" 2

	need_reboot "$W-1" "$W-2"
	apply 3 never
	expect "never: applied" 0 "Apply complete!"
	equal "never: no host is rebooted" '' "$(boots)"
}

begin_root lab
play test_reboot
finish_tests

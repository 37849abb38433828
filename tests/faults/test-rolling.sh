#!/usr/bin/env bash
# test-rolling.sh - other settings of Docker in the cluster's file of terraform/lab, with
# `rolling`: an apply brings them to every node of the living swarm, one that fails says where,
# and the next one ends it.
set -euo pipefail

CLUSTER=fltrlng
SUBNET=10.208.17
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=terraform.sh
. "$ROOT/tests/faults/terraform.sh"

ALL=("$CLUSTER-manager-1" "$CLUSTER-manager-2" "$CLUSTER-manager-3" "$CLUSTER-worker-1")

# settings DOCKER: these of Docker in the cluster's file.
settings() {
	cat >"$DIR/clusters/$CLUSTER.yaml" <<-EOF
		groups: { manager: { count: 3 }, worker: { count: 1 } }
		docker: { $1 }
		swarm: { rolling: {} }
		lab: { subnet: $SUBNET.0/24 }
	EOF
}

# rack N: settings with that label, and others that an engine has to be restarted for.
rack() { echo "labels: { rack: \"$1\" }, log_max_size: 1m, log_max_file: $1"; }

apply() {
	settings "$1"
	tf apply -auto-approve
}

# drains N: the terraform that runs has said so of that many nodes.
drains() { [ "$(grep -c ': draining' "$WORK/cut")" -ge "$1" ]; }

# cut_off NAME SIGNAL N DOCKER: an apply of these settings gets the signal, and nothing else
# does, once it drains the Nth node.
cut_off() {
	local pid
	settings "$4"
	timeout -s KILL 300 "$TF" -chdir="$DIR" apply -no-color -auto-approve >"$WORK/cut" 2>&1 &
	pid=$!
	until drains "$3" || ! kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
	kill "-$2" "$(pgrep -P "$pid")" || true
	if wait "$pid"; then failed "$1: that came in time" "$WORK/cut"; else passed "$1: that came in time"; fi
}

# goes_on NAME DOCKER RACK: the next apply of the same ends right.
goes_on() {
	apply "$2"
	expect "$1: the next apply ends well" 0 "Apply complete!"
	equal "$1: every engine runs with the settings" "[rack=$3] [rack=$3] [rack=$3] [rack=$3]" "$(labels)"
	equal "$1: all nodes are back" "$WHOLE" "$(list)"
	equal "$1: nothing is left on the swarm" '' "$(on_the_swarm)"
	check "$1: no task was killed" ended_well
	check "$1: the service is whole" within 60 at_full_strength
	plan_is_empty "$1"
}

# on_the_swarm: labels of a roll.
on_the_swarm() { at "${ALL[0]}" docker info --format '{{json .Swarm.Cluster.Spec.Labels}}' | grep -oE 'rolling|becoming-manager|handing-over|before-roll[^"]*' | paste -sd ' '; }

cluster_id() { at "${ALL[0]}" docker info --format '{{.Swarm.Cluster.ID}}'; }

# labels: of every engine, as it runs.
labels() {
	local host
	for host in "${ALL[@]}"; do at "$host" docker info --format '{{.Labels}}'; done | paste -sd ' '
}

# list: "role availability state" of every node, each with how many are so.
list() {
	at "${ALL[0]}" sh -c 'docker node ls -q | xargs docker node inspect --format \
		"{{.Spec.Role}} {{.Spec.Availability}} {{.Status.State}}"' | sort | uniq -c | xargs
}
WHOLE='3 manager active ready 1 worker active ready'

plan_is_empty() {
	tf plan -detailed-exitcode
	expect "$1: nothing is left to do" 0
}

start_work() {
	local host
	for host in "${ALL[@]}"; do "$LAB" image "$CLUSTER" "$host" >/dev/null & done
	wait
	at "${ALL[0]}" docker service create -q --detach=false --no-resolve-image --name web --replicas 4 \
		--stop-grace-period 60s --restart-delay 100ms lab/busybox \
		sh -c 'trap "sleep 2; exit 0" TERM; while :; do sleep 0.2; done' >/dev/null
}

at_full_strength() { [ "$(at "${ALL[0]}" docker service ls --format '{{.Replicas}}')" = 4/4 ]; }

# Tasks that are no longer wanted, and how they ended: each by itself.
ended_well() {
	at "${ALL[0]}" sh -c 'docker service ps -q --no-trunc web | xargs docker inspect --format \
		"{{.DesiredState}} {{.Status.State}} {{.Status.ContainerStatus.ExitCode}}"' >"$WORK/tasks"
	cat "$WORK/tasks"
	grep '^shutdown ' "$WORK/tasks" >"$WORK/stopped" && ! grep -vxE 'shutdown (shutdown|complete) 0' "$WORK/stopped"
}

# mutant modules/swarm/roll.tf module.roll: without environment
#   fails other settings: every engine runs with them
# mutant helpers/cli/helper_signal.c watch: kill() => 0
#   fails terraform is killed: the next apply ends well
test_settings() {
	local id
	apply "$(rack 7)"
	expect "a cluster: made" 0 "Apply complete!"
	equal "a cluster: every engine has its settings" '[rack=7] [rack=7] [rack=7] [rack=7]' "$(labels)"
	plan_is_empty "a cluster"
	id=$(cluster_id)
	start_work

	apply "$(rack 8)"
	expect "other settings: applied" 0 "2 added, 0 changed, 2 destroyed"
	equal "other settings: every engine runs with them" '[rack=8] [rack=8] [rack=8] [rack=8]' "$(labels)"
	equal "other settings: all nodes are back" "$WHOLE" "$(list)"
	equal "other settings: the swarm is the same" "$id" "$(cluster_id)"
	check "other settings: no task was killed" ended_well
	check "other settings: the service is whole" within 60 at_full_strength
	plan_is_empty "other settings"

	cut_off "terraform is killed" KILL 2 "$(rack 10)"
	goes_on "terraform is killed" "$(rack 10)" 10
	cut_off "terraform is interrupted" INT 1 "$(rack 8)"
	goes_on "terraform is interrupted" "$(rack 8)" 8

	# No engine here starts with it; the script takes it back.
	apply "$(rack 9), storage_driver: zfs"
	expect "settings that no engine starts with: it says where" 1 "it stays drained, 0 of 4 nodes are done"
	equal "settings that no engine starts with: the others have the old ones" '[rack=8] [rack=8] [rack=8] [rack=8]' "$(labels)"
	equal "settings that no engine starts with: one is drained" '2 manager active ready 1 manager drain ready 1 worker active ready' "$(list)"
	apply "$(rack 8)"
	expect "the old settings again: applied" 0 "Apply complete!"
	equal "the old settings again: all nodes are back" "$WHOLE" "$(list)"
	plan_is_empty "the old settings again"

	tf destroy -auto-approve
	expect "destroyed" 0 "Destroy complete!"
}

begin_root lab
play test_settings
finish_tests

#!/usr/bin/env bash
# test-settings.sh - `docker.daemon` in the cluster's file of terraform/lab, on a living swarm with
# `rolling`: what an engine can reload it reloads with its work there, for all else the work
# goes first, and a setting that no engine knows is refused before anything is touched.
set -euo pipefail

CLUSTER=fltset
SUBNET=10.208.27
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=terraform.sh
. "$ROOT/tests/faults/terraform.sh"

FIRST=$CLUSTER-manager-1
ALL=("$FIRST" "$CLUSTER-worker-1" "$CLUSTER-worker-2")

# apply DOCKER: with these settings of Docker in the cluster's file.
apply() {
	cat >"$DIR/clusters/$CLUSTER.yaml" <<-EOF
		groups: { manager: { count: 1 }, worker: { count: 2 } }
		docker: { $1 }
		swarm: { rolling: { allow_sole_manager: true } }
		lab: { subnet: $SUBNET.0/24 }
	EOF
	tf apply -auto-approve
}

# of_each COMMAND...: what it says on each host, side by side.
of_each() {
	local host
	for host in "${ALL[@]}"; do at "$host" "$@"; done | paste -sd ' '
}

settings() { of_each docker info --format '{{.Labels}}{{.Debug}}{{.LoggingDriver}}'; }
engines() { of_each cat /run/docker.pid; }
files() { of_each sha256sum /etc/docker/daemon.json; }
tasks() { at "$FIRST" docker service ps -q --no-trunc web | sort; }
nodes() { at "$FIRST" docker node ls --format '{{.Availability}} {{.Status}}' | sort | uniq -c | xargs; }
at_full_strength() { [ "$(at "$FIRST" docker service ls --format '{{.Replicas}}')" = 3/3 ]; }

start_work() {
	local host
	for host in "${ALL[@]}"; do "$LAB" image "$CLUSTER" "$host" >/dev/null & done
	wait
	at "$FIRST" docker service create -q --detach=false --no-resolve-image --name web --replicas 3 \
		--restart-delay 100ms lab/busybox sh -c 'trap "exit 0" TERM; while :; do sleep 0.2; done' >/dev/null
}

plan_is_empty() {
	tf plan -detailed-exitcode
	expect "$1: nothing is left to do" 0
}

drains() { grep -c ": draining" "$WORK/out" || true; }
same() { equal "$1: every engine is the same process" "$BEFORE" "$(engines)"; }

# mutant scripts/install-docker.sh ensure_settings: $reload_mark => $restart_mark
#   fails settings that are reloaded: every engine is the same process
# mutant modules/docker/main.tf local.daemon: var.docker.daemon => {}
#   fails a cluster: every engine has its settings
test_settings() {
	local work
	apply 'labels: { rack: "7" }, daemon: { debug: true, max-concurrent-downloads: 4 }'
	expect "a cluster: made" 0 "Apply complete!"
	equal "a cluster: every engine has its settings" \
		'[rack=7]truejson-file [rack=7]truejson-file [rack=7]truejson-file' "$(settings)"
	plan_is_empty "a cluster"
	start_work
	BEFORE=$(engines) work=$(tasks)

	apply 'labels: { rack: "8" }, daemon: { debug: false, max-concurrent-downloads: 5 }'
	expect "settings that are reloaded: applied" 0 "Apply complete!"
	equal "settings that are reloaded: no node was drained" 0 "$(drains)"
	equal "settings that are reloaded: every engine has them" \
		'[rack=8]falsejson-file [rack=8]falsejson-file [rack=8]falsejson-file' "$(settings)"
	same "settings that are reloaded"
	equal "settings that are reloaded: no task has moved" "$work" "$(tasks)"
	plan_is_empty "settings that are reloaded"

	local untouched
	untouched=$(files)
	apply 'labels: { rack: "8" }, daemon: { debug: false, max-concurrent-donwloads: 5 }'
	expect "a setting that no engine knows: it is named" 1 "max-concurrent-donwloads"
	expect "a setting that no engine knows: its work stays" 1 "its work stays there"
	same "a setting that no engine knows"
	equal "a setting that no engine knows: every file is as it was" "$untouched" "$(files)"
	equal "a setting that no engine knows: no task has moved" "$work" "$(tasks)"
	equal "a setting that no engine knows: every node is active" '3 Active Ready' "$(nodes)"

	apply 'labels: { rack: "8" }, daemon: { debug: false, max-concurrent-downloads: 5, log-driver: local }'
	expect "a setting to restart for: applied" 0 "Apply complete!"
	equal "a setting to restart for: every node was drained" 3 "$(drains)"
	equal "a setting to restart for: every engine has it" \
		'[rack=8]falselocal [rack=8]falselocal [rack=8]falselocal' "$(settings)"
	equal "a setting to restart for: every node is back" '3 Active Ready' "$(nodes)"
	check "a setting to restart for: the service is whole" within 60 at_full_strength
	plan_is_empty "a setting to restart for"

	apply 'labels: { rack: "8" }, daemon: { labels: ["rack=9"] }'
	expect "a setting twice: refused by the plan" 1 "docker.labels sets as well"

	apply 'labels: { rack: "8" }, daemon: { debug: false, max-concurrent-downloads: 5, log-driver: local }'
	tf destroy -auto-approve
	expect "destroyed" 0 "Destroy complete!"
}

begin_root lab
play test_settings
finish_tests

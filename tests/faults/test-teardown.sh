#!/usr/bin/env bash
# test-teardown.sh - a `terraform destroy` of terraform/lab that is cut off (Ctrl-C once and
# twice, SIGKILL, a closed terminal) while it drains, waits for tasks, takes the swarm apart
# and lets nodes leave: a plain apply makes all whole, a -replace does what it does without
# that, and the next destroy ends. ROUNDS above 5 plays every cut in every phase.
set -euo pipefail

CLUSTER=fltdown
SUBNET=10.208.8
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

# shellcheck source-path=SCRIPTDIR source=terraform.sh
. "$ROOT/tests/faults/terraform.sh"

M1=$CLUSTER-manager-1 M2=$CLUSTER-manager-2 W1=$CLUSTER-worker-1
SMALL=(-var "subnet=$SUBNET.0/24" -var manager_count=1 -var worker_count=2)
LARGE=(-var "subnet=$SUBNET.0/24" -var manager_count=3 -var worker_count=1)
SIZE=("${SMALL[@]}")
# As process 1 a shell does not hear of a signal that comes before its trap is set.
INIT=()
! command -v docker-init >/dev/null || INIT=(--init)

# ---- terraform ----

apply() { tf apply -auto-approve "${SIZE[@]}" "$@"; }

# ---- the swarm ----

cluster_id() { at "$M1" docker info --format '{{.Swarm.Cluster.ID}}' 2>/dev/null || true; }

# As a manager lists them: "role availability state", each with how many are so.
list() {
	at "$M1" sh -c 'docker node ls -q | xargs docker node inspect --format \
		"{{.Spec.Role}} {{.Spec.Availability}} {{.Status.State}}"' | sort | uniq -c | xargs
}
marker_is_gone() {
	[ "$(at "$M1" docker info --format '{{index .Swarm.Cluster.Spec.Labels "terraform-swarm-helpers.going"}}')" = "" ]
}
at_full_strength() { [ "$(at "$M1" docker service ls --filter name=work --format '{{.Replicas}}')" = 4/4 ]; }

# The image that services run from, wherever it is not yet.
load_images() {
	local host
	for host in $("$LAB" list "$CLUSTER" | awk '{ for (i = 1; i <= NF; i++) if ($i ~ /^'"$CLUSTER"'-/) print $i }' | sort -u); do
		at "$host" docker image inspect lab/busybox >/dev/null 2>&1 || "$LAB" image "$CLUSTER" "$host" >/dev/null
	done
}

# Tasks that need 5 s to stop, so that a drain lasts as long.
start_work() {
	[ -z "$(at "$M1" docker service ls -q)" ] || return 0
	at "$M1" docker service create -q --detach=false --no-resolve-image --name work --replicas 4 \
		"${INIT[@]}" --stop-grace-period 60s --restart-delay 1s \
		lab/busybox sh -c 'trap "sleep 5; exit 0" TERM; while :; do sleep 0.2; done' >/dev/null
}

# whole NAME: an apply, after which everything is as it was wanted.
whole() {
	apply
	expect "$1: apply" 0
	load_images
	if [ -n "$(at "$M1" docker service ls -q)" ]; then
		check "$1: the service is at full strength" within 90 at_full_strength
	else
		start_work
	fi
	check "$1: the nodes are as configured" [ "$(list)" = "$WANTED" ]
	check "$1: no marker is left" marker_is_gone
}

# ---- a destroy that is cut off ----

# What Terraform has passed on of what drain-swarm says, or what runs.
reached() {
	case $1 in
	draining) grep -qs 'draining all nodes' "$WORK/destroy" ;;
	waiting) grep -qs 'still stopping' "$WORK/destroy" ;;
	apart) grep -qs 'taking the swarm apart' "$WORK/destroy" ;;
	leaves) grep -qs 'drain-and-remove' "$WORK/destroy" || pgrep -g "$GROUP" -f /drain-and-remove >/dev/null ;;
	esac
}

ended() { ! kill -0 "$GROUP" 2>/dev/null; }
reached_or_ended() { reached "$1" || ended; }

# A group of its own, as a terminal gives it; Ctrl-C goes to all of it.
begin_destroy() {
	: >"$WORK/destroy"
	setsid "$TF" -chdir="$DIR" destroy -no-color -auto-approve "${SIZE[@]}" >"$WORK/destroy" 2>&1 &
	GROUP=$!
}

send() { kill "-$1" -- "-$GROUP" 2>/dev/null || true; }

# cut HOW: interrupt, twice, kill, terminal; waits until it has ended.
cut_off() {
	case $1 in
	interrupt) send INT ;;
	twice) send INT && sleep 0.3 && send INT ;;
	kill) send KILL ;;
	terminal) send HUP ;;
	esac
	CODE=0
	wait "$GROUP" 2>/dev/null || CODE=$?
	within 30 nobody_left || true
	cp "$WORK/destroy" "$WORK/out"
	: >"$WORK/err"
}

nobody_left() { ! pgrep -g "$GROUP" >/dev/null; }

# interrupted HOW PHASE: a destroy that is cut off there, in NAME what it was.
interrupted() {
	local often=0
	NAME="$1 while $2"
	begin_destroy
	while ! reached_or_ended "$2" && [ $((often += 1)) -lt 6000 ]; do sleep 0.02; done
	cut_off "$1"
	check "$NAME: the destroy fails" [ "$CODE" != 0 ]
}

# ---- tests ----

test_birth() {
	WANTED="1 manager active ready 2 worker active ready"
	apply
	expect "birth" 0
	load_images
	start_work
}

# All whole again, and the same swarm unless that had ended.
goes_on() {
	interrupted "$1" "$2"
	whole "$NAME"
}

test_cuts() {
	local before how phase
	before=$(cluster_id)
	goes_on interrupt waiting
	check "$NAME: it is the same swarm" [ "$(cluster_id)" = "$before" ]
	goes_on kill draining
	check "$NAME: it is the same swarm" [ "$(cluster_id)" = "$before" ]
	goes_on terminal waiting
	check "$NAME: it is the same swarm" [ "$(cluster_id)" = "$before" ]
	goes_on twice apart
	[ "${ROUNDS:-5}" -gt 5 ] || return 0
	for how in interrupt twice kill terminal; do
		for phase in draining waiting apart leaves; do goes_on "$how" "$phase"; done
	done
}

# The case that it is all about: Ctrl-C in a destroy, then a new machine.
# mutant helpers/swarm/teardown_marker.c swarm_teardown_marker_clear: returns 0
#   with test_birth
#   fails then -replace of a worker: no marker is left
test_replace_after_interrupt() {
	local before
	before=$(cluster_id)
	interrupted interrupt waiting
	check "$NAME: it says what to do" grep -F 'makes the swarm whole again' "$WORK/destroy"
	apply "-replace=terraform_data.host[\"$M1\"]"
	expect "then -replace of the sole manager: refused" 1 "is the last manager"
	check "then -replace of the sole manager: the swarm is there" [ "$(cluster_id)" = "$before" ]
	check "then -replace of the sole manager: with its service" [ -n "$(at "$M1" docker service ls -q)" ]
	apply "-replace=terraform_data.host[\"$W1\"]"
	expect "then -replace of a worker" 0
	whole "then -replace of a worker"
	check "then -replace of a worker: it is the same swarm" [ "$(cluster_id)" = "$before" ]
}

test_replace_one_of_managers() {
	local before
	[ "${ROUNDS:-5}" -gt 5 ] || return 0
	SIZE=("${LARGE[@]}")
	WANTED="3 manager active ready 1 worker active ready"
	whole "three managers"
	before=$(cluster_id)
	interrupted interrupt waiting
	apply "-replace=terraform_data.host[\"$M2\"]"
	expect "then -replace of one of three managers" 0
	whole "then -replace of one of three managers"
	check "then -replace of one of three managers: it is the same swarm" [ "$(cluster_id)" = "$before" ]
}

# Again and again, until nothing is left.
test_destroy_goes_on() {
	interrupted interrupt apart
	interrupted kill leaves
	tf destroy -auto-approve "${SIZE[@]}"
	expect "the next destroy" 0
	tf show -json
	check "the state is empty" [ "$(jq '.values // {} | length' "$WORK/out")" = 0 ]
	check "no host is left" [ -z "$("$LAB" list)" ]
	check "nothing is left of the workspace" [ "$(ls -A "$DIR/.swarm")" = .gitignore ]
}

begin_root lab
play test_birth test_replace_after_interrupt test_cuts test_replace_one_of_managers \
	test_destroy_goes_on
finish_tests

#!/usr/bin/env bash
# test-life.sh - a swarm's whole life through the executables alone: made once,
# joined, changed in place, drained without killing a task, and gone.
set -euo pipefail

CLUSTER=life
SUBNET=10.206.2
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

LISTEN=0.0.0.0:2378 # not the usual ports: they must work everywhere
DATA_PORT=4799

lab_begin 4
MANAGERS="$(addr 1),$(addr 2),$(addr 3)"

# join N ROLE [OPTION...]
join() {
	local n=$1 role=$2
	shift 2
	helper join-node "$n" --role "$role" --managers "$MANAGERS" \
		--advertise-addr "$(addr "$n"):2378" --listen-addr "$LISTEN" "$@"
}

leave() {
	local n=$1
	shift
	helper drain-and-remove "$n" --managers "$MANAGERS" --advertise-addr "$(addr "$n")" "$@"
}

init() {
	helper init-swarm "$1" --advertise-addr "$(addr "$1"):2378" --listen-addr "$LISTEN" \
		--data-path-port "$DATA_PORT" --peers "$2"
}

node_ids() { on 1 docker node ls -q | sort; }
listed() { nodes 1 | grep -x "$1" >/dev/null; }

test_init() {
	init 1 "$(addr 2),$(addr 3)"
	expect_done "init-swarm makes a swarm" outcome created
	init 1 "$(addr 2),$(addr 3)"
	expect_done "init-swarm again changes nothing" outcome member
	init 2 "$(addr 1),$(addr 3)"
	expect_done "init-swarm on another host joins the peer's swarm" outcome joined
	check "one swarm with two managers" listed "$(name 2) manager active ready"
	check "the data path port is the swarm's" on 1 sh -c \
		"docker info --format '{{.Swarm.Cluster.DataPathPort}}' | grep -qx $DATA_PORT"
	run init-swarm --host "$(addr 3)" --private-key "$WORK/key" --host-key-policy accept-new \
		--advertise-addr "$(addr 3)" --peers "$SUBNET.99" --timeout 4s
	expect_error "init-swarm with a silent peer makes none" 4 "$SUBNET.99" "peer"
	check "that host is in no swarm" on 3 sh -c \
		"docker info --format '{{.Swarm.LocalNodeState}}' | grep -qx inactive"
}

# mutant helpers/swarm/join.c make_as_wanted: .labels = NULL
#   with test_init
#   fails with its labels
test_join() {
	local before
	join 3 worker --labels '{"zone":"a","tier":"web"}'
	expect_done "a worker joins" role worker state ready
	check "with its labels" on 1 sh -c \
		"docker node inspect $(name 3) --format '{{json .Spec.Labels}}' | grep -qx '{\"tier\":\"web\",\"zone\":\"a\"}'"
	before=$(node_ids)
	join 3 worker --labels '{"zone":"b"}' --availability pause
	expect_done "labels and availability change in place" role worker state ready
	check "exactly the labels wanted" on 1 sh -c \
		"docker node inspect $(name 3) --format '{{json .Spec.Labels}}' | grep -qx '{\"zone\":\"b\"}'"
	check "the availability wanted" listed "$(name 3) worker pause ready"
	join 3 manager --availability active
	expect_done "a worker is promoted in place" role manager
	check "it is reachable as a manager" reachable 3
	check "and as was wanted" listed "$(name 3) manager active ready"
	check "its node ID is the same" [ "$(node_ids)" = "$before" ]
	join 4 worker --availability drain
	expect_done "another worker joins, drained" role worker
	check "it was never active" listed "$(name 4) worker drain ready"
	join 4 worker --availability active
	expect_done "and is made active"
}

reachable() { on 1 docker node inspect "$(name "$1")" --format '{{.ManagerStatus.Reachability}}' | grep -x reachable >/dev/null; }

test_token_env() {
	local token
	token=$(on 1 docker swarm join-token -q worker)
	leave 4
	expect_done "an idle worker leaves" outcome left
	TOKEN=$token join 4 worker --token-env TOKEN
	expect_done "a token may be handed in" role worker state ready
	leave 4
	TOKEN=SWMTKN-1-wrong-wrong join 4 worker --token-env TOKEN
	expect_error "a wrong token is refused and not shown" 1 "token"
	join 4 worker
	expect_done "back again" state ready
}

# A service whose tasks take 10 s to stop and say so with their last line.
start_work() {
	local n
	for n in 1 2 3 4; do "$LAB" image "$CLUSTER" "$(name "$n")" >/dev/null; done
	on 1 docker service create -q --detach=false --no-resolve-image --name work --replicas 6 \
		--constraint "node.hostname!=$(name 1)" --stop-grace-period 30s lab/busybox sh -c \
		'trap "sleep 5; echo finished; exit 0" TERM; while :; do sleep 0.2; done' >/dev/null
}

# dockerd keeps a task's container after the node has left only for a moment:
# a watcher in the host writes down how each of them ends.
watch_ends() {
	on "$1" sh -c 'docker events --filter event=die --filter label=com.docker.swarm.node.id \
		--format "{{.Actor.Attributes.exitCode}}"' >"$WORK/ends-$1" 2>/dev/null &
}

# mutant helpers/swarm/remove_live.c drain: swarm_drain_wait() => 0
#   with test_init test_join
#   fails tasks that need longer than the drain timeout
test_drain() {
	start_work
	watch_ends 4
	leave 4 --drain-timeout 1s
	expect_error "tasks that need longer than the drain timeout" 3 "have not stopped" "drain_timeout"
	check "the node stays, drained" listed "$(name 4) worker drain ready"
	leave 4
	expect_done "a worker with work leaves" outcome left
	check "every task ended by itself" grep -qx 0 "$WORK/ends-4"
	check "none was killed" sh -c "! grep -vx 0 $WORK/ends-4"
	check "its entry is gone" sh -c "! $LAB exec $CLUSTER $(name 1) -- docker node ls | grep -q $(name 4)"
	check "the service is whole elsewhere" within 60 service_whole
	leave 4
	expect_done "again: already gone" outcome was-gone
	leave 3
	expect_done "a manager with work leaves" outcome left
	check "two managers are left" [ "$(nodes 1 | grep -c ' manager ')" = 2 ]
}

service_whole() { on 1 docker service ls --format '{{.Replicas}}' | grep -x 6/6 >/dev/null; }

test_stale() {
	local id
	join 4 worker
	expect_done "joins again"
	on 4 docker swarm leave >/dev/null
	join 4 worker
	expect_done "after leaving by hand it joins anew"
	check "its stale entry is gone" within 60 one_entry_of_4
	id=$(on 1 docker node ls -qf name="$(name 4)")
	"$LAB" kill "$CLUSTER" "$(name 4)"
	leave 4 --timeout 60s
	expect_done "a dead machine is removed" outcome removed-dead
	check "its entry is gone" sh -c "! $LAB exec $CLUSTER $(name 1) -- docker node inspect $id"
}

one_entry_of_4() {
	join 4 worker
	[ "$(on 1 docker node ls -qf name="$(name 4)" | wc -l)" = 1 ]
}

test_destroy() {
	run drain-swarm --host "$(addr 1)" --managers "$(addr 2)" --private-key "$WORK/key" \
		--host-key-policy accept-new
	expect_done "drain-swarm takes the swarm apart" outcome dissolved nodes 2 timed_out 0
	leave 2
	expect_done "the leave of a manager finds nothing to do" outcome was-gone
	leave 1
	expect_done "that of the last one too" outcome was-gone
	check "no swarm is left" on 1 sh -c \
		"docker info --format '{{.Swarm.LocalNodeState}}' | grep -qx inactive"
	run drain-swarm --host "$(addr 1)" --managers "$(addr 2)" --private-key "$WORK/key" \
		--host-key-policy accept-new
	expect_done "and neither has a second drain-swarm" outcome was-gone
}

play test_init test_join test_token_env test_drain test_stale test_destroy
finish_tests

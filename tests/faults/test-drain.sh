#!/usr/bin/env bash
# test-drain.sh - drains that are not the easy case: services that cannot move or run
# everywhere, tasks that do not end, published ports, containers that are not the swarm's,
# servers that allow one session.
set -euo pipefail

CLUSTER=fltdrain
SUBNET=10.208.4
HOSTS=2
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

lab_begin "$HOSTS"
images 1 2
MANAGERS=$(addr 1)
WAITS='trap "exit 0" TERM; while :; do sleep 0.2; done'

# After each test: no work, and host 2 an active worker.
again() {
	no_services
	on 2 sh -c 'docker ps -aq | xargs -r docker rm -f' >/dev/null
	join 2 worker --availability active
	[ "$CODE" = 0 ] || failed "host 2 is a worker again"
}

no_tasks_here() { [ -z "$(on 2 docker ps -q --filter label=com.docker.swarm.node.id)" ]; }
running() { [ "$(on 1 docker service ls --format '{{.Replicas}}' --filter "name=$1")" = "$2" ]; }

test_cannot_move() {
	service fixed --constraint "node.hostname==$(name 2)" -- sh -c "$WAITS"
	leave 2
	expect_done "a service that cannot move: the node leaves" outcome left
	check "a service that cannot move: it waits for a place" running fixed 0/1
	check "a service that cannot move: nothing runs on" no_tasks_here
	again
}

# mutant helpers/swarm/drain.c wait_for_tasks in docker_tasks_count(): w->node_id => NULL
#   fails a global service: the node leaves
test_global() {
	service everywhere --mode global -- sh -c "$WAITS"
	check "a global service: it runs on both" within 60 running everywhere 2/2
	leave 2
	expect_done "a global service: the node leaves" outcome left
	check "a global service: it runs on the other one" within 60 running everywhere 1/1
	check "a global service: nothing runs on" no_tasks_here
	again
}

# Its task ignores SIGTERM; the engine kills it after half a minute.
# mutant helpers/swarm/remove_live.c drain: term ERR_DEADLINE => true
#   fails a deaf task: told to proceed, the node leaves
test_deaf() {
	service deaf --constraint "node.hostname==$(name 2)" --stop-grace-period 30s \
		-- sh -c 'trap "" TERM; while :; do sleep 0.2; done'
	BEGAN=$SECONDS
	leave 2 --drain-timeout 5s
	expect_error "a deaf task: the drain timeout ends it" 3 "1 of 1 tasks have not stopped" "service" "drain_timeout"
	check "a deaf task: it took 15 s at most" took_at_most 15
	check "a deaf task: the node stays, drained" listed "$(name 2) worker drain ready"
	check "a deaf task: it was not killed" [ -n "$(on 2 docker ps -q)" ]
	leave 2 --drain-timeout 3s --on-drain-timeout proceed
	expect_done "a deaf task: told to proceed, the node leaves" outcome left
	expect_said "a deaf task: and says what it leaves behind" "have not stopped"
	check "a deaf task: the list is right" only "$(name 1)"
	again
}

test_ports() {
	service port --mode global --publish mode=host,published=8080,target=80 -- sh -c "$WAITS"
	check "published ports: it runs on both" within 60 running port 2/2
	leave 2
	expect_done "published ports: the node leaves" outcome left
	check "published ports: the port is free" on 2 sh -c '! ss -ltn | grep -q :8080'
	again
}

# mutant helpers/swarm/remove_live.c swarm_remove_standalone: condition refuse_standalone => false
#   fails a container of somebody's own: refused
test_standalone() {
	on 2 docker run -d --name mine lab/busybox sh -c "$WAITS" >/dev/null
	leave 2 --standalone-containers refuse
	expect_error "a container of somebody's own: refused" 1 "mine" "standalone_containers"
	check "a container of somebody's own: nothing was touched" listed "$(name 2) worker active ready"
	leave 2
	expect_done "a container of somebody's own: ignored by default" outcome left
	expect_said "a container of somebody's own: it is named" "mine"
	check "a container of somebody's own: it runs on" [ "$(on 2 docker ps --format '{{.Names}}')" = mine ]
	again
}

# A task that takes five seconds until it hears signals, and says by its health check when it
# does. As process 1 of its container it has lost those that came before.
# mutant helpers/swarm/remove_live.c let_start: condition tasks.starting => true
#   fails just starting: it is let start first
test_just_starting() {
	service slow --detach=true --constraint "node.hostname==$(name 2)" --stop-grace-period 20s \
		--health-cmd 'test -e /heard' --health-interval 500ms --health-retries 40 \
		-- sh -c 'sleep 5; trap "exit 0" TERM; : >/heard; while :; do sleep 0.2; done'
	check "just starting: its container is there" within 30 has_containers 2
	watch_exit 2
	leave 2
	expect_done "just starting: the node leaves" outcome left
	expect_said "just starting: it is let start first" "waiting for tasks that are just starting (1)"
	check "just starting: the task ended by itself" within 60 grep -qx 0 "$WORK/exit-2"
	again
}

has_containers() { [ -n "$(on "$1" docker ps -q)" ]; }

# watch_exit N: the exit codes of containers that end on host N from now on, in $WORK/exit-N.
watch_exit() {
	on "$1" sh -c 'echo begun; exec docker events --filter type=container --filter event=die \
		--format "{{.Actor.Attributes.exitCode}}"' >"$WORK/exit-$1" 2>/dev/null &
	within 60 grep -qx begun "$WORK/exit-$1"
}


has_lost_ov() { ! on 2 docker inspect --format '{{json .NetworkSettings.Networks}}' "$1" | grep '"ov"' >/dev/null; }

# mutant helpers/swarm/remove_live.c warn_of_networks: condition users.count => false
#   fails an own container on an overlay network: it is told
test_own_on_overlay() {
	on 1 docker network create -d overlay --attachable ov >/dev/null
	on 2 docker run -d --name own --network ov lab/busybox sh -c "$WAITS" >/dev/null
	on 2 docker run -d --name beside lab/busybox sh -c "$WAITS" >/dev/null
	leave 2 --standalone-containers refuse
	expect_error "an own container on an overlay network: refused" 1 "own" "standalone_containers"
	leave 2
	expect_done "an own container on an overlay network: the node leaves" outcome left
	expect_said "an own container on an overlay network: it is told what is lost" \
		"1 of them lose a network of the swarm when the node leaves, and run on without it: own (ov)"
	check "an own container on an overlay network: it has lost it" has_lost_ov own
	again
	on 1 docker network rm ov >/dev/null
}

# Requests then go through a program that runs there, a session for each connection.
one_session() {
	local n
	for n in 1 2; do
		on "$n" sh -c 'cp /etc/ssh/sshd_config /run/sshd_config &&
			{ echo "MaxSessions 1"; echo "AllowStreamLocalForwarding no"; cat /run/sshd_config; } >/etc/ssh/sshd_config &&
			service ssh restart' >/dev/null
	done
}

# mutant helpers/docker/tunnel.c dial: condition SSH_CHANNEL_REFUSED => false
#   fails one session at a time
test_one_session() {
	one_session
	service slow --constraint "node.hostname==$(name 2)" --stop-grace-period 30s \
		-- sh -c 'trap "sleep 3; exit 0" TERM; while :; do sleep 0.2; done'
	leave 2
	expect_done "one session at a time: a worker leaves" outcome left
	no_services
	join 2 manager
	expect_done "one session at a time: a manager joins" role manager state ready
	leave 2
	expect_done "one session at a time: a manager leaves" outcome left
	join 2 worker
	expect_done "one session at a time: a worker joins" state ready
}

new_swarm manager worker
play test_just_starting test_own_on_overlay test_cannot_move test_global test_deaf test_ports \
	test_standalone test_one_session
finish_tests

#!/usr/bin/env bash
# test-lab.sh - watch-swarm at a real swarm, over SSH: a drain and a roll that are seen moving,
# a task that fails with the lines that it wrote, use on demand of a node that is no manager,
# and a manager that loses its power.
set -euo pipefail

CLUSTER=watch-lab
SUBNET=10.209.61
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

export LC_ALL=C.UTF-8
IMAGE=watch:1

options() {
	printf '%q ' "$BIN/watch-swarm" --host "$(addr 1)" --managers "$(addr 2),$(addr 3)" \
		--private-key "$WORK/key" --known-hosts "$WORK/known_hosts" --host-key-policy accept-new
}

swarm_of_four() {
	local token
	on 1 docker swarm init --advertise-addr "$(addr 1)" >/dev/null
	token=$(on 1 docker swarm join-token -q manager)
	on 2 docker swarm join --token "$token" "$(addr 1):2377" >/dev/null
	on 3 docker swarm join --token "$token" "$(addr 1):2377" >/dev/null
	token=$(on 1 docker swarm join-token -q worker)
	on 4 docker swarm join --token "$token" "$(addr 1):2377" >/dev/null
}

service() { on 1 docker service create -q --detach --no-resolve-image --stop-grace-period 5s "$@" >"$WORK/service"; }

in_size() {
	in_terminal "$1" "$2" "env TERM=screen-256color $(options)"
	saw 30 'of [1-9][0-9]* nodes ready'
}

test_terminal() {
	service --name web --replicas 6 --endpoint-mode dnsrr "$IMAGE" sh -c 'trap "sleep 2; exit 0" TERM; while :; do sleep 0.1; done'
	in_size 80 24
	sees "a real swarm at 80x24" '^= watch-lab-4 +worker +active +ready +[1-9]/' 60
	sees "its tasks" '^    = web\.[1-6] +running' 60
	on 1 docker node update --availability drain "$(name 4)" >/dev/null
	sees "a drain is seen" '^> watch-lab-4 +worker +drain ' 5
	sees "tasks that stop there" '^    > web\.[1-6] +stopping' 10
	sees "until all have gone" '^> watch-lab-4 +worker +drain +ready +0/0' 60
	sees "to others" '4 of 4 nodes ready  6 of 6 tasks running' 60
	on 1 docker node update --availability active "$(name 4)" >/dev/null
	sees "it is back" '^= watch-lab-4 +worker +active' 10
	keys q
	sees "q ends it" '^ended with 0'
}

test_roll() {
	in_size 200 60
	keys s
	sees "a service at 200x60" '^= web +replicated +6/6'
	on 1 docker service update -q --detach --no-resolve-image --env-add ROLLED=yes web >/dev/null
	sees "a roll is seen" '^> web +replicated .*updating' 10
	on 1 docker service update -q --detach --no-resolve-image --update-parallelism 0 web >/dev/null || true
	sees "and its end" '^= web +replicated +6/6 ' 120
	keys q
}

test_failure() {
	service --name bad --restart-delay 60s --restart-max-attempts 1 "$IMAGE" sh -c 'echo cannot open the door; exit 3'
	in_size 80 24
	keys / bad Enter
	sees "a task that fails" '^    ! bad\.1 +failed' 60
	keys s
	sees "with its error" '^    ! bad\.1 .*failed' 10
	keys Down Down Up Down Enter
	sees "alone" '^error +task: non-zero exit' 10
	sees "its exit code" '^exit code +3$'
	sees "and what it wrote last" '^  cannot open the door$' 20
	keys q
	on 1 docker service rm bad >/dev/null
}

test_usage() {
	local url node
	bash -c "exec $(options) --listen 127.0.0.1:0" >"$WORK/page" 2>"$WORK/page.err" </dev/null &
	PROGRAMS+=($!)
	within 30 test -s "$WORK/page"
	url=$(jq -r .url "$WORK/page")
	for n in 1 4; do
		node=$(on "$n" docker info --format '{{.Swarm.NodeID}}')
		on "$n" docker ps -q >"$WORK/containers"
		check "use of the tasks of node $n" within 30 sh -c "curl -s '${url}usage?node=$node' | tee '$WORK/usage' | jq -e '[.tasks[] | .memory > 0 and .cpu >= 0] | all'"
	done
	check "a node that is not there" sh -c "curl -s '${url}usage?node=x' | jq -e '.why | contains(\"no node\")'"
	kill "${PROGRAMS[-1]}"
	wait "${PROGRAMS[-1]}" || true
}

# told CONDITION: whether a line so far fulfils it; the last may be half a line
told() { jq -nR --exit-status "any(inputs | fromjson?; $1)" "$WORK/lines"; }

test_manager_lost() {
	bash -c "exec $(options) --json true" >"$WORK/lines" 2>"$WORK/lines.err" </dev/null &
	PROGRAMS+=($!)
	check "lines of JSON, until all is told" within 30 grep -q '"kind":"whole"' "$WORK/lines"
	equal "of four nodes" 4 "$(jq -r 'select(.kind == "node" and .change == "added").hostname' "$WORK/lines" | sort -u | wc -l)"
	"$LAB" kill "$CLUSTER" "$(name 1)"
	check "a manager that loses its power is said to be lost" within 40 told '.kind == "manager" and .change == "lost"'
	check "another is used" within 40 told ".kind == \"manager\" and .change == \"used\" and .manager != \"$(addr 1)\""
	check "and tells of the one that is down" within 60 told ".kind == \"node\" and .hostname == \"$(name 1)\" and .reachable == false"
	check "stderr says so" grep -q 'now at manager' "$WORK/lines.err"
	CODE=0
	kill "${PROGRAMS[-1]}"
	wait "${PROGRAMS[-1]}" || CODE=$?
	equal "SIGTERM ends it" 0 "$CODE"
	check "each line is one object" jq -e 'type == "object"' "$WORK/lines"
}

lab_begin 4
swarm_of_four
for n in 1 2 3 4; do "$LAB" image "$CLUSTER" "$(name "$n")" "$IMAGE"; done
play test_terminal test_roll test_failure test_usage test_manager_lost
finish_tests

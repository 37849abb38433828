#!/usr/bin/env bash
# test-main.sh - the main job from start to end, with the real Terraform, the real provider
# and real hosts: all that `make demo` shows, asserted, and what it does not show.
set -euo pipefail

# shellcheck source=tests/e2e/lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

C=e2e
OTHER=e2eb
SUBNET=([$C]=10.205.10.0/24 [$OTHER]=10.205.11.0/24)
THREE='-var=manager_count=3'

# Told to stop, a task needs 10 s more and says when it has finished.
# shellcheck disable=SC2016 # for the containers' own shell
JOB='trap "sleep 10; echo task \$TASK finished; exit 0" TERM; while :; do sleep 1 & wait $!; done'

# ---- birth ----

host_key() { on "$1" cut -d ' ' -f 1,2 /etc/ssh/ssh_host_ed25519_key.pub; }

host_named() { printf '{"private_address":"10.205.10.%s","role":"%s","ssh_host":"10.205.10.%s"}' "$2" "$1" "$2"; }

test_birth() {
	changed "apply: 1 manager, 2 workers" "$C" -var manager_count=1 -var worker_count=2
	equal "the swarm has these nodes" 'e2e-manager-1 manager,e2e-worker-1 worker,e2e-worker-2 worker' "$(nodes "$C")"
	equal "output nodes" \
		"{\"e2e-manager-1\":$(host_named manager 11),\"e2e-worker-1\":$(host_named worker 101),\"e2e-worker-2\":$(host_named worker 102)}" \
		"$(output "$C" nodes)"
	equal "output manager_addresses" '["10.205.10.11"]' "$(output "$C" manager_addresses)"
	equal "output docker_context" \
		"\"../../modules/swarm/docker-context.sh e2e host=10.205.10.11 port=22 user=root private_key=./.swarm/e2e.key known_hosts=./.swarm/e2e.known_hosts 'host_key=10.205.10.11 $(host_key e2e-manager-1)'\"" \
		"$(output "$C" docker_context)"
	check "output ssh is a shell on a node" shell_works
	check "known_hosts has a line for every node" known_are 10.205.10.11 10.205.10.101 10.205.10.102
}

shell_works() {
	local shell
	shell=$(output "$C" ssh | jq -r '."e2e-worker-2"')
	[ "$(cd "$LAB_ROOT" && ${shell/ssh/ssh -o BatchMode=yes} hostname </dev/null)" = e2e-worker-2 ]
}

known_are() {
	cut -d ' ' -f 1 "$LAB_ROOT/.swarm/$C.known_hosts" | tr , '\n' | sort -u >"$WORK/known"
	cat "$WORK/known"
	printf '%s\n' "$@" | sort | cmp - "$WORK/known"
}

# ---- tokens ----

real_token() { on "$C-manager-1" docker swarm join-token -q "$1"; }

# Whether none of the swarm's real tokens is in a file.
without_tokens() {
	local role
	[ -s "$1" ] || return 1
	for role in manager worker; do
		refuses grep -qF "$(real_token "$role")" "$1" || return 1
	done
}

plan_with_trace() {
	TF_LOG=trace TF_LOG_PATH=$WORK/trace tf "$C" plan -no-color -out="$WORK/plan" "${ARGUMENTS[@]}" \
		-var worker_count=3 >"$WORK/plan.log" 2>&1 &&
		tf "$C" show -json "$WORK/plan" >"$WORK/plan.json"
}

test_tokens_over_ssh() {
	local file
	check "a plan with everything logged" plan_with_trace
	for file in "$(state_file "$C")" "$WORK/apply.log" "$WORK/trace" "$WORK/plan" "$WORK/plan.json" "$WORK/plan.log"; do
		check "token_delivery ssh: no token in ${file##*/}" without_tokens "$file"
	done
	equal "token_delivery ssh: no output" null "$(output "$C" tokens 2>/dev/null || echo null)"
	check "token_delivery ssh: Terraform never asked for one" test ! -e "$WORK/asked/query"
}

test_tokens_in_state() {
	local wanted
	changed "token_delivery state" "$C" -var manager_count=1 -var worker_count=2 -var token_delivery=state
	wanted=$(jq -nc --arg m "$(real_token manager)" --arg w "$(real_token worker)" '{manager: $m, worker: $w}')
	equal "token_delivery state: the outputs are the swarm's tokens" "$wanted" "$(output "$C" tokens | jq -c '{manager, worker}')"
	equal "Terraform's query" \
		"{\"host\":\"10.205.10.11\",\"host_key\":\"10.205.10.11 $(host_key e2e-manager-1)\",\"host_key_policy\":\"strict\",\"known_hosts\":\"./.swarm/e2e.known_hosts\",\"name\":\"e2e-manager-1\",\"on_unreachable\":\"empty\",\"port\":\"22\",\"private_key\":\"./.swarm/e2e.key\",\"user\":\"root\"}" \
		"$(jq -cS . "$WORK/asked/query")"
	cp "$WORK/asked/query" "$WORK/query"
	(cd "$LAB_ROOT" && "$ROOT/bin/fetch-tokens" <"$WORK/query" >"$WORK/by-hand")
	equal "fetch-tokens by hand answers it as it did Terraform" "$(jq -cS . "$WORK/by-hand")" "$(jq -cS . "$WORK/asked/result")"
	equal "the result has these keys" '["cluster_id","manager","reachable","worker"]' "$(jq -c keys "$WORK/by-hand")"
	changed "token_delivery ssh again" "$C" -var manager_count=1 -var worker_count=2
	check "then no token is left in the state" without_tokens "$(state_file "$C")"
}

# ---- services ----

make_web() {
	give_images "$C" && on "$C-manager-1" docker network create --driver overlay net &&
		on "$C-manager-1" docker service create --detach --no-resolve-image --name web --network net \
			--endpoint-mode dnsrr --replicas 3 lab/busybox \
			sh -c 'trap "exit 0" TERM; hostname >/tmp/index.html; httpd -f -p 8000 -h /tmp & wait' &&
		within 60 replicas_are "$C" web 3
}

web_on() { on "$1" docker ps --quiet --filter label=com.docker.swarm.service.name=web; }

# From every node the name has three addresses, and a replica answers on each of them.
web_is_found() {
	local host address
	for host in manager-1 worker-1 worker-2; do
		on "$C-$host" docker exec "$(web_on "$C-$host")" nslookup web 127.0.0.11 |
			sed -n '/^Name:/,$s/^Address[^:]*: *\([0-9.]*\).*/\1/p' | sort -u >"$WORK/addresses"
		[ "$(wc -l <"$WORK/addresses")" = 3 ] || return 1
		while read -r address; do
			on "$C-$host" docker exec "$(web_on "$C-$host")" \
				sh -c "echo 'GET / HTTP/1.0' | nc -w 5 $address 8000 | grep '200 OK'" </dev/null || return 1
		done <"$WORK/addresses"
	done
}

test_service() {
	check "a service on an overlay network" make_web
	check "its replicas find each other by name, from every node" within 60 web_is_found
}

# ---- growing and shrinking ----

test_growth() {
	changed "up to 3 managers and 3 workers" "$C" "$THREE" -var worker_count=3
	equal "the swarm has these nodes" \
		'e2e-manager-1 manager,e2e-manager-2 manager,e2e-manager-3 manager,e2e-worker-1 worker,e2e-worker-2 worker,e2e-worker-3 worker' \
		"$(nodes "$C")"
	equal "output manager_addresses" '["10.205.10.11","10.205.10.12","10.205.10.13"]' "$(output "$C" manager_addresses)"
	changed "with tokens in the state, too" "$C" "$THREE" -var worker_count=3 -var token_delivery=state
}

make_jobs() {
	give_images "$C" && on "$C-manager-1" docker service create --detach --no-resolve-image --name jobs --replicas 6 \
		--stop-grace-period 60s --constraint node.role==worker --env 'TASK={{.Task.Name}}' lab/busybox sh -c "$JOB" &&
		within 60 replicas_are "$C" jobs 6
}

# Follows the containers of the node that leaves, on that node: logs, signals, ends.
watch_leaving() {
	on "$C-worker-3" docker ps --filter label=com.docker.swarm.service.name=jobs \
		--format '{{.ID}} {{.Label "com.docker.swarm.task.name"}}' >"$WORK/tasks"
	# shellcheck disable=SC2016 # for the host's shell
	(on "$C-worker-3" sh -c '
		docker events --since "$(date +%s)" --filter type=container --filter event=kill --filter event=die \
			--format "{{index .Actor.Attributes \"com.docker.swarm.task.name\"}} {{.Action}} {{.Actor.Attributes.signal}} {{.Actor.Attributes.exitCode}}" &
		while read -r id task; do docker logs --follow --tail 1 "$id" 2>&1 & done
		wait' || true) <"$WORK/tasks" >"$WORK/leaving" 2>/dev/null &
	WATCHER=$!
	[ "$(wc -l <"$WORK/tasks")" = 2 ]
}

tasks_finished() {
	local task
	cat "$WORK/leaving"
	while read -r _ task; do
		grep -qx "$task die <no value> 0" "$WORK/leaving" && grep -qx "task $task finished" "$WORK/leaving" || return 1
	done <"$WORK/tasks"
}

none_killed() { cat "$WORK/leaving" && refuses grep -E ' kill 9 | die <no value> [1-9]' "$WORK/leaving"; }

test_shrinking() {
	check "a service whose tasks need 10 s to stop" make_jobs
	check "two of its tasks are on the node that will leave" watch_leaving
	changed "down by one worker" "$C" "$THREE" -var worker_count=2
	wait "$WATCHER" || true
	check "each of its tasks finished, with exit code 0 and its last line" tasks_finished
	check "none was killed" none_killed
	check "the service is back at full strength elsewhere" within 30 replicas_are "$C" jobs 6
	equal "the swarm has these nodes" \
		'e2e-manager-1 manager,e2e-manager-2 manager,e2e-manager-3 manager,e2e-worker-1 worker,e2e-worker-2 worker' "$(nodes "$C")"
	check "its line in known_hosts is gone" known_are 10.205.10.11 10.205.10.12 10.205.10.13 10.205.10.101 10.205.10.102
	check "its machine is gone" refuses on "$C-worker-3" true
}

# ---- changes in place ----

ids() {
	local host
	for host in manager-1 manager-2 manager-3 worker-1 worker-2; do
		node_id "$C-$host"
	done | paste -sd ' ' -
}

label_of() { on "$C-manager-1" docker node inspect "$1" --format '{{.Spec.Labels}}'; }

test_in_place() {
	local before base=("$THREE" -var worker_count=2)
	before=$(ids)
	cluster_file "$C" 'nodes: { e2e-worker-1: { role: manager }, e2e-worker-2: { role: manager } }'
	changed "two workers promoted in the cluster's file" "$C" "${base[@]}"
	equal "they are managers" \
		'e2e-manager-1 manager,e2e-manager-2 manager,e2e-manager-3 manager,e2e-worker-1 manager,e2e-worker-2 manager' "$(nodes "$C")"
	equal "every node is the one it was" "$before" "$(ids)"
	cluster_file "$C"
	changed "back to workers" "$C" "${base[@]}"
	equal "they are workers" \
		'e2e-manager-1 manager,e2e-manager-2 manager,e2e-manager-3 manager,e2e-worker-1 worker,e2e-worker-2 worker' "$(nodes "$C")"
	cluster_file "$C" 'nodes: { e2e-worker-1: { labels: { disk: ssd } }, e2e-manager-3: { availability: drain } }'
	changed "a label and an availability" "$C" "${base[@]}"
	equal "the node has the label" 'map[disk:ssd]' "$(label_of "$C-worker-1")"
	check "the manager is drained" grep -qF 'e2e-manager-3 Ready Drain manager' <(nodes "$C")
	cluster_file "$C"
	changed "neither" "$C" "${base[@]}"
	equal "the label is gone" 'map[]' "$(label_of "$C-worker-1")"
	equal "every node is still the one it was" "$before" "$(ids)"
	check "an even number of managers is refused" refused_with 'would have 2 managers' -var manager_count=2 -var worker_count=2
	test_group
}

# One more group, beside what the variables say of the two that are always there
test_group() {
	local base=("$THREE" -var worker_count=2)
	cluster_file "$C" 'groups: { worker: { count: 9 }, batch: { count: 1, labels: { batch: "yes" }, availability: pause } }'
	changed "a group of the cluster's file" "$C" "${base[@]}"
	check "its node is there, as the group is" grep -qF 'e2e-batch-1 Ready Pause worker' <(nodes "$C" | tr , '\n')
	equal "with the group's label" 'map[batch:yes]' "$(label_of "$C-batch-1")"
	check "a variable wins over the file" refuses grep -qF e2e-worker-3 <(nodes "$C")
	cluster_file "$C" 'groups: { batch: { cuont: 1 } }'
	check "a key that nobody knows is refused with its path" refused_with \
		'clusters/e2e.yaml: groups.batch.cuont: unknown; known here are availability, count, labels, role' "${base[@]}"
	cluster_file "$C"
	changed "without the group" "$C" "${base[@]}"
	check "its node has left" refuses grep -qF e2e-batch-1 <(on "$C-manager-1" docker node ls)
}

# The message may be wrapped and framed.
refused_with() {
	local text=$1
	shift
	refuses tf "$C" plan -no-color "$@" >"$WORK/refused" 2>&1 && tr -s '\n│ ' ' ' <"$WORK/refused" | grep -F "$text"
}

test_replacement() {
	local before
	before=$(node_id "$C-worker-2")
	check "a machine is replaced" apply "$C" "$THREE" -var worker_count=2 -replace='terraform_data.host["e2e-worker-2"]'
	ARGUMENTS=("${ARGUMENTS[@]:0:${#ARGUMENTS[@]}-1}")
	check "a machine is replaced: the next plan is empty" empty_plan "$C"
	equal "the swarm has the same nodes" \
		'e2e-manager-1 manager,e2e-manager-2 manager,e2e-manager-3 manager,e2e-worker-1 worker,e2e-worker-2 worker' "$(nodes "$C")"
	check "but this one is another" test "$before" != "$(node_id "$C-worker-2")"
	check "an image for it" give_images "$C"
}

# ---- two clusters ----

test_two_clusters() {
	local before mine=("${ARGUMENTS[@]}")
	before=$(ids)
	changed "a second workspace beside the first" "$OTHER" -var manager_count=1 -var worker_count=1
	equal "it has its own nodes" 'e2eb-manager-1 manager,e2eb-worker-1 worker' "$(nodes "$OTHER")"
	check "its hosts do not reach the first one's" refuses on "$OTHER-worker-1" timeout 2 bash -c ': </dev/tcp/10.205.10.11/22'
	check "its destroy" destroy "$OTHER"
	equal "is one of all its hosts" '' "$("$LAB" list "$OTHER")"
	ARGUMENTS=("${mine[@]}")
	equal "the first has the nodes it had" "$before" "$(ids)"
	check "and an empty plan" empty_plan "$C"
}

# ---- a drain-swarm that is killed ----

mark_is_there() {
	printf 'GET /v1.40/swarm HTTP/1.0\r\n\r\n' | on "$C-manager-1" docker system dial-stdio |
		grep -q 'terraform-swarm-helpers.going'
}

# Runs Terraform's own query, and kills it when all nodes are drained and tasks are ending.
kill_drain() {
	local pid
	tf "$C" show -json | jq -e '.values.root_module.child_modules[].resources[]? |
		select(.type == "terraform_data" and .name == "drain") | .values.input.query' >"$WORK/drain" || return 1
	(cd "$LAB_ROOT" && exec "$ROOT/bin/drain-swarm" <"$WORK/drain" >"$WORK/drained" 2>&1) &
	pid=$!
	within 60 drained && mark_is_there || return 1
	kill -KILL "$pid"
	refuses wait "$pid"
}

drained() { [ "$(on "$C-manager-1" docker node ls --format '{{.Availability}}' | grep -c Drain)" = 5 ]; }

replace_joins() {
	local host arguments=()
	for host in manager-1 manager-2 manager-3 worker-1 worker-2; do
		arguments+=("-replace=module.swarm.module.join.terraform_data.run[\"$C-$host\"]")
	done
	apply "$C" "$THREE" -var worker_count=2 "${arguments[@]}"
	ARGUMENTS=("${ARGUMENTS[@]:0:${#ARGUMENTS[@]}-5}")
}

test_killed_drain() {
	local before
	before=$(ids)
	check "drain-swarm is killed half-way" kill_drain
	check "an apply that replaces the joins" replace_joins
	check "removes the marker" refuses mark_is_there
	equal "and puts the availabilities back" \
		'e2e-manager-1 manager,e2e-manager-2 manager,e2e-manager-3 manager,e2e-worker-1 worker,e2e-worker-2 worker' "$(nodes "$C")"
	equal "on the same nodes" "$before" "$(ids)"
	check "the next plan is empty" empty_plan "$C"
	check "the services come back" within 60 replicas_are "$C" jobs 6
}

# ---- the end ----

nothing_left() {
	tf "$C" state list | tee "$WORK/left"
	"$LAB" list | tee -a "$WORK/left"
	find "$TREE"/terraform/*/.swarm -type f ! -name .gitignore | tee -a "$WORK/left"
	[ ! -s "$WORK/left" ]
}

as_before() { "$LAB" snapshot | diff "$WORK/before" -; }

test_end() {
	local workspace
	check "destroy" destroy "$C"
	check "no state entry, host, key or known_hosts file is left" nothing_left
	for workspace in "$C" "$OTHER"; do
		check "workspace $workspace can be deleted" tf default workspace delete "$workspace"
	done
	check "the machine is as it was" as_before
}

main() {
	init_root
	"$LAB" snapshot >"$WORK/before"
	play test_birth test_tokens_over_ssh test_tokens_in_state test_service test_growth test_shrinking \
		test_in_place test_replacement test_two_clusters test_killed_drain test_end
	finish_tests
}

main

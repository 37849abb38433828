#!/usr/bin/env bash
# test-stack.sh - deploy-stack and remove-stack on real swarms: a stack that is made, changed, pruned and
# taken away, secrets and configs that roll, one bad service of ten, the version before brought back,
# managers that go, and runs that are killed at every step.
set -euo pipefail

CLUSTER=fltstk
SUBNET=10.208.41
HOSTS=4
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

STACK=web
FILES=$WORK/files
SLEEP="sh -c 'trap \"exit 0\" TERM; while :; do sleep 0.2; done'"

# deploy [OPTION...]: $FILES/compose.yml, with images that no registry has.
deploy() { ask deploy-stack --stack "$STACK" --compose-file "$FILES/compose.yml" --resolve-image never --monitor 1s "$@"; }
remove() { ask remove-stack --stack "$STACK"; }
describe() { ask describe-stack --stack "$STACK" --compose-file "$FILES/compose.yml" "$@"; }

# compose NAME REPLICAS [COMMAND]...: services of these names, in $FILES/compose.yml
compose() {
	{
		printf 'version: "3.8"\nservices:\n'
		while [ $# -gt 0 ]; do
			printf '  %s:\n    image: lab/busybox\n    command: %s\n    deploy: { replicas: %s, restart_policy: { delay: 200ms } }\n' \
				"$1" "${3:-$SLEEP}" "$2"
			shift "$(($# < 3 ? $# : 3))"
		done
	} >"$FILES/compose.yml"
}

# with TEXT: more of the compose file
with() { printf '%s\n' "$1" >>"$FILES/compose.yml"; }

services() { on 1 docker service ls --format '{{.Name}} {{.Replicas}}' | sort | paste -sd ,; }
named() { on 1 docker "$1" ls --format '{{.Name}}' | grep "^${STACK}_" | sort | paste -sd ,; }
running() { on 1 docker service ps -q --no-trunc -f desired-state=running "$1" | sort | paste -sd ,; }
# in_task SERVICE COMMAND: in one of its tasks, wherever that runs
in_task() {
	local n
	for n in $(seq "$HOSTS"); do
		[ -z "$(on "$n" docker ps -q -f "name=^${STACK}_$1")" ] || break
	done
	on "$n" sh -c "docker ps -q -f name=^${STACK}_$1 | head -n 1 | xargs -I C docker exec C $2"
}
# Whatever deploy-stack has left on any host
left_behind() { local n; for n in $(seq "$HOSTS"); do on "$n" sh -c 'ls -d /run/deploy-stack.* /dev/shm/deploy-stack.* /tmp/deploy-stack.* 2>/dev/null' || true; done; }
nothing_left() { [ -z "$(left_behind)" ]; }
none_of_stack() {
	local kind
	for kind in service config secret network; do [ -z "$(on 1 docker "$kind" ls -q -f "label=com.docker.stack.namespace=$STACK")" ] || return 1; done
	[ -z "$(for n in $(seq "$HOSTS"); do on "$n" docker ps -aq -f "label=com.docker.stack.namespace=$STACK"; done)" ]
}
# ---- what is deployed ----

CONTENTS=(--config-files "{\"site\":\"$FILES/site\"}" --secret-env '{"pw":"PW"}' --secret-files "{\"key\":\"$FILES/key\"}")
export PW=hunter2-secret

# standard NAME...: an api with the config and a db with the secrets, and more services of these names
standard() {
	local name more=()
	for name; do more+=("$name" 1 ""); done
	printf 'one' >"$FILES/site"
	printf 'a\000b\n' >"$FILES/key"
	PW=hunter2-secret
	compose "${more[@]}" api 2 ""
	with '    configs: [site]'
	with "  db: { image: lab/busybox, command: $SLEEP, deploy: { replicas: 1 }, secrets: [pw, key], networks: [default, back] }
networks: { back: {} }"
}

# unseen NAME: what ran last has shown no secret
unseen() { if grep -qsF hunter2 "$WORK/out" "$WORK/err"; then failed "$1"; else passed "$1"; fi; }

# mutant helpers/swarm/stack_objects.c make_name: digest_hex() => 0
#   fails a config that changed: noticed
test_life() {
	local api db before
	standard extra
	deploy "${CONTENTS[@]}"
	expect_done "a stack: made" outcome deployed services 3 tasks 4
	unseen "a stack: no secret was shown"
	equal "a stack: its services are whole" 'web_api 2/2,web_db 1/1,web_extra 1/1' "$(services)"
	equal "a stack: a secret by a variable" hunter2-secret "$(in_task db 'cat /run/secrets/pw')"
	equal "a stack: a secret by a file, every byte of it" '61 00 62 0a' "$(in_task db "od -An -tx1 /run/secrets/key" | xargs)"
	equal "a stack: a config" one "$(in_task api 'cat /site')"
	check "a stack: nothing is left on the hosts" nothing_left
	describe "${CONTENTS[@]}"
	expect_done "a stack: described" state as-deployed whole true running 4

	api=$(running web_api) before=$(running web_db)
	deploy "${CONTENTS[@]}"
	expect_done "again: nothing to do" outcome unchanged tasks 4
	equal "again: the same tasks" "$api $before" "$(running web_api) $(running web_db)"

	printf 'two' >"$FILES/site"
	describe "${CONTENTS[@]}"
	expect_done "a config that changed: noticed" state other
	deploy "${CONTENTS[@]}"
	expect_done "a config that changed: applied" outcome deployed
	check "a config that changed: its service has new tasks" [ "$api" != "$(running web_api)" ]
	equal "a config that changed: the other has not" "$before" "$(running web_db)"
	equal "a config that changed: it is there" two "$(in_task api 'cat /site')"
	equal "a config that changed: the old one is gone" 1 "$(on 1 docker config ls -q -f name=web_site | wc -l)"

	PW=hunter2-other
	describe "${CONTENTS[@]}"
	expect_done "a secret that changed: noticed" state other
	db=$(running web_db) api=$(running web_api)
	deploy "${CONTENTS[@]}"
	expect_done "a secret that changed: applied" outcome deployed
	unseen "a secret that changed: none was shown"
	equal "a secret that changed: it is there" hunter2-other "$(in_task db 'cat /run/secrets/pw')"
	check "a secret that changed: its service has new tasks" [ "$db" != "$(running web_db)" ]
	equal "a secret that changed: the other has not" "$api" "$(running web_api)"
	equal "a secret that changed: the old one is gone" 1 "$(on 1 docker secret ls -q -f name=web_pw | wc -l)"

	on 1 docker service scale --detach web_api=1 >/dev/null
	describe "${CONTENTS[@]}"
	expect_done "changed by hand: noticed" state changed
	standard
	PW=hunter2-other
	deploy "${CONTENTS[@]}" --environment "{\"UNUSED\":\"it's \\\"\$HOME\"}"
	expect_done "a service less: applied" outcome deployed services 2
	equal "a service less: it is gone, and what was changed by hand is back" 'web_api 2/2,web_db 1/1' "$(services)"

	remove
	expect_done "removed" outcome removed
	check "removed: nothing of it is left" within 20 none_of_stack
	remove
	expect_done "removed again" outcome absent
	describe "${CONTENTS[@]}"
	expect_done "removed: described" state absent whole false
}

# ---- what fails ----

CRASH="sh -c 'echo starting; echo no database here; exit 3'"

ten() {
	local n all=()
	for n in $(seq 9); do all+=("s$n" 1 ""); done
	compose "${all[@]}" bad 2 "${1-$CRASH}"
}

# mutant helpers/swarm/stack_whole.c look: failures() => 0
#   fails one bad service of ten: it is named
test_one_bad_of_ten() {
	ten
	BEGAN=$SECONDS
	deploy --max-failures 3 --timeout 2m
	expect_error "one bad service of ten: it is named" 1 'service web_bad runs 0 of 2 tasks' "on $CLUSTER-" \
		'non-zero exit (3)' 'its last line: no database here'
	expect_said "one bad service of ten: its lines are shown" starting
	check "one bad service of ten: long before the time is up" took_at_most 60
	equal "one bad service of ten: the others run" 9 "$(services | tr , '\n' | grep -c ' 1/1')"
	check "one bad service of ten: nothing is left on the hosts" nothing_left
	ten "$SLEEP"
	deploy
	expect_done "one bad service of ten: mended" outcome deployed services 10 tasks 11

	compose s1 1 "" nowhere 1 ""
	sed -i 's/^  nowhere:/&\n    hostname: x/; $s/deploy: {/deploy: { placement: { constraints: [node.labels.none == here] },/' "$FILES/compose.yml"
	deploy --timeout 8s
	expect_error "a task that fits nowhere" 3 'service web_nowhere runs 0 of 1 tasks' 'is still pending' 'no suitable node'

	with '  wrong: { imagee: x }'
	deploy
	expect_error "a compose file that docker refuses" 1 'docker stack deploy:' imagee
	compose s1 1 ""
	with '    secrets: [unknown]'
	deploy
	expect_error "a secret that nobody gives" 1 'docker stack deploy:' unknown
	remove
	expect_done "failed stacks: removed" outcome removed
	check "failed stacks: nothing is left" within 20 none_of_stack
}

# mutant helpers/swarm/stack.c roll_back: bring() => 0
#   fails a bad version: the one before is back
test_rollback() {
	local before
	standard extra
	deploy "${CONTENTS[@]}"
	expect_done "a bad version: the one before is whole"
	before=$(result version)
	compose api 2 "$CRASH" db 1 "" new 1 ""
	with '    configs: [site]'
	printf 'three' >"$FILES/site"
	deploy "${CONTENTS[@]}" --on-failure rollback --max-failures 2
	expect_error "a bad version: refused and the one before is back" 1 'service web_api runs' 'no database here' \
		"version $before is back, and whole"
	equal "a bad version: the one before is back" 'web_api 2/2,web_db 1/1,web_extra 1/1' "$(services)"
	equal "a bad version: with its secret" hunter2-secret "$(in_task db 'cat /run/secrets/pw')"
	equal "a bad version: with its config" one "$(in_task api 'cat /site')"
	standard extra
	describe "${CONTENTS[@]}"
	expect_done "a bad version: described" state as-deployed whole true
	deploy "${CONTENTS[@]}"
	expect_done "a bad version: the one before is what there is" outcome unchanged version "$before"
	remove
	check "a bad version: nothing is left" within 20 none_of_stack

	compose api 1 "$CRASH"
	deploy --on-failure rollback --max-failures 2
	expect_error "a bad first version: stays" 1 'no version before it was whole'
	remove
}

# ---- managers that go ----

test_managers() {
	standard
	"$LAB" kill "$CLUSTER" "$(name 1)"
	deploy "${CONTENTS[@]}"
	expect_done "a manager is off: another one does it" outcome deployed
	expect_said "a manager is off: it says so" "asking manager $(addr 2)"
	"$LAB" boot "$CLUSTER" "$(name 1)"
	within 90 managers_reachable 2 >"$WORK/unreachable"

	printf 'two' >"$FILES/site"
	launch cut deploy "${CONTENTS[@]}"
	within 30 said_by cut 'deploying version'
	"$LAB" kill "$CLUSTER" "$(name 1)"
	finish cut
	expect_done "a manager goes meanwhile: another one goes on" outcome deployed
	"$LAB" boot "$CLUSTER" "$(name 1)"
	within 90 managers_reachable 2 >"$WORK/unreachable"
	within 90 all_ready 1 >"$WORK/unreachable"
	equal "a manager goes meanwhile: the stack is whole" 'web_api 2/2,web_db 1/1' "$(services)"
	check "a manager goes meanwhile: nothing is left on the hosts" nothing_left

	freeze 1 dockerd
	launch frozen remove
	within 60 said_by frozen 'asking manager'
	finish frozen
	thaw 1 dockerd
	expect_done "a manager does not answer: another one removes it" outcome removed
	check "a manager does not answer: nothing is left" within 30 none_of_stack
}

# ---- killed ----

# One run after another, each killed a moment later than the one before, until one is faster.
# killed_at SIGNAL DELAY FUNCTION...: whether it was still there to be killed
killed_at() {
	local signal=$1 delay=$2 process
	shift 2
	launch killed "$@"
	sleep "$delay"
	process=$(process_of killed) || { finish killed && return 1; }
	kill "-$signal" "$process" || { finish killed && return 1; }
	finish killed
}

test_killed() {
	local signal step n=0 kills=0
	for signal in KILL TERM; do
		for step in 'new config' 'new secret' 'deploying version' 'Creating service' 'running, '; do
			standard
			n=$((n + 1))
			printf 'content %s' "$n" >"$FILES/site"
			PW=hunter2-$n
			launch killed deploy "${CONTENTS[@]}"
			within 30 said_by killed "$step" || true
			kill "-$signal" "$(process_of killed)" 2>/dev/null && kills=$((kills + 1))
			finish killed
			deploy "${CONTENTS[@]}"
			expect_done "SIG$signal after \"$step\": the next run ends well"
			equal "SIG$signal after \"$step\": the stack is whole" 'web_api 2/2,web_db 1/1' "$(services)"
			equal "SIG$signal after \"$step\": with that content" "content $n" "$(in_task api 'cat /site')"
			equal "SIG$signal after \"$step\": and that secret" "hunter2-$n" "$(in_task db 'cat /run/secrets/pw')"
			equal "SIG$signal after \"$step\": nothing else is kept" '2 2' \
				"$(on 1 docker config ls -q | wc -l) $(on 1 docker secret ls -q | wc -l)"
			check "SIG$signal after \"$step\": nothing is left on the hosts" within 20 nothing_left
			[ "$((n % 2))" = 0 ] || { remove && expect_done "SIG$signal after \"$step\": removed"; }
		done
	done
	check "most of them were killed" [ "$kills" -ge 8 ]

	# what was killed on the host itself leaves a folder, which the next run removes
	on 1 sh -c 'mkdir -m 700 /run/deploy-stack.99999.x && echo secret >/run/deploy-stack.99999.x/config.json'
	deploy "${CONTENTS[@]}"
	check "a folder that was left behind: the next run removes it" nothing_left
	remove
}

test_killed_removals() {
	local signal step mended=yes
	standard
	for signal in KILL TERM; do
		for step in 0.1 0.3 0.6 1 2; do
			deploy "${CONTENTS[@]}" || true
			killed_at "$signal" "$step" remove || true
			remove
			[ "$CODE" = 0 ] || mended="exit code $CODE"
			within 20 none_of_stack || mended="something is left"
		done
	done
	equal "removals that are killed: the next one ends well" yes "$mended"
}

lab_begin "$HOSTS"
images $(seq "$HOSTS")
mkdir -p "$FILES"
new_swarm manager manager manager worker
play test_life test_one_bad_of_ten test_rollback test_managers test_killed test_killed_removals
finish_tests

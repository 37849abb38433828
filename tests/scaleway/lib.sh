# lib.sh - what the tests on Scaleway share: a fake of its API, a rig that boots a lab host
# for every server, and a copy of the tree to apply from.
#
# Sourced by tests/scaleway/test-*.sh, which tests/run runs in namespaces of their own.
# Every check prints "ok NAME" or "not ok NAME" and what came back.
# shellcheck shell=bash

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
LAB=$ROOT/scripts/lab
TF=${TF:-terraform}
WORK=$(mktemp -d /tmp/tsh-scw.XXXXXX)
TREE=$WORK/tree
LAB_NAME=scw
FAKE=http://127.0.0.1:4599
PUBLIC=203.0.113.0/24
# The address that network-up gives whoever runs terraform
export OPERATOR=203.0.113.1/32
FAILED=0

export LAB_STATE=$WORK/state PYTHONDONTWRITEBYTECODE=1 CHECKPOINT_DISABLE=1
# Keys of the fake's one user; nobody's.
export SCW_API_URL=$FAKE SCW_CONFIG_PATH=/nonexistent SCW_DISABLE_CHECKSUM_VALIDATION=1 \
	SCW_ACCESS_KEY=SCWXXXXXXXXXXXXXXXXX SCW_SECRET_KEY=11111111-2222-4333-8444-555555555555 \
	SCW_DEFAULT_PROJECT_ID=11111111-1111-4111-8111-111111111111 \
	SCW_DEFAULT_ORGANIZATION_ID=11111111-1111-4111-8111-111111111111

clean_up() {
	exec {RIG_IN}>&- || true
	[ -z "${FAKE_PID-}" ] || kill "$FAKE_PID" 2>/dev/null || true
	[ -z "${RIG_PID-}" ] || wait "$RIG_PID" 2>/dev/null || true
	"$LAB" purge >/dev/null 2>&1 || true
	rm -rf --one-file-system "$WORK"
}

# ---- checks ----

passed() { echo "ok $1"; }

# failed NAME [FILE]
failed() {
	echo "not ok $1"
	[ -z "${2-}" ] || tail -n 40 "$2" | sed 's/^/# /'
	FAILED=$((FAILED + 1))
}

# check NAME COMMAND...: passes if the command succeeds.
check() {
	local name=$1
	shift
	if "$@" >"$WORK/out" 2>&1; then passed "$name"; else failed "$name" "$WORK/out"; fi
}

# equal NAME WANTED GOT
equal() {
	if [ "$2" = "$3" ]; then
		passed "$1"
	else
		printf 'wanted: %s\ngot:    %s\n' "$2" "$3" >"$WORK/out"
		failed "$1" "$WORK/out"
	fi
}

# within SECONDS COMMAND...: repeats it until it succeeds.
within() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.2
	done
}

# ---- the fake and the rig ----

# ask METHOD PATH [JSON]: the fake's answer
ask() {
	local data=()
	[ -z "${3-}" ] || data=(--data "$3" -H 'Content-Type: application/json')
	curl -sS --fail --max-time 10 -X "$1" -H "X-Auth-Token: $SCW_SECRET_KEY" "${data[@]}" "$FAKE$2"
}

state() { ask GET /_fake/state | jq -c "$1"; }

begin() {
	trap clean_up EXIT
	trap 'exit 130' HUP INT TERM
	ssh-keygen -q -t ed25519 -N '' -C test -f "$WORK/key"
	ssh-keygen -q -t ed25519 -N '' -C stranger -f "$WORK/stranger"
	python3 "$ROOT/tests/scaleway/fake" 4599 2>"$WORK/fake.log" &
	FAKE_PID=$!
	within 10 ask GET /_fake/unknown >/dev/null 2>&1
	# The public network is all that the operator has a link to.
	"$LAB" network-up "$LAB_NAME" "$PUBLIC"
	mkdir "$WORK/rig"
	exec {RIG_IN}> >(exec "$ROOT/tests/scaleway/rig" "$FAKE" "$LAB_NAME" "$WORK/rig" 2>"$WORK/rig.log")
	RIG_PID=$!
	ask POST /iam/v1alpha1/ssh-keys "$(jq -n --arg key "$(cat "$WORK/key.pub")" \
		'{name: "test", public_key: $key, project_id: env.SCW_DEFAULT_PROJECT_ID}')" >/dev/null
	copy_tree
}

# The checkout stays as it is; the executables are those that make built.
copy_tree() {
	mkdir -p "$TREE/tests"
	cp -R "$ROOT/modules" "$ROOT/terraform" "$ROOT/scripts" "$TREE/"
	cp -R "$ROOT/tests/scaleway" "$TREE/tests/"
	ln -s "$ROOT/bin" "$TREE/bin"
	find "$TREE" \( -name '.terraform*' ! -name '*.tf' -o -name '*.tfstate*' -o -name '*.tfvars' \) \
		-prune -exec rm -rf {} +
}

# ends with the fake's list of what it does not know, and with the sum of the checks
finish() {
	equal "the fake knew every call" '[]' "$(ask GET /_fake/unknown | jq -c .)"
	[ "$FAILED" = 0 ] || { sed 's/^/# rig: /' "$WORK/rig.log" | tail -n 40; exit 1; }
}

# ---- terraform, in the folder DIR of the tree ----

init() {
	DIR=$TREE/$1
	"$ROOT/scripts/providers" init "$DIR" "$TF" >"$WORK/init" 2>&1 || { failed "init $1" "$WORK/init"; exit 1; }
	eval "$("$ROOT/scripts/providers" env)"
}

workspace() { "$TF" -chdir="$DIR" workspace select -or-create "$1" >/dev/null; }

tf() {
	local command=$1
	shift
	timeout "${TF_CAP:-300}" "$TF" -chdir="$DIR" "$command" -no-color "$@" </dev/null
}

# apply NAME OPTION...: that it succeeds is a check; OPTIONs stay for empty_plan.
apply() {
	local name=$1
	shift
	OPTIONS=("$@")
	if tf apply -auto-approve "$@" >"$WORK/apply" 2>&1; then passed "$name"; else failed "$name" "$WORK/apply"; fi
}

empty_plan() { check "$1" tf plan -detailed-exitcode "${OPTIONS[@]}"; }

destroy() {
	if tf destroy -auto-approve "${OPTIONS[@]}" >"$WORK/destroy" 2>&1; then
		passed "$1"
	else
		failed "$1" "$WORK/destroy"
	fi
}

# fails NAME TEXT... -- OPTION...: an apply that fails and says each text, line breaks aside
fails() {
	local name=$1 texts=() said
	shift
	while [ "$1" != -- ]; do
		texts+=("$1")
		shift
	done
	shift
	if tf apply -auto-approve "$@" >"$WORK/apply" 2>&1; then
		failed "$name: it succeeded" "$WORK/apply"
		return
	fi
	said=$(sed 's/^[│╷╵]//' "$WORK/apply" | tr -s '\n ' ' ')
	for text in "${texts[@]}"; do
		[[ $said == *"$text"* ]] || { failed "$name: it does not say \"$text\"" "$WORK/apply"; return; }
	done
	passed "$name"
}

# ---- hosts and their swarm ----

# on NODE COMMAND...: in the lab host of that name
on() { "$LAB" exec "$LAB_NAME" "$1" -- "${@:2}"; }

# nodes NODE: "name role state address" of every node of its swarm, sorted, in one line
nodes() {
	on "$1" sh -c 'docker node ls -q | xargs docker node inspect --format \
		"{{.Description.Hostname}} {{.Spec.Role}} {{.Status.State}} {{.Status.Addr}}"' | sort | paste -sd, -
}

names_of() { nodes "$1" | tr ',' '\n' | awk '{ print $1 "=" $2 "=" $3 }' | paste -sd' ' -; }

has_power() { "$LAB" list "$LAB_NAME" | awk '$3 == "on" { print $2 }' | sort | paste -sd' ' -; }

# ---- what the fake holds ----

# Waits until every host that the fake does not have is gone, then says what it still has.
nothing_left() {
	equal "$1: nothing is left at Scaleway" '["key"]' "$(state keys)"
	check "$1: no host has power" within 20 no_power
}

no_power() { [ -z "$(has_power)" ]; }

# In the last destroy, every leave was over before anything of Scaleway's went.
leaves_first() {
	local last first
	last=$(grep -n 'terraform_data.leave\[.*Destruction complete' "$WORK/destroy" | tail -n 1 | cut -d: -f1) || true
	first=$(grep -nE ' ?(module\.[a-z]+\.)?scaleway_[a-z_]+\.[^ ]+: Destroying' "$WORK/destroy" |
		grep -vE 'scaleway_instance_server' | head -n 1 | cut -d: -f1) || true
	if [ -n "$last" ] && [ -n "$first" ] && [ "$last" -lt "$first" ]; then
		passed "$1: rules, addresses and networks went after every leave"
	else
		failed "$1: rules, addresses and networks went after every leave" "$WORK/destroy"
	fi
}

# ---- work for a swarm ----

# start_work MANAGER REPLICAS NODE...: a service on these hosts whose tasks need 10 s to stop
start_work() {
	local manager=$1 replicas=$2
	give_image "${@:3}"
	on "$manager" docker service create -q --detach=false --no-resolve-image --name work --replicas "$replicas" \
		--stop-grace-period 30s lab/busybox sh -c \
		'trap "sleep 10; exit 0" TERM; while :; do sleep 0.2; done' >/dev/null
}

give_image() {
	local node
	for node; do "$LAB" image "$LAB_NAME" "$node" >/dev/null; done
}

# Writes down how each task's container on NODE ends; there is nobody to ask afterwards.
watch_ends() {
	on "$1" docker events --filter event=die --filter label=com.docker.swarm.node.id \
		--format '{{.Actor.Attributes.exitCode}}' >"$WORK/ends-$1" 2>/dev/null &
}

# ended_well NODE: at least one task ended there, and none was killed
ended_well() { grep -qx 0 "$WORK/ends-$1" && ! grep -qvx 0 "$WORK/ends-$1"; }

replicas() { on "$1" docker service ls --format '{{.Replicas}}'; }

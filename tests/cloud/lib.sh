# lib.sh - what the tests of all clouds share: terraform in a copy of the tree, and
# the lab hosts that an emulator bridge (hosts.py) powers on.
#
# Sourced by the lib.sh of a cloud, which sets LAB_NAME, the name of the lab, and
# PUBLIC, the network of public addresses, before. Tests are run by tests/run in namespaces
# of their own. Every check prints "ok NAME" or "not ok NAME" and what came back.
# shellcheck shell=bash

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
LAB=$ROOT/scripts/lab
TF=${TF:-terraform}
WORK=$(mktemp -d "/tmp/tsh-$LAB_NAME.XXXXXX")
TREE=$WORK/tree
# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
. "$ROOT/tests/lib/check.sh"

export LAB_STATE=$WORK/state PYTHONDONTWRITEBYTECODE=1 CHECKPOINT_DISABLE=1

# A cloud adds what it started to STARTED.
STARTED=()
clean_up() {
	local pid
	[ -z "${BRIDGE_IN-}" ] || exec {BRIDGE_IN}>&- || true
	[ -z "${BRIDGE_PID-}" ] || wait "$BRIDGE_PID" 2>/dev/null || true
	for pid in "${STARTED[@]}"; do kill "$pid" 2>/dev/null || true; done
	"$LAB" purge >/dev/null 2>&1 || true
	rm -rf --one-file-system "$WORK"
}

begin_cloud() {
	trap clean_up EXIT
	trap 'exit 130' HUP INT TERM
	ssh-keygen -q -t ed25519 -N '' -C test -f "$WORK/key"
	copy_tree
	# The public network is all that the operator has a link to.
	"$LAB" network-up "$LAB_NAME" "$PUBLIC"
}

# start_bridge COMMAND...: it ends when this script does.
start_bridge() {
	mkdir "$WORK/bridge"
	exec {BRIDGE_IN}> >(exec "$@" 2>"$WORK/bridge.log")
	BRIDGE_PID=$!
}

# The checkout stays as it is; the executables are those that make built.
copy_tree() {
	mkdir -p "$TREE"
	cp -R "$ROOT/modules" "$ROOT/terraform" "$ROOT/scripts" "$TREE/"
	ln -s "$ROOT/bin" "$TREE/bin"
	find "$TREE" \( -name '.terraform*' -o -name '*.tfstate*' -o -path '*/terraform/*/clusters/*' ! -name example.yaml \) -prune -exec rm -rf {} +
}

finish_cloud() {
	all_played
	[ "$FAILED" = 0 ] || { [ ! -e "$WORK/bridge.log" ] || sed 's/^/# bridge: /' "$WORK/bridge.log" | tail -n 60; exit 1; }
}

# ---- terraform, in the folder DIR of the tree ----

init() {
	DIR=$TREE/$1
	"$ROOT/scripts/providers" init "$DIR" "$TF" >"$WORK/init" 2>&1 || { failed "init $1" "$WORK/init"; exit 1; }
	eval "$("$ROOT/scripts/providers" env)"
}

workspace() {
	WORKSPACE=$1
	"$TF" -chdir="$DIR" workspace select -or-create "$1" >/dev/null
}

# cluster OBJECT...: what the workspace's file says from now on, of objects as jq takes them, the
# later laid over the earlier. JSON is YAML.
cluster() { jq -n "{}$(printf ' * %s' "$@")" >"$DIR/clusters/$WORKSPACE.yaml"; }

tf() {
	local command=$1
	shift
	timeout "${TF_LIMIT:-600}" "$TF" -chdir="$DIR" "$command" -no-color "$@" </dev/null
}

# apply NAME OPTION...: that it succeeds is a check; OPTIONs stay for empty_plan.
apply() {
	local name=$1
	shift
	OPTIONS=("$@")
	if tf apply -auto-approve "$@" >"$WORK/apply" 2>&1; then passed "$name"; else failed "$name" "$WORK/apply"; fi
}

# no_executables: an apply without them is refused before anything is made.
no_executables() {
	mv "$TREE/bin" "$TREE/elsewhere"
	fails apply "no executables" "not on PATH; run make in the checkout of terraform-swarm-helpers" --
	equal "no executables: nothing is made" '' "$("$TF" -chdir="$DIR" state list 2>/dev/null | grep -v '\bdata\.' || true)"
	mv "$TREE/elsewhere" "$TREE/bin"
}

empty_plan() { check "$1" tf plan -detailed-exitcode "${OPTIONS[@]}"; }

# untouched OPTION...: a plan with the last OPTIONS and these changes no resource; outputs may
untouched() {
	tf plan "${OPTIONS[@]}" "$@" >"$WORK/plan" 2>&1 || { cat "$WORK/plan"; return 1; }
	! grep -E '^  # .* (will|must) be' "$WORK/plan"
}

destroy() {
	if tf destroy -auto-approve "${OPTIONS[@]}" >"$WORK/destroy" 2>&1; then
		passed "$1"
	else
		failed "$1" "$WORK/destroy"
	fi
}

# What the last apply said, as one line without the frames of errors
said() { sed 's/^[│╷╵]//' "$WORK/apply" | tr -s '\n ' ' '; }

# fails COMMAND NAME TEXT... -- OPTION...: it fails and says each text
fails() {
	local command=$1 name=$2 texts=() options=() text
	shift 2
	while [ "$1" != -- ]; do
		texts+=("$1")
		shift
	done
	shift
	[ "$command" != apply ] || options=(-auto-approve)
	if tf "$command" "${options[@]}" "$@" >"$WORK/apply" 2>&1; then
		failed "$name: it succeeded" "$WORK/apply"
		return
	fi
	for text in "${texts[@]}"; do
		[[ $(said) == *"$text"* ]] || { failed "$name: it does not say \"$text\"" "$WORK/apply"; return; }
	done
	passed "$name"
}

# went_after NAME FIRST SECOND [LOG]: in the last destroy, or in another LOG of Terraform's, all
# that matches FIRST was gone before anything that matches SECOND began to go. Both have to be
# there.
went_after() {
	local last first log=${4-$WORK/destroy}
	last=$(grep -nE "$2.*: (Destruction complete|Still destroying)" "$log" | tail -n 1 | cut -d: -f1) || true
	first=$(grep -nE "$3.*: Destroying" "$log" | head -n 1 | cut -d: -f1) || true
	if [ -n "$last" ] && [ -n "$first" ] && [ "$last" -lt "$first" ]; then
		passed "$1"
	else
		failed "$1" "$log"
	fi
}

# ---- hosts and their swarm ----

# on NODE COMMAND...: in the lab host of that name
on() { "$LAB" exec "$LAB_NAME" "$1" -- "${@:2}"; }

# nodes NODE: "name role state address" of every node of its swarm, sorted, a line each
nodes() {
	on "$1" sh -c 'docker node ls -q | xargs docker node inspect --format \
		"{{.Description.Hostname}} {{.Spec.Role}} {{.Status.State}} {{.Status.Addr}}"' | sort
}

# names_of NODE: the same as "name=role=state", in one line
names_of() { nodes "$1" | awk '{ print $1 "=" $2 "=" $3 }' | paste -sd' ' -; }

# ready CLUSTER MANAGERS WORKERS: what names_of says of that many nodes, all ready
ready() {
	{
		for n in $(seq "$2"); do echo "$1-manager-$n=manager=ready"; done
		for n in $(seq "$3"); do echo "$1-worker-$n=worker=ready"; done
	} | paste -sd' ' -
}

has_power() { "$LAB" list "$LAB_NAME" | awk '$3 == "on" { print $2 }' | sort | paste -sd' ' -; }
no_power() { [ -z "$(has_power)" ]; }

# reaches ADDRESS PORT: whether the operator gets a connection
reaches() { timeout 2 bash -c "exec 3<>/dev/tcp/$1/$2" 2>/dev/null; }
closed() { ! reaches "$1" "$2"; }

# ---- work for a swarm ----

give_image() {
	local node
	for node; do "$LAB" image "$LAB_NAME" "$node" >/dev/null; done
}

# start_work MANAGER REPLICAS NODE...: a service on these hosts whose tasks need 10 s to stop
start_work() {
	local manager=$1 replicas=$2
	give_image "${@:3}"
	on "$manager" docker service create -q --detach=false --no-resolve-image --name work --replicas "$replicas" \
		--stop-grace-period 30s lab/busybox sh -c \
		'trap "sleep 10; exit 0" TERM; while :; do sleep 0.2; done' >/dev/null
}

# spread_work MANAGER REPLICAS: anew over all nodes there are
spread_work() {
	on "$1" docker service update -q --detach=false --force --no-resolve-image --replicas "$2" work >/dev/null
}

# Writes down how each task's container on NODE ends; there is nobody to ask afterwards.
watch_ends() {
	on "$1" docker events --filter event=die --filter label=com.docker.swarm.node.id \
		--format '{{.Actor.Attributes.exitCode}}' >"$WORK/ends-$1" 2>/dev/null &
}

# ended_well NODE: at least one task ended there, and none was killed
ended_well() { grep -qx 0 "$WORK/ends-$1" && ! grep -qvx 0 "$WORK/ends-$1"; }

replicas() { on "$1" docker service ls --format '{{.Replicas}}'; }

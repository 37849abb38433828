# Shared by the tests that see what runs when a cluster changes: modules/swarm with
# executables that only log (helpers/stub), on machines that only log (cluster/).
# shellcheck shell=bash

# shellcheck source=tests/terraform/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# shellcheck disable=SC2034 # for those that source this
{
	M1='m1={role="manager"}' M2='m2={role="manager"}' M3='m3={role="manager"}'
	W1='w1={role="worker"}' W2='w2={role="worker"}'
}

# What is given to terraform beside the nodes
EXTRA=()

set_up() {
	local host
	copy_tree
	CLUSTER=$TREE/tests/terraform/cluster
	LOGS=$TREE/logs
	mkdir "$LOGS" "$TREE/swarm" "$TREE/keys"
	stub_helpers "$TREE/bin"
	: >"$CLUSTER/prepare.sh"
	# What it does is looked at in the file.
	cp "$ROOT/bin/forget-host" "$TREE/bin/"
	ssh-keygen -q -t ed25519 -N '' -f "$TREE/key"
	for host in m1 m2 m3 w1 w2; do
		printf 'host-%s %s\n' "$host" "$(cut -d' ' -f1,2 "$TREE/key.pub")"
	done >"$TREE/known_hosts"
	export STUB_LOG=$LOGS/log STUB_SWARM=$TREE/swarm STUB_KEYS=$TREE/keys TF_VAR_helpers=$TREE/bin TF_VAR_known_hosts=$TREE/known_hosts
	"$ROOT/scripts/providers" init "$CLUSTER" "$TF" 2>"$LOGS/init" || { cat "$LOGS/init"; exit 1; }
}

tf() {
	local command=$1
	shift
	"$TF" -chdir="$CLUSTER" "$command" -no-color "$@"
}

# apply NODE...: the cluster of just these nodes. The arguments stay for empty_plan.
apply() {
	local IFS=,
	NODES="nodes={$*}"
	: >"$STUB_LOG"
	tf apply -auto-approve -var "$NODES" "${EXTRA[@]}" >"$LOGS/out" 2>&1
}

destroy() {
	: >"$STUB_LOG"
	tf destroy -auto-approve -var "$NODES" "${EXTRA[@]}" >"$LOGS/out" 2>&1
}

succeeds() {
	local name=$1
	shift
	if "$@"; then passed "$name"; else failed "$name" "$LOGS/out"; fi
}

refused() {
	local name=$1
	shift
	if "$@"; then failed "$name" "$LOGS/out"; else passed "$name"; fi
}

empty_plan() {
	tf plan -detailed-exitcode -var "$NODES" "${EXTRA[@]}" >"$LOGS/plan" 2>&1
}

plan_is_empty() { check "$1: the next plan is empty" empty_plan; }

# Every line that was logged, sorted, in one line; what ran more than once has that
# beside it.
ran() { sort "$STUB_LOG" | uniq -c | counted | paste -sd, -; }

counted() { awk '{ print $2 ($3 ? " " $3 : "") ($1 == 1 ? "" : " x" $1) }'; }

# How the plan's resources change, less the ones of the named node
changed_besides() {
	grep -E '^  # .* (will|must) be' "$LOGS/out" | grep -v "\"$1\"" | sed 's/^  # //' | paste -sd, -
}

# before NAME FIRST SECOND: every line that matches FIRST is before every line
# that matches SECOND, and there is one of each
before() {
	local last first
	last=$(grep -nE "$2" "$STUB_LOG" | tail -n 1 | cut -d: -f1) || true
	first=$(grep -nE "$3" "$STUB_LOG" | head -n 1 | cut -d: -f1) || true
	if [ -n "$last" ] && [ -n "$first" ] && [ "$last" -lt "$first" ]; then
		passed "$1"
	else
		failed "$1" "$STUB_LOG"
	fi
}

known() { cut -d' ' -f1 "$TREE/known_hosts" | sort | paste -sd' ' -; }

asked() { cat "$LOGS/$1.$2.json"; }

# What is new is known by the second of its plan: the next plan is in another one.
next_second() {
	local now
	now=$(date +%s)
	while [ "$(date +%s)" = "$now" ]; do sleep 0.1; done
}

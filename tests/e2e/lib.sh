# shellcheck shell=bash
# lib.sh - what the end-to-end tests share: a copy of the roots and modules to run
# Terraform in, and clusters of terraform/lab. TF=tofu runs them with OpenTofu.

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
TF=${TF:-terraform}
WORK=$(mktemp -d /tmp/tsh-e2e.XXXXXX)
TREE=$WORK/tree
LAB_ROOT=$TREE/terraform/lab
LAB=$TREE/scripts/lab
# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
. "$ROOT/tests/lib/check.sh"
# What Terraform is given besides, by workspace
declare -A SUBNET
export LAB_STATE=$WORK/state TF_IN_AUTOMATION=1 TF_INPUT=0

clean_up() {
	"$LAB" purge >/dev/null || true
	rm -rf --one-file-system "$WORK"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

# ---- Terraform ----

# The checkout stays as it is. fetch-tokens is wrapped to see what Terraform asks it.
copy_tree() {
	local helper
	mkdir -p "$TREE" "$WORK/helpers" "$WORK/asked"
	cp -R "$ROOT/modules" "$ROOT/terraform" "$ROOT/scripts" "$TREE/"
	find "$TREE" \( -name .terraform -o -name '*.tfstate*' -o -name '.terraform.lock.hcl' -o -name '*.tfvars' \) -prune -exec rm -rf {} +
	rm -f "$TREE"/terraform/*/.swarm/*.* "$TREE"/terraform/*/clusters/*.yaml
	for helper in "$ROOT"/bin/*; do
		ln -s "$helper" "$WORK/helpers/${helper##*/}"
	done
	rm "$WORK/helpers/fetch-tokens"
	cat >"$WORK/helpers/fetch-tokens" <<-WRAPPER
		#!/bin/sh
		[ "\$1" != --version ] || exec "$ROOT/bin/fetch-tokens" --version
		cat >"$WORK/asked/query"
		"$ROOT/bin/fetch-tokens" "\$@" <"$WORK/asked/query" | tee "$WORK/asked/result"
	WRAPPER
	chmod +x "$WORK/helpers/fetch-tokens"
}

init_root() {
	copy_tree
	"$ROOT/scripts/providers" init "$LAB_ROOT" "$TF" >"$WORK/init" 2>&1 || { cat "$WORK/init" && exit 1; }
	eval "$("$ROOT/scripts/providers" env)"
}

# tf CLUSTER COMMAND ARGUMENT...: Terraform in the workspace of the cluster
tf() {
	local cluster=$1 command=$2
	shift 2
	TF_WORKSPACE=$cluster "$TF" -chdir="$LAB_ROOT" "$command" "$@"
}

# cluster_file CLUSTER [LINE...]: the lines are the cluster's file; without, it has none.
cluster_file() {
	local file=$LAB_ROOT/clusters/$1.yaml
	shift
	rm -f "$file"
	[ $# = 0 ] || printf '%s\n' "$@" >"$file"
}

# The variables of a cluster
settings() { printf -- '-var\nsubnet=%s\n-var\nhelpers=%s\n' "${SUBNET[$1]}" "$WORK/helpers"; }

# apply CLUSTER ARGUMENT...: the arguments stay for empty_plan and destroy.
apply() {
	local cluster=$1
	shift
	mapfile -t "ARGUMENTS" < <(settings "$cluster")
	ARGUMENTS+=("$@")
	tf "$cluster" apply -no-color -auto-approve "${ARGUMENTS[@]}" >"$WORK/apply.log" 2>&1 ||
		{ cat "$WORK/apply.log" && return 1; }
}

empty_plan() { tf "$1" plan -no-color -detailed-exitcode "${ARGUMENTS[@]}"; }

# changed CLUSTER ARGUMENT...: an apply, and the plan after it is empty.
changed() {
	local name=$1 cluster=$2
	shift 2
	check "$name" apply "$cluster" "$@"
	check "$name: the next plan is empty" empty_plan "$cluster"
}

destroy() { tf "$1" destroy -no-color -auto-approve "${ARGUMENTS[@]}"; }

output() { tf "$1" output -json "$2" | jq -c .; }

state_file() { printf '%s/terraform.tfstate.d/%s/terraform.tfstate\n' "$LAB_ROOT" "$1"; }

# ---- the cluster ----

# on HOST COMMAND...: the cluster is the first part of the host's name.
on() {
	local host=$1
	shift
	"$LAB" exec "${host%%-*}" "$host" -- "$@"
}

# "HOST ROLE AVAILABILITY" of every node that is Ready, else its state, as CLUSTER's first
# manager sees them
nodes() {
	on "$1-manager-1" docker node ls --format '{{.Hostname}} {{.Status}} {{.Availability}} {{.ManagerStatus}}' |
		sed -e 's/Leader$/manager/; s/Reachable$/manager/; s/ $/ worker/; s/Ready Active //' | sort | paste -sd , -
}

node_id() { on "$1" docker info --format '{{.Swarm.NodeID}}'; }

give_images() {
	local host
	for host in $("$LAB" list "$1" | cut -f 2); do
		"$LAB" image "$1" "$host"
	done
}

replicas() { on "$1-manager-1" docker service ls --filter "name=$2" --format '{{.Replicas}}'; }

replicas_are() { [ "$(replicas "$1" "$2")" = "$3/$3" ]; }

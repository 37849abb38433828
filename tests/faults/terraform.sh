# terraform.sh - what the tests of faults share that run Terraform: one of the roots, in a copy
# of the tree, so that no workspace of the checkout is touched. Sourced after lib.sh.
# shellcheck shell=bash

TF=${TF:-terraform}
TREE=$WORK/tree

# begin_root NAME: from here on tf runs in terraform/NAME, in a workspace named as the cluster.
begin_root() {
	DIR=$TREE/terraform/$1
	mkdir "$TREE"
	cp -R "$ROOT/modules" "$ROOT/terraform" "$ROOT/scripts" "$TREE/"
	rm -rf "$DIR"/{.terraform,.terraform.lock.hcl,terraform.tfstate.d,terraform.tfvars}
	find "$DIR/.swarm" -type f ! -name '.gitignore' -delete
	ln -s "$BIN" "$TREE/bin"
	[ -e "${TF_CLI_CONFIG_FILE:-/}" ] || unset TF_CLI_CONFIG_FILE
	export TF_IN_AUTOMATION=1 TF_INPUT=0 TF_WORKSPACE=$CLUSTER
	"$ROOT/scripts/providers" init "$DIR" "$TF" >"$WORK/out" 2>"$WORK/err" || failed "terraform init"
}

# at NAME COMMAND...: in the host of that name, as the configuration has it.
at() {
	local host=$1
	shift
	"$LAB" exec "$CLUSTER" "$host" -- "$@"
}

# tf COMMAND [OPTION...]: its exit code in CODE, its output in $WORK/out and $WORK/err.
tf() {
	CODE=0
	timeout 600 "$TF" -chdir="$DIR" "$1" -no-color "${@:2}" >"$WORK/out" 2>"$WORK/err" || CODE=$?
}

# tf_hosts COMMAND ENTRIES [OPTION...]: in terraform/hosts, with these entries of the hosts in
# the cluster's file, and $SWARM, if set, as settings of its swarm.
tf_hosts() {
	cat >"$DIR/clusters/$CLUSTER.yaml" <<-EOF
		ssh: { private_key: $WORK/key }
		swarm: { prepare: false, ${SWARM-} }
		hosts: { $2 }
	EOF
	tf "$1" "${@:3}"
}

# What both streams said, as one line without the frames of errors
tf_said() { cat "$WORK/out" "$WORK/err" | sed 's/^[│╷╵]//' | tr -s '\n ' ' '; }

# expect NAME CODE [TEXT]: how the last one ended, and what it has to have said. A plan is
# long, and what matters of it is at its end.
expect() {
	if [ "$CODE" = "$2" ] && [[ $(tf_said) == *"${3-}"* ]]; then
		passed "$1"
		return
	fi
	tail -n 40 "$WORK/out" >"$WORK/end"
	mv "$WORK/end" "$WORK/out"
	failed "$1: exit code $CODE, not $2${3:+, with \"$3\"}"
}

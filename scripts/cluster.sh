# shellcheck shell=bash
# cluster.sh - what scripts/demo and scripts/play share: Terraform in the root terraform/lab.

CHECKOUT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
LAB_ROOT=$CHECKOUT/terraform/lab
# What runs in a process group of its own, if anything does, and how long it may take to
# end when it is told to, in tenths of a second
CHILD=
CHILD_END=100
export PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

die() {
	say "$*"
	exit 1
}

# Terraform or OpenTofu, as TF or PATH says
cluster_terraform() {
	TF=${TF:-$(command -v terraform || command -v tofu || true)}
	[ -n "$TF" ] || die "neither terraform nor tofu is on PATH: install Terraform 1.9 or newer, or OpenTofu"
	[ "$(id -u)" = 0 ] || die "the lab's hosts are made of namespaces, which needs root; run it as root"
	unset TF_CLI_ARGS TF_LOG
}

# Gets the providers, and makes later calls of Terraform find them.
cluster_init() {
	local said
	said=$("$CHECKOUT/scripts/providers" init "$LAB_ROOT" "$TF" 2>&1) || die "$said"
	eval "$("$CHECKOUT/scripts/providers" env)"
}

# Runs a command in a process group of its own, so that an interrupt stops it when we say
# so, and that all of it can be stopped.
in_group() {
	local status=0
	setsid "$@" </dev/null &
	CHILD=$!
	wait "$CHILD" || status=$?
	CHILD=
	return "$status"
}

tf() { in_group "$TF" -chdir="$LAB_ROOT" "$@"; }

# Ends what in_group runs: Terraform may write its state, but nothing waits for long.
stop_child() {
	local tries
	[ -n "$CHILD" ] || return 0
	kill -TERM -- "-$CHILD" 2>/dev/null || true
	for ((tries = 0; tries < CHILD_END; tries++)); do
		kill -0 -- "-$CHILD" 2>/dev/null || break
		sleep 0.1
	done
	kill -KILL -- "-$CHILD" 2>/dev/null || true
	wait "$CHILD" 2>/dev/null || true
	CHILD=
}

# Takes a workspace's hosts and files away, whatever state they are in.
cluster_forget() {
	"$CHECKOUT/scripts/lab" purge "$1"
	rm -rf "${LAB_ROOT:?}/terraform.tfstate.d/$1"
	rmdir "$LAB_ROOT/terraform.tfstate.d" 2>/dev/null || true
	rm -f "$LAB_ROOT/.swarm/$1."*
}

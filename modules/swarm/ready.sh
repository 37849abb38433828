#!/bin/sh
# Runs a program for a machine that is ready for it, and fails for one that is not:
#
#   ready.sh join [PROGRAM ARG...]  a machine that is in no swarm is prepared before, where this run
#                                   has not done so: in an earlier one that may have failed
#   ready.sh look                   the same, where an earlier run has done so, too
#   ready.sh again                  it is prepared, where neither has done so
#
# SWARM_NAME, SWARM_PLAN, SWARM_TRIED and SWARM_BEFORE (IDs) say which machine, for tried.sh. SWARM_PREPARE is
# prepare-node; SWARM_PREPARE_QUERY what it is asked, empty where nothing is to be prepared;
# SWARM_MEMBER_QUERY the same with the script that says whether the machine is in a swarm.
set -eu
# What Terraform interrupts is this script alone; the executables look for its parent.
export SWARM_STARTED_BY="${SWARM_STARTED_BY:-$PPID}"

here=${0%/*}
mode=${1:-join}
shift $(($# > 0))
lock=${TF_DATA_DIR:-.terraform}/swarm-tried/$SWARM_TRIED.lock

# What this run has said of the machine: outcome, as tried.sh has it, and the reason.
look() {
	outcome=0
	reason=$("$here/tried.sh" said "$SWARM_PLAN" "$SWARM_TRIED$1") || outcome=$?
	[ "$outcome" != 3 ] || [ "$mode" != look ] || outcome=2
}

# Two of these may run at once for one machine. A folder that cannot be made is no lock, and one
# whose maker has been killed is nobody's.
acquire() {
	unnamed=0
	until mkdir "$lock" 2>/dev/null; do
		[ -d "$lock" ] || return 0
		holder=$(cat "$lock/holder" 2>/dev/null) || holder=
		[ -n "$holder" ] || unnamed=$((unnamed + 1))
		if [ "$unnamed" -gt 5 ] || { [ -n "$holder" ] && ! kill -0 "$holder" 2>/dev/null; }; then
			rm -rf "$lock"
		else
			sleep 1
		fi
	done
	echo $$ >"$lock/holder"
}

ask() { "$here/tried.sh" run "$SWARM_PLAN" "$SWARM_TRIED$1" "$SWARM_BEFORE" "$SWARM_PREPARE" --query-env "$2"; }

# A machine whose engine cannot say, but has been in a swarm, is left as it is.
is_member() {
	answer=$(mktemp)
	ask .member SWARM_MEMBER_QUERY >"$answer"
	member=$(cat "$answer")
	rm -f "$answer"
	look .member
	if [ "$outcome" = 1 ]; then
		"$here/tried.sh" failed "$SWARM_PLAN" "$SWARM_TRIED" "$reason"
		return 0
	fi
	outcome=0
	case $member in *'"none"'* | *'"inactive"'*) return 1 ;; esac
}

make_ready() {
	acquire
	look ''
	if [ "$outcome" = 2 ] && { [ "$mode" = again ] || ! is_member; }; then
		ask '' SWARM_PREPARE_QUERY
		look ''
	fi
	rm -rf "$lock"
}

[ -n "$SWARM_TRIED" ] || exec "$@"
look ''
if [ "$outcome" = 2 ] && [ -n "$SWARM_PREPARE_QUERY" ]; then make_ready; fi
if [ "$outcome" = 1 ]; then
	printf '%s is not ready, and waits for the next apply: %s\n' "$SWARM_NAME" "$reason" >&2
	exit 1
fi
[ $# = 0 ] || exec "$@"

#!/bin/sh
# Puts a swarm back on a manager, from an archive, where there is none, and then goes on:
#
#   restore.sh PROGRAM [ARG...]   PROGRAM is init.sh
#
# Nothing is restored where a manager is in a swarm by its own word, and nothing is made where one
# does not say: a swarm that lives has more than any archive. SWARM_RESTORE is restore-swarm,
# SWARM_RESTORE_QUERY what it is asked, SWARM_RESTORE_ON the number of the manager that it is for. The
# managers are those of init.sh; each has its SWARM_STATE_QUERY as well, for SWARM_PREPARE.
set -eu
# What Terraform interrupts is this script alone; the executables look for its parent.
export SWARM_STARTED_BY="${SWARM_STARTED_BY:-$PPID}"

here=${0%/*}

# of I WHAT
of() { eval "printf '%s' \"\$SWARM_$2_$1\""; }

fail() {
	printf 'nothing is restored, and no swarm is made: %s\n' "$1" >&2
	exit 1
}

# What this run knows already is not waited for again.
state() {
	if reason=$("$here/tried.sh" said "$SWARM_PLAN" "$(of "$1" TRIED)"); then :; else
		[ $? != 1 ] || fail "$(of "$1" NAME) may be in a swarm, and is not ready: $reason"
	fi
	SWARM_ASKED=$(of "$1" STATE_QUERY) && export SWARM_ASKED
	answer=$("$SWARM_PREPARE" --query-env SWARM_ASKED) || fail "$(of "$1" NAME) may be in a swarm, and does not say"
	answer=${answer#*'"last_line":"'}
	state=${answer%%'"'*}
}

# Whether that manager, or one before it, is in a swarm.
lives() {
	state "$1"
	case $state in
	none | inactive) return 1 ;;
	restoring) [ "$1" != "$SWARM_RESTORE_ON" ] || return 1 ;;
	esac
	printf '%s is in a swarm (%s): nothing is restored\n' "$(of "$1" NAME)" "$state" >&2
}

i=1
while [ "$i" -le "$SWARM_COUNT" ]; do
	if lives "$i"; then exec "$@"; fi
	i=$((i + 1))
done
i=$SWARM_RESTORE_ON
SWARM_NAME=$(of "$i" NAME) SWARM_TRIED=$(of "$i" TRIED) SWARM_BEFORE=$(of "$i" BEFORE) \
	SWARM_PREPARE_QUERY=$(of "$i" PREPARE_QUERY) SWARM_MEMBER_QUERY=$(of "$i" MEMBER_QUERY) "$here/ready.sh" join
"$SWARM_RESTORE" --query-env SWARM_RESTORE_QUERY
exec "$@"

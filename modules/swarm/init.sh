#!/bin/sh
# Makes sure that there is one swarm, by the first manager that is ready for it:
#
#   init.sh PROGRAM ARG...   PROGRAM, init-swarm, is asked what SWARM_QUERY says
#
# A manager that is not ready, and does not say that it is in a swarm, is left out, as long as
# more than half of them remain: one of these has the swarm that lives among them. SWARM_COUNT is
# the number of managers. Each of them, _1 and on, has its SWARM_NAME, SWARM_TRIED,
# SWARM_BEFORE, SWARM_PREPARE_QUERY and SWARM_MEMBER_QUERY as in ready.sh, its SWARM_ENTRY as a peer,
# SWARM_INIT_QUERY with @PEERS@ in place of its peers, and SWARM_ASK_QUERY for SWARM_DESCRIBE.
set -eu
# What Terraform interrupts is this script alone; the executables look for its parent.
export SWARM_STARTED_BY="${SWARM_STARTED_BY:-$PPID}"

here=${0%/*}

# of I WHAT
of() { eval "printf '%s' \"\$SWARM_$2_$1\""; }

# What this run has said of each. Those of which it has said nothing are open: they were
# there before.
sort_out() {
	ready='' open='' bad='' i=1
	while [ "$i" -le "$SWARM_COUNT" ]; do
		outcome=0
		"$here/tried.sh" said "$SWARM_PLAN" "$(of "$i" TRIED)" >/dev/null || outcome=$?
		case $outcome in
		0) ready="$ready $i" ;;
		1) bad="$bad $i" ;;
		*) open="$open $i" ;;
		esac
		i=$((i + 1))
	done
}

# get_ready HOW I...: these are, or are made so, or are bad.
get_ready() {
	how=$1
	shift
	for i; do
		SWARM_NAME=$(of "$i" NAME) SWARM_TRIED=$(of "$i" TRIED) SWARM_BEFORE=$(of "$i" BEFORE) \
			SWARM_PREPARE_QUERY=$(of "$i" PREPARE_QUERY) SWARM_MEMBER_QUERY=$(of "$i" MEMBER_QUERY) \
			"$here/ready.sh" "$how" || true
	done
	sort_out
}

# The bad ones that manage a swarm: they have to be asked.
managing() {
	for i in $bad; do
		case $(SWARM_ASK_QUERY=$(of "$i" ASK_QUERY) "$SWARM_DESCRIBE" --query-env SWARM_ASK_QUERY) in
		*'"reachable":"true"'*) printf ' %s' "$i" ;;
		esac
	done
}

# entries I...: of managers, as a list
entries() {
	list=
	for i; do list=$list${list:+,}$(of "$i" ENTRY); done
	printf '%s' "$list"
}

names() { for i; do printf '%s ' "$(of "$i" NAME)"; done; }

# shellcheck disable=SC2046,SC2086 # numbers
attempt() {
	bad_names=$(names $bad)
	set -- $ready $open $(managing)
	if [ $(($# * 2)) -le "$SWARM_COUNT" ]; then
		printf 'no swarm: %sof %d managers not ready, and more than half of them have to be: only then no swarm lives that is not seen\n' \
			"$bad_names" "$SWARM_COUNT" >&2
		return 1
	fi
	[ -z "$bad" ] || printf 'without %s\n' "$bad_names" >&2
	by=$1
	shift
	query=$(of "$by" INIT_QUERY)
	case $query in *@PEERS@*) query=${query%%@PEERS@*}$(entries "$@")${query#*@PEERS@} ;; esac
	SWARM_QUERY=$query "$program" --query-env SWARM_QUERY
}

# Those that were there before have to answer as well. Where that goes wrong: which of them do?
again() {
	set --
	for i in $open; do
		[ "$i" = "$by" ] || set -- "$@" "$i"
	done
	[ $# -gt 0 ] || return 1
	get_ready look "$@"
	attempt
}

program=$1
by=
sort_out
# shellcheck disable=SC2046,SC2086 # numbers
[ -n "$ready" ] || get_ready join $open
attempt || again

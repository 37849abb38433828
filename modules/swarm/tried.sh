#!/bin/sh
# What a run has tried with a machine, and what came of it. Terraform keeps everything that
# depends on a resource from being done once one instance of it has failed: all nodes, for one
# bad machine. So what others depend on is tried and ends well, and what is one node's own asks
# here before it begins, and fails:
#
#   tried.sh run PLAN ID BEFORE PROGRAM [ARG...]  runs PROGRAM, unless BEFORE has failed in this run
#   tried.sh key PLAN ID PROGRAM [ARG...]         the same for a query about a host key
#   tried.sh failed PLAN ID REASON                for what has found out otherwise
#   tried.sh said PLAN ID                         0 it went well in this run, 3 in an earlier one; 1 it failed
#                                                 in this run: prints why; 2 nothing of that
#
# It is said by a file in Terraform's data folder. PLAN is the time of the plan: what failed in an
# earlier run is to be tried again. Where no file can be written PROGRAM fails as any other.
set -eu
# What Terraform interrupts is this script alone; the executables look for its parent.
export SWARM_STARTED_BY="${SWARM_STARTED_BY:-$PPID}"

folder=${TF_DATA_DIR:-.terraform}/swarm-tried

said() {
	line=$(cat -- "$folder/$2" 2>/dev/null) || return 2
	case $line in
	"$1 well") return 0 ;;
	*" well") return 3 ;;
	"$1 failed "*) printf '%s\n' "${line#"$1 failed "}" && return 1 ;;
	esac
	return 2
}

# say PLAN ID WHAT
say() { printf '%s %s\n' "$1" "$3" >"$folder/$2.new" && mv -- "$folder/$2.new" "$folder/$2"; }

# Those of days ago are nobody's.
can_say() {
	mkdir -p -- "$folder" 2>/dev/null && [ -w "$folder" ] || return 1
	find "$folder" -type f -mtime +1 -exec rm -f {} + 2>/dev/null || true
}

# Its last line is the reason. Run by this shell itself and not in a pipe: it ends when this is
# killed.
listen() {
	mkfifo "$temporary/said"
	tee "$temporary/err" <"$temporary/said" >&2 &
	status=0
	"$@" 2>"$temporary/said" || status=$?
	wait
	return "$status"
}

run() {
	plan=$1 id=$2 before=$3 status=0
	shift 3
	can_say || exec "$@"
	reason=$(said "$plan" "${before:-none}") || status=$?
	if [ "$status" != 1 ]; then
		if listen "$@"; then say "$plan" "$id" well && return; fi
		reason=$(tail -n 1 "$temporary/err")
	fi
	say "$plan" "$id" "failed ${reason:-it gave no reason}"
	printf '%s\n' "the others go on without it, and this apply will end with an error" >&2
}

key() {
	plan=$1 id=$2 status=0
	shift 2
	can_say || exec "$@"
	said "$plan" "$id" >/dev/null || status=$?
	if [ "$status" = 1 ]; then echo '{"host_key":""}' && return; fi
	if "$@" >"$temporary/out" 2>"$temporary/err"; then cat "$temporary/out" && return; fi
	say "$plan" "$id" "failed $(tail -n 1 "$temporary/err")"
	echo '{"host_key":""}'
}

what=${1-}
[ $# -ge 3 ] || what=
shift $(($# > 0))
case $what in
said) said "$@" ;;
failed) if can_say; then say "$1" "$2" "failed $3"; fi ;;
run | key)
	temporary=$(mktemp -d)
	trap 'rm -rf "$temporary"' EXIT
	trap 'exit 1' HUP INT TERM
	"$what" "$@"
	;;
*)
	echo 'tried.sh: expected run, key, failed or said, with a plan and an ID' >&2
	exit 2
	;;
esac

# shellcheck shell=bash
# keeper.sh - the one process on which a switch or a host hangs.
#
# A keeper's folder has three files. power.lock is locked as long as the keeper lives:
# that is what "powered on" means, and waiting for the lock is waiting for its end.
# boot.lock is locked until the keeper says that it is ready. keeper has its process id,
# written by itself, so that a starter killed half-way leaves nothing unknown.

# How long a host may take to be ready, and to be gone, in seconds.
READY_WAIT=120
GONE_WAIT=20

is_powered() {
	[ -e "$1/power.lock" ] && ! flock --shared -n "$1/power.lock" true
}

# Starts COMMAND as the keeper of folder DIR in the control group GROUP. Descriptors 8
# and 9 are the two locks.
keeper_start() {
	local dir=$1 group=$2
	shift 2
	rm -f "$dir/keeper"
	exec 8>>"$dir/boot.lock" 9>>"$dir/power.lock"
	flock -w 2 9 || die "$dir is already powered on"
	flock -w 2 8 || die "$dir is already starting"
	(
		exec </dev/null >"$dir/console.log" 2>&1
		echo "$BASHPID" >"$dir/keeper"
		close_other_descriptors
		cgroup_locked cgroup_enter "$group" "$BASHPID"
		export TSH_KEEPER=$dir
		exec setsid "$@"
	) &
	exec 8>&- 9>&-
}

# Closes what a caller may have left open, which a keeper would hold for good.
close_other_descriptors() {
	local fd
	for fd in "/proc/$BASHPID/fd"/*; do
		fd=${fd##*/}
		case $fd in
		[0-2] | [89] | 255) ;;
		*) exec {fd}>&- ;;
		esac
	done
}

# Waits until the keeper of DIR is ready; false when it died or took too long.
keeper_wait_ready() {
	flock --shared -w "$READY_WAIT" "$1/boot.lock" true && is_powered "$1"
}

# The process id of DIR's keeper, if that is a process of this process namespace.
keeper_pid() {
	local pid
	read -r pid 2>/dev/null <"$1/keeper" || return 1
	grep -qzFx "TSH_KEEPER=$1" "/proc/$pid/environ" 2>/dev/null || return 1
	printf '%s\n' "$pid"
}

# Kills the keeper of DIR and waits for its end. A host's process 1 is the keeper's
# child; the keeper outlives it until the last process of the host is gone.
keeper_stop() {
	local dir=$1 tries keeper children
	for ((tries = 0; tries < GONE_WAIT * 5; tries++)); do
		is_powered "$dir" || return 0
		if keeper=$(keeper_pid "$dir"); then
			children=$(pgrep -P "$keeper") || children=$keeper
			# shellcheck disable=SC2086 # one word for each process
			kill -KILL $children 2>/dev/null || true
		fi
		flock --shared -w 0.2 "$dir/power.lock" true || continue
		return 0
	done
	die "$dir: still powered on after $GONE_WAIT s; is it run from another process namespace?"
}

#!/bin/sh
# Waits until user data of modules/user_data has ended on this machine, and fails
# with the end of its log where it failed. Run as root, through prepare-node.
# USER_DATA_WAIT: seconds to wait, 270 (prepare-node's own time is 5 minutes).
set -eu

state=/var/lib/swarm-user-data/state
log=/var/log/swarm-user-data.log
# How long user data may take to begin once cloud-init says that it has ended.
GRACE=15

fail() {
	if [ -r "$log" ]; then
		printf '%s, its last lines:\n' "$log" >&2
		tail -n 15 "$log" >&2
	fi
	printf 'user data on %s: %s\n' "$(uname -n)" "$*" >&2
	exit 1
}

# Says where it stands: none, running PID, done or failed WHAT.
read_state() { cat "$state" 2>/dev/null || echo none; }

cloud_init_ended() { [ -e /run/cloud-init/result.json ] || [ -e /var/lib/cloud/instance/boot-finished ]; }

check_begun() {
	cloud_init_ended || return 0
	[ "$waited" -lt "$GRACE" ] || fail "it never began: see 'cloud-init status --long' and /var/log/cloud-init-output.log there"
}

# A state that says so may be older than a loss of power.
check_alive() {
	kill -0 "$1" 2>/dev/null || [ "$(read_state)" != "running $1" ] ||
		fail "it was cut short: replace the machine"
}

wait_for_end() {
	began=$(date +%s) said=
	while :; do
		waited=$(($(date +%s) - began))
		now=$(read_state)
		case $now in
		done) return ;;
		none) check_begun ;;
		running\ *) check_alive "${now#running }" ;;
		failed\ *) fail "it failed while ${now#failed }" ;;
		esac
		[ "$waited" -lt "$limit" ] || fail "it has not ended after $waited s"
		[ -n "$said" ] || echo 'waiting for user data to end'
		said=yes
		sleep 0.5
	done
}

limit=${USER_DATA_WAIT:-270}
wait_for_end
tail -n 1 "$log"

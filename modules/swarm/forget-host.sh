#!/bin/sh
# Takes one host out of a known_hosts file, and no other:
#
#   forget-host.sh FILE HOST      HOST as known_hosts has it: host or [host]:port
#
# ssh-keygen -R writes the whole file anew, so two at once would lose what the
# other one took out: a lock beside the file, which any POSIX system has, since
# not every one has flock.
set -eu

LOCK_WAIT=300 # tenths of a second

fail() {
	printf 'forget-host: %s\n' "$1" >&2
	exit 1
}

expand_home() {
	case $1 in
	\~/*) printf '%s\n' "$HOME/${1#??}" ;;
	*) printf '%s\n' "$1" ;;
	esac
}

# A link whose target is its owner's process id is made in one step.
owner() { readlink "$lock" 2>/dev/null || true; }

owner_is_dead() {
	pid=$(owner)
	[ -n "$pid" ] && ! kill -0 "$pid" 2>/dev/null
}

# One breaker at a time, and it looks again: another one may have put the lock
# right in the meantime.
break_lock() {
	mkdir "$lock.break" 2>/dev/null || return 0
	if owner_is_dead; then rm -f "$lock"; fi
	rmdir "$lock.break"
}

take_lock() {
	waited=0
	until ln -s "$$" "$lock" 2>/dev/null; do
		if owner_is_dead; then break_lock; fi
		[ "$waited" -lt "$LOCK_WAIT" ] ||
			fail "$lock is still held by process $(owner) after 30 s; remove it and $lock.break if no such process runs, then try again"
		waited=$((waited + 1))
		sleep 0.1
	done
	trap 'rm -f "$lock"' EXIT
	trap 'exit 1' HUP INT TERM
}

forget() {
	[ -e "$file" ] || return 0
	said=$(ssh-keygen -R "$host" -f "$file" 2>&1) ||
		fail "$host could not be taken out of $file: $said"
	rm -f "$file.old"
	[ -s "$file" ] || rm -f "$file"
}

[ $# -eq 2 ] || fail "expected a known_hosts file and a host, got $# arguments"
file=$(expand_home "$1")
host=$2
lock=$file.lock
[ -e "$file" ] || exit 0
command -v ssh-keygen >/dev/null || fail "ssh-keygen is missing; install the OpenSSH client"
take_lock
forget

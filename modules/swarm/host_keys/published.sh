#!/bin/sh
# A first connection to a machine that publishes its host keys by another channel than SSH. Waits
# for them, and lets fetch-host-key accept these and no others:
#
#   published.sh run NAME TIME KNOWN_AS COMMAND PROGRAM  what SWARM_QUERY asks of PROGRAM
#   published.sh key NAME TIME KNOWN_AS COMMAND PROGRAM  the same of a query on stdin
#
# COMMAND is run by a shell, again and again until it prints keys: public ones, "type base64", a line
# each. It fails where that will never be. TIME, as in a query, is how long that may take; what
# still runs then, or when Terraform has ended, is ended.
# @PUBLISHED@ in the query becomes the keys.
set -eu
# What Terraform interrupts is a script alone; the executables look for its parent.
export SWARM_STARTED_BY="${SWARM_STARTED_BY:-$PPID}"

AGAIN=2
MOST=16 # keys

fail() {
	printf 'published.sh: %s: %s\n' "$name" "$1" >&2
	exit 1
}

# Of a time like 90s or 1h30m; what is less than a second does not count.
seconds() {
	printf '%s\n' "$1" | awk '{
		while (match($0, /^[0-9]+(ms|s|m|h)/)) {
			part = substr($0, 1, RLENGTH)
			$0 = substr($0, RLENGTH + 1)
			sum += part * (part ~ /ms$/ ? 0 : part ~ /s$/ ? 1 : part ~ /m$/ ? 60 : 3600)
		}
		print sum + 0
	}'
}

# Of one that runs on for nobody: whoever asked has been interrupted.
needed() { kill -0 "$PPID" 2>/dev/null && kill -0 "$SWARM_STARTED_BY" 2>/dev/null; }

in_time() { [ $(($(date +%s) - began)) -lt "$limit" ]; }

# Ends what COMMAND runs: timeout, where there is one, hands the signal on to all of it.
end_asked() {
	[ -z "$asked" ] || kill "$asked" 2>/dev/null || true
}

watch() {
	while kill -0 "$$" 2>/dev/null && needed && in_time; do sleep 1; done
	end_asked
}

# What COMMAND has said last of why there are none, without what drives a terminal: one that is ended
# at once says nothing.
heed() {
	said=$(tail -n 1 "$temporary/why" | LC_ALL=C tr -c '\040-\176\n' '?')
	reason=${said:-$reason}
}

# One time: the keys, or none yet
ask() {
	$group sh -c "$command" >"$temporary/said-so" 2>"$temporary/why" </dev/null &
	asked=$!
	watch >/dev/null 2>&1 </dev/null &
	watcher=$! status=0
	wait "$asked" || status=$?
	asked=
	kill "$watcher" 2>/dev/null || true
	heed
	if [ "$status" != 0 ]; then
		in_time || return 1
		needed || exit 1
		fail "its published host key cannot be read: $reason"
	fi
	tr -d '\r' <"$temporary/said-so" | awk NF >"$temporary/keys"
	[ -s "$temporary/keys" ]
}

wait_for_keys() {
	limit=$(seconds "$time") began=$(date +%s) noted='' group='' reason='what asks for it says nothing'
	! command -v timeout >/dev/null || group="timeout $((limit + 2))"
	until ask; do
		needed || exit 1
		in_time || fail "it has published no host key within $time, so nobody knows who answers there: $reason"
		[ -n "$noted" ] || printf '%s\n' "waiting for the host key that $name publishes" >&2
		noted=yes
		sleep "$AGAIN"
	done
}

# Sets pins: lines of known_hosts, as they stand in a string of JSON
read_keys() {
	types='(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521))'
	grep -vqE "^$types [A-Za-z0-9+/]+=*( .*)?\$" "$temporary/keys" && fail "what it has published is no list of public host keys"
	[ "$(wc -l <"$temporary/keys")" -le "$MOST" ] || fail "it has published more than $MOST host keys"
	pins=
	while read -r type key _; do pins="$pins${pins:+\\n}$known_as $type $key"; done <"$temporary/keys"
}

# Not in a pipe, whose end nobody would see; what it says is looked at afterwards.
connect() {
	mkfifo "$temporary/said"
	tee "$temporary/err" <"$temporary/said" >&2 &
	status=0
	"$@" >"$temporary/out" 2>"$temporary/said" || status=$?
	wait
	[ "$status" = 0 ] && return
	if grep -qE 'host key (changed: pinned|of another type: known)' "$temporary/err"; then
		fail "the host key that it shows is not the one that it has published: something else answers at $known_as, or the key was changed since; $(tail -n 1 "$temporary/err")"
	fi
	exit "$status"
}

what=$1 name=$2 time=${3:-5m} known_as=$4 command=$5 program=$6
temporary=$(mktemp -d) asked=
trap 'end_asked; rm -rf "$temporary"' EXIT
trap 'exit 1' HUP INT TERM
case $what in
run) query=$SWARM_QUERY ;;
key) query=$(cat) ;;
esac
wait_for_keys
read_keys
query=${query%%@PUBLISHED@*}$pins${query#*@PUBLISHED@}
case $what in
run)
	SWARM_QUERY=$query
	export SWARM_QUERY
	connect "$program" --query-env SWARM_QUERY
	;;
key)
	printf '%s' "$query" >"$temporary/query"
	connect "$program" <"$temporary/query"
	;;
esac
cat "$temporary/out"

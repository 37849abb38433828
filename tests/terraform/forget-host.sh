#!/usr/bin/env bash
# forget-host: one host's line goes, all others stay, also while others forget and record, and
# although any of them is killed. Reaches no host but an sshd of its own.

# mutant helpers/hostkey/lock.c known_hosts_open_locked: still_there() => true
#   fails forget-host, 24 at once
set -euo pipefail
# shellcheck source=tests/terraform/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

BIN=$ROOT/bin
ROUNDS=${ROUNDS:-60} # of recorders and forgetters at once

# known HOST...: a known_hosts file with one line for each
known() {
	local host
	rm -f "$DIR"/*
	for host in "$@"; do printf '%s %s\n' "$host" "$KEY"; done >"$DIR/known_hosts"
}

# forget HOST [PORT]
forget() { "$BIN/forget-host" --known-hosts "$DIR/known_hosts" --host "$1" --port "${2:-22}" >"$TREE/said" </dev/null; }

left() { (cd "$DIR" && cut -d' ' -f1 known_hosts 2>/dev/null | tr '\n' ' '; find . -type f -o -type l | sort | tr '\n' ' '); }

one_host() {
	known 10.0.0.1 '[10.0.0.1]:2222' 10.0.0.11
	forget 10.0.0.1
	equal "forget-host takes the plain host only" '[10.0.0.1]:2222 10.0.0.11 ./known_hosts ' "$(left)"
	equal "forget-host says how many lines" '{"lines":"1"}' "$(cat "$TREE/said")"
	forget 10.0.0.1 2222
	equal "forget-host takes the host with its port" '10.0.0.11 ./known_hosts ' "$(left)"
	forget 10.0.0.99
	equal "forget-host is content with a host that is not there" '10.0.0.11 ./known_hosts ' "$(left)"
	forget 10.0.0.11
	equal "forget-host removes the file with its last line" '' "$(left)"
	check "forget-host is content with a missing file" forget 10.0.0.1
	check "forget-host is content with a missing folder" "$BIN/forget-host" --known-hosts "$DIR/none/known_hosts" --host a
}

other_forms() {
	known 10.0.0.1 10.0.0.2
	ssh-keygen -q -H -f "$DIR/known_hosts" >/dev/null 2>&1
	rm -f "$DIR/known_hosts.old"
	forget 10.0.0.1
	equal "forget-host finds a hashed host" '1' "$(wc -l <"$DIR/known_hosts" | tr -d ' ')"
	known 'a,h.ex,b' 'h.ex' 'H.Ex,!a' '*.ex' '@revoked h.ex' '# h.ex'
	chmod 640 "$DIR/known_hosts"
	forget h.ex 2>"$TREE/warned"
	equal "forget-host leaves what is about others" 'a,b *.ex @revoked # ./known_hosts ' "$(left)"
	check "forget-host warns of a pattern that stays" grep -q "line 4 means other hosts than h.ex too" "$TREE/warned"
	equal "forget-host keeps the file's mode" 640 "$(stat -c %a "$DIR/known_hosts")"
	known fd00::7 h.ex
	forget FD00:0::7
	equal "forget-host knows an address however it is written" 'h.ex ./known_hosts ' "$(left)"
	known h.ex g.ex
	mv "$DIR/known_hosts" "$DIR/real"
	ln -s real "$DIR/known_hosts"
	forget h.ex
	equal "forget-host keeps a link" 'g.ex ./known_hosts ./real ' "$(left)"
}

at_once() {
	local host pids=() many=()
	mapfile -t many < <(seq -f '10.0.1.%g' 1 24)
	known keep-a "${many[@]}" keep-b
	for host in "${many[@]}"; do
		forget "$host" &
		pids+=($!)
	done
	for host in "${pids[@]}"; do wait "$host" || failed "forget-host, one of many at once"; done
	equal "forget-host, 24 at once" 'keep-a keep-b ./known_hosts ' "$(left)"
}

# ---- beside recorders ----

# An sshd that answers on all of 127.0.0.0/8, so that many hosts can be recorded. Nobody is let in: what is
# asked for is known by then.
serve() {
	{
		printf '%s\n' "Port $PORT" 'ListenAddress 127.0.0.1' 'ListenAddress 127.0.0.2' 'ListenAddress 127.0.0.3' \
			'ListenAddress 127.0.0.4' "HostKey $TREE/key" 'PidFile none' 'UsePAM no' 'MaxStartups 100'
		python3 "$ROOT/tests/lib/sshd.py"
	} >"$TREE/sshd_config"
	mkdir -p /run/sshd
	/usr/sbin/sshd -D -f "$TREE/sshd_config" 2>"$TREE/sshd.log" </dev/null &
	SSHD=$!
	trap 'kill "$SSHD" 2>/dev/null || true; rm -rf "$TREE"' EXIT
	for _ in $(seq 100); do
		! ssh-keyscan -p "$PORT" -T 1 127.0.0.4 2>"$TREE/none" | grep ed25519 >/dev/null || return 0
		sleep 0.1
	done
	return 1
}

# record HOST: fails, since nobody is let in, once the key is in the file.
record() {
	"$BIN/fetch-tokens" --host "$1" --port "$PORT" --known-hosts "$DIR/known_hosts" --private-key "$TREE/user" \
		--host-key-policy accept-new --timeout 30s >"$TREE/none" 2>"$TREE/recorded-$1" </dev/null || true
}

# killed COMMAND...: killed after up to 60 ms, perhaps after it has ended
killed() {
	"$@" &
	local pid=$!
	sleep "0.0$((RANDOM % 60 + 10))"
	kill -KILL "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || true
}

names() { cut -d' ' -f1 "$DIR/known_hosts" 2>/dev/null | sort | paste -sd' '; }

# Two record and two forget, while two more are killed on their way: afterwards all that nobody
# took out is there, all that was recorded is there once, what was taken out is not.
round() {
	local pids=() pid
	known keep-a "[127.0.0.9]:$PORT" keep-b gone-1 gone-2 gone-3
	record 127.0.0.1 &
	pids+=($!)
	record 127.0.0.2 &
	pids+=($!)
	forget gone-1 &
	pids+=($!)
	forget gone-2 &
	pids+=($!)
	killed "$BIN/forget-host" --known-hosts "$DIR/known_hosts" --host gone-3 </dev/null >/dev/null 2>&1
	killed "$BIN/fetch-tokens" --host 127.0.0.3 --port "$PORT" --known-hosts "$DIR/known_hosts" --private-key "$TREE/user" \
		--host-key-policy accept-new --timeout 30s </dev/null >/dev/null 2>&1
	for pid in "${pids[@]}"; do wait "$pid" || return 1; done
	# What was killed is done again.
	forget gone-3
	record 127.0.0.3
	[ "$(names)" = "[127.0.0.1]:$PORT [127.0.0.2]:$PORT [127.0.0.3]:$PORT [127.0.0.9]:$PORT keep-a keep-b" ] &&
		[ "$(awk 'NF != 3' "$DIR/known_hosts" | wc -l)" = 0 ]
}

beside_recorders() {
	local good=0 i
	PORT=2290
	ssh-keygen -q -t ed25519 -N '' -f "$TREE/user"
	serve || { failed "forget-host beside recorders: no sshd" "$TREE/sshd.log"; return; }
	for ((i = 0; i < ROUNDS; i++)); do
		if round; then good=$((good + 1)); else left >"$TREE/wrong"; fi
	done
	check "forget-host beside recorders, with kills: $good of $ROUNDS rounds right" [ "$good" = "$ROUNDS" ]
	[ "$good" = "$ROUNDS" ] || cat "$TREE/wrong"
	kill "$SSHD"
	wait "$SSHD" 2>/dev/null || true
}

copy_tree
DIR=$TREE/known
mkdir "$DIR"
ssh-keygen -q -t ed25519 -N '' -f "$TREE/key"
KEY=$(cut -d' ' -f1,2 "$TREE/key.pub")
one_host
other_forms
at_once
beside_recorders
finish_tests

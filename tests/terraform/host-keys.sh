#!/usr/bin/env bash
# fetch-host-key beside an sshd of its own.
set -euo pipefail
# shellcheck source=tests/terraform/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

PORT=2291
SSHD=

# ---- the executable ----

# sshd_with KEY...: answers on 127.0.0.1 with these host keys, and lets the test's key in.
sshd_with() {
	local key
	stop_sshd
	{
		printf '%s\n' "Port $PORT" 'ListenAddress 127.0.0.1' 'PidFile none' 'UsePAM no' 'StrictModes no' \
			"AuthorizedKeysFile $TREE/user.pub"
		for key; do echo "HostKey $TREE/$key"; done
	} >"$TREE/sshd_config"
	mkdir -p /run/sshd
	/usr/sbin/sshd -D -f "$TREE/sshd_config" 2>"$TREE/sshd.log" </dev/null &
	SSHD=$!
}

stop_sshd() {
	[ -n "$SSHD" ] || return 0
	kill "$SSHD" 2>/dev/null || true
	wait "$SSHD" 2>/dev/null || true
	SSHD=
}

# fetch OPTION...: its exit code in CODE. The file of known hosts is $FILE (known), the user $AS.
fetch() {
	CODE=0
	"$ROOT/bin/fetch-host-key" --host 127.0.0.1 --port "$PORT" --known-hosts "$TREE/${FILE-known}" --private-key "$TREE/${AS-user}" \
		--timeout "${TIME-20s}" "$@" >"$TREE/out" 2>"$TREE/err" </dev/null || CODE=$?
}

public() { cut -d ' ' -f 1,2 "$TREE/$1.pub"; }

# fetched NAME KEY: it has answered that this is the key.
fetched() { equal "fetch-host-key: $1" "0 $(public "$2")" "$CODE $(jq -r .host_key "$TREE/out")"; }

# not_fetched NAME CODE TEXT
not_fetched() {
	if [ "$CODE" = "$2" ] && [ ! -s "$TREE/out" ] && grep -qF -- "$3" "$TREE/err"; then
		passed "fetch-host-key: $1"
	else
		failed "fetch-host-key: $1 (exit code $CODE)" "$TREE/err"
	fi
}

test_executable() {
	ssh-keygen -q -t ed25519 -N '' -f "$TREE/user"
	ssh-keygen -q -t ed25519 -N '' -f "$TREE/stranger"
	ssh-keygen -q -t ed25519 -N '' -f "$TREE/first"
	ssh-keygen -q -t ecdsa -N '' -f "$TREE/second"
	TIME=2s fetch --host-key-policy accept-new
	not_fetched "nobody there yet" 4 "nothing listens there"
	sshd_with first second
	fetch
	not_fetched "a key that nobody knows, strict" 1 "host key unknown"
	AS=stranger TIME=5s fetch --host-key-policy accept-new
	not_fetched "of a host that does not let the user in" 1 "refused user root's key"
	rm -f "$TREE/known"
	fetch --host-key-policy accept-new
	fetched "the key that it was shown" first
	equal "fetch-host-key: it is recorded" "[127.0.0.1]:$PORT $(public first)" "$(cat "$TREE/known")"
	FILE=none fetch --host-key "$(jq -r .host_key "$TREE/out")"
	fetched "what it says can be pinned" first
	fetch --host-key "$(public second)"
	fetched "the key that is known, and no other one of the host" second
	sshd_with stranger
	fetch --host-key-policy accept-new
	not_fetched "another host, where one is known" 1 "host key changed"
	stop_sshd
	(sleep 2 && exec /usr/sbin/sshd -D -f "$TREE/sshd_config" 2>"$TREE/sshd.log" </dev/null) &
	SSHD=$!
	FILE=none fetch --host-key-policy accept-new
	fetched "of a host that comes up meanwhile" stranger
	stop_sshd
}

copy_tree
trap 'stop_sshd; rm -rf "$WORK"' EXIT
play test_executable
finish_tests

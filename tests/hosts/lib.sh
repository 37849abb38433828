# lib.sh - what the tests of SSH servers share: further servers in a lab's host, and the
# executables with more than one libssh2.
#
# Sourced after CLUSTER and SUBNET are set, like tests/integration/lib.sh, which it brings.
# shellcheck shell=bash

HOSTS=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source-path=SCRIPTDIR source=../integration/lib.sh
. "$HOSTS/../integration/lib.sh"

WITH=
LIBSSH2=$(pkg-config --modversion libssh2)
NEWER=$("$HOSTS/newer" || true)

# ---- libssh2 ----

# library_since VERSION: whether the libssh2 in use is that new.
library_since() { [ "$(printf '%s\n' "$1" "$LIBSSH2" | sort -V | head -n 1)" = "$1" ]; }

# The executables with the newer libssh2, in $1.
build_newer() {
	local lib=$NEWER/libssh2/lib
	mkdir -p "$ROOT/build"
	flock "$ROOT/build/newer.lock" make -s -C "$ROOT" -j "$(nproc)" all \
		BUILD="$ROOT/build/newer" BIN="$1" LTO= CPPFLAGS="-I$NEWER/libssh2/include" \
		LDFLAGS="-L$lib -Wl,-rpath,$lib" >"$WORK/out" 2>"$WORK/err"
}

# each_library TEST...: plays them with the machine's libssh2, then with a newer one.
each_library() {
	WITH="libssh2 $LIBSSH2"
	play "$@"
	if [ -z "$NEWER" ]; then
		echo "skip with a newer libssh2 - this machine has none; see tests/hosts/newer"
	elif build_newer "$ROOT/build/newer/bin"; then
		newer_library "$@"
	else
		failed "the executables compile with a newer libssh2"
	fi
	WITH=
}

newer_library() {
	local BIN=$ROOT/build/newer/bin LIBSSH2
	LIBSSH2=$(PKG_CONFIG_PATH=$NEWER/libssh2/lib/pkgconfig pkg-config --modversion libssh2)
	WITH="libssh2 $LIBSSH2"
	play "$@"
}

# ---- servers ----

# swarm_begin: one host, the manager of a swarm, and its tokens.
swarm_begin() {
	lab_begin 1
	on 1 docker swarm init --advertise-addr "$(addr 1)" >/dev/null
	read_tokens
}

read_tokens() {
	MANAGER=$(on 1 docker swarm join-token -q manager)
	WORKER=$(on 1 docker swarm join-token -q worker)
}

# sshd_on PORT [OPTION...] <CONFIGURATION: another sshd of host 1, whose settings come
# before those of Debian. It says what it does in /var/log/ssh-PORT.log.
sshd_on() {
	local port=$1
	shift
	{ cat && on 1 cat /etc/ssh/sshd_config; } | on 1 tee "/etc/ssh/sshd_$port" >"$WORK/out"
	on 1 "${SSHD:-/usr/sbin/sshd}" -f "/etc/ssh/sshd_$port" -p "$port" -E "/var/log/ssh-$port.log" \
		-o "PidFile=/run/sshd-$port.pid" -o LogLevel=VERBOSE "$@"
	within 60 on 1 test -s "/run/sshd-$port.pid"
}

# newer_sshd_on PORT [OPTION...] <CONFIGURATION: as sshd_on, the newer sshd.
newer_sshd_on() {
	local port=$1 tree=/opt/newer
	shift
	on 1 test -d "$tree" || tar -C "$NEWER/openssh" -c . | on 1 sh -c "mkdir $tree && tar -C $tree -x"
	SSHD=$tree/usr/sbin/sshd sshd_on "$port" -o "SshdSessionPath=$tree/usr/lib/openssh/sshd-session" \
		-o "SshdAuthPath=$tree/usr/lib/openssh/sshd-auth" "$@"
}

sshd_off() {
	on 1 pkill -F "/run/sshd-$1.pid"
	within 60 on 1 test ! -e "/run/sshd-$1.pid"
}

log_of() { on 1 cat "/var/log/ssh-$1.log"; }

# user_on NAME [GROUP]: a user who may log in with the test's key.
user_on() {
	on 1 useradd -m -s /bin/bash ${2:+-G "$2"} "$1"
	on 1 install -d -o "$1" -m 700 "/home/$1/.ssh"
	on 1 install -o "$1" -m 600 /root/.ssh/authorized_keys "/home/$1/.ssh/authorized_keys"
}

# ---- what came of it ----

# fetch PORT OPTION...: fetch-tokens from host 1 through the server there.
fetch() {
	local port=$1
	shift
	rm -f "$WORK/known_hosts"
	helper fetch-tokens 1 --port "$port" "$@"
}

expect_tokens() { expect_done "$1" manager "$MANAGER" worker "$WORKER" reachable true; }

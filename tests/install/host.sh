# shellcheck shell=bash
# host.sh - the lab host in which install-docker.sh is tested, and checks of what it did.
#
# Whoever sources this has set LAB, SCRIPT, CLUSTER and HOST, the cluster's NETWORK and the
# host's ADDRESS.

WORK=
# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib/check.sh"

# Starts the host, in a state folder that goes with the test, with the script in it.
host_start() {
	[ "$(id -u)" = 0 ] || { echo "${0##*/}: needs root" >&2; exit 1; }
	WORK=$(mktemp -d /tmp/tsh-test-install.XXXXXX)
	trap finish EXIT
	trap 'exit 1' HUP INT TERM
	export LAB_STATE=$WORK/state GNUPGHOME=$WORK/gnupg
	mkdir -m 0700 "$GNUPGHOME"
	"$LAB" network-up "$CLUSTER" "$NETWORK"
	"$LAB" up "$CLUSTER" "$HOST" "$ADDRESS" --no-docker
	on sh -c 'cat >/root/install-docker.sh' <"$SCRIPT"
}

finish() {
	"$LAB" purge || true
	GNUPGHOME=$WORK/gnupg gpgconf --kill all 2>/dev/null || true
	rm -rf --one-file-system "$WORK"
}

on() { "$LAB" exec "$CLUSTER" "$HOST" -- "$@"; }

# Copies what is in the folder FROM to the folder TO of the host.
put() { tar -C "$1" -c . | on tar -x --no-same-owner --one-top-level="$2"; }

# Runs the script in the host as prepare-node does, with the given environment.
install() { on env "$@" sh /root/install-docker.sh </dev/null; }

# Whether the script ends with CODE and TEXT in the last line of its messages.
fails() {
	local code=$1 text=$2 got=0
	shift 2
	install "$@" >"$WORK/stdout" 2>"$WORK/stderr" || got=$?
	cat "$WORK/stdout" "$WORK/stderr"
	[ "$got" = "$code" ] && tail -n 1 "$WORK/stderr" | grep -F "install-docker: $HOST: " | grep -F "$text" >/dev/null
}

# Whether the script ends well and TEXT is its last line.
says() {
	local text=$1
	shift
	install "$@" | tee "$WORK/stdout"
	tail -n 1 "$WORK/stdout" | grep -xF "$text" >/dev/null
}

engine() { on docker info --format "$1"; }
engine_pid() { on cat /run/docker.pid; }
engine_runs() { [ "$(on docker version --format '{{.Server.Version}}' | cut -d + -f 1)" = "$1" ]; }
settings_before() { [ "$(on cat /etc/docker/daemon.json.before)" = "$1" ]; }
settings_are() { [ "$(on cat /etc/docker/daemon.json)" = "$1" ]; }
# shellcheck disable=SC2016 # dpkg-query's own variables
package_is() { [ "$(on dpkg-query -W -f '${db:Status-Status} ${Version}' "$1" | cut -d + -f 1)" = "installed $2" ]; }
absent() { ! on dpkg -s "$1" 2>/dev/null | grep '^Status: .* installed' >/dev/null; }
upgrade_moves() { on apt-get -s dist-upgrade | grep "^Inst $1 "; }
# All of it is read: what writes on after its reader is gone fails.
held() { on apt-mark showhold | grep -x "$1" >/dev/null; }

# Whether the engine is still the same process after a command that succeeds.
same_engine() {
	local before after
	before=$(engine_pid)
	"$@" || return 1
	after=$(engine_pid)
	[ -n "$before" ] && [ "$before" = "$after" ]
}

new_engine() {
	local before
	before=$(engine_pid)
	"$@" || return 1
	[ "$before" != "$(engine_pid)" ]
}

# Whether a command takes less than a second, at least once in three times.
quick() {
	local start
	for _ in 1 2 3; do
		start=${EPOCHREALTIME/[.,]/}
		"$@" || return 1
		[ $((${EPOCHREALTIME/[.,]/} - start)) -gt 1000000 ] || return 0
	done
	return 1
}

# Whether the script goes on waiting until whoever holds a lock is told to let it go by
# writing to /run/go, and then does its work.
waits_for_lock() {
	local pid got=0
	install "$@" >"$WORK/stdout" &
	pid=$!
	sleep 3
	kill -0 "$pid" || return 1
	on sh -c 'echo go >/run/go'
	wait "$pid" || got=$?
	cat "$WORK/stdout"
	[ "$got" = 0 ]
}

# ---- downloads, with a network ----

# Reads the package lists where the machine has none that tell where NAME is.
refresh_lists() { [ -n "$(apt-cache madison "$1")" ] || apt-get update -qq; }

download_into() { (cd "$1" && apt-get download -qq -o APT::Sandbox::User=root "${@:2}"); }

# Downloads the packages NAMES to FOLDER, unless it is there and made of the set called MARK.
download_packages() {
	local folder=$1 mark=$2 new=$1.new
	shift 2
	if [ -e "$folder/$mark" ]; then
		echo "$mark is in $folder"
		return
	fi
	rm -rf "$new" "$folder"
	mkdir -p "$new"
	# Lists that are old name packages that are there no more.
	if ! download_into "$new" "$@"; then
		apt-get update -qq
		download_into "$new" "$@"
	fi
	: >"$new/$mark"
	mv "$new" "$folder"
	echo "$mark downloaded to $folder"
}

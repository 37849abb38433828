#!/usr/bin/env bash
# test-install-docker.sh - proves scripts/install-docker.sh in a lab host: a real engine is
# removed, installed again, configured, and left alone where it has to be.
#
#   test-install-docker.sh --fetch   downloads the packages into the user's cache folder and
#                                    installs what the test needs; has to be done once
#   test-install-docker.sh           the test; needs root, and no network
#
# Prints "ok NAME" or "not ok NAME" for each check; ends non-zero if one failed. Everything
# is in a state folder of its own; its host is in 10.203.0.0/24.
set -euo pipefail

TESTS=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
LAB=${TESTS%/*/*}/scripts/lab
SCRIPT=${TESTS%/*/*}/scripts/install-docker.sh
PACKAGES=${XDG_CACHE_HOME:-${HOME:?}/.cache}/terraform-swarm-helpers/packages/docker
CLUSTER=insa
HOST=insa-1
NETWORK=10.203.0.0/24
ADDRESS=10.203.0.11/24

# shellcheck source=tests/install/host.sh
. "$TESTS/host.sh"
# shellcheck source=tests/install/mirror.sh
. "$TESTS/mirror.sh"

# ---- packages ----

candidate() { LC_ALL=C apt-cache policy "$1" | sed -n 's/^  Candidate: \([^(]\)/\1/p'; }

fetch() {
	local names=(docker.io containerd runc tini)
	refresh_lists docker.io
	command -v gpg >/dev/null || DEBIAN_FRONTEND=noninteractive apt-get install -y -qq gpg gpg-agent
	[ -z "$(candidate docker-cli)" ] || names+=(docker-cli)
	download_packages "$PACKAGES" "docker.io-$(candidate docker.io)" "${names[@]}"
}

# The version that the engine in the packages says it has.
packaged_version() {
	local version
	version=$(dpkg-deb --field "$PACKAGES"/docker.io_*.deb Version)
	version=${version#*:}
	version=${version%-*}
	echo "${version%%+*}"
}

# ---- what is tested ----

# Runs the script and kills it, and what it runs, once it has printed TEXT.
killed_at() {
	local text=$1
	shift
	# shellcheck disable=SC2016 # for the host's shell
	on bash -c '
		coproc setsid env "${@:2}" sh /root/install-docker.sh
		while read -r line <&"${COPROC[0]}"; do
			case $line in
			"$1"*) kill -9 -- "-$COPROC_PID" && exit ;;
			esac
		done
		exit 1' - "$text" "$@" 2>/dev/null
}

test_environment() {
	check "an unknown source is refused" fails 2 "DOCKER_SOURCE is 'snap'" DOCKER_SOURCE=snap
	check "half a version is refused" fails 2 "such as 27.5.1" DOCKER_VERSION=27.5
	check "a version with a v is refused" fails 2 "DOCKER_VERSION is 'v27.5.1'" DOCKER_VERSION=v27.5.1
	check "a mirror without TLS is refused" fails 2 "expected https://" DOCKER_REPOSITORY_URL=http://mirror.invalid
	check "a folder that is not there is refused" fails 2 "DOCKER_PACKAGES is '/nowhere'" DOCKER_PACKAGES=/nowhere
	check "a short fingerprint is refused" fails 2 "expected all 40 digits" DOCKER_REPOSITORY_KEY=0EBFCD88
	check "a fingerprint of other letters is refused" fails 2 "expected the 40 digits" DOCKER_REPOSITORY_KEY=docker
	check "a wait that is no number is refused" fails 2 "expected seconds" DOCKER_WAIT=1m
}

# Makes a folder of all programs of the host but curl and wget, and one in their place that
# writes down what it is told and fetches nothing: with "only NAME" in PATH that one is found.
only() { echo "PATH=/root/$1:/root/programs"; }

make_fakes() {
	# shellcheck disable=SC2016 # for the host's shell
	on sh -c '
		mkdir /root/programs /root/curl /root/wget
		for folder in /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin; do
			for program in "$folder"/*; do [ -e "/root/programs/${program##*/}" ] || ln -s "$program" /root/programs/; done
		done
		rm -f /root/programs/curl /root/programs/wget
		for name in curl wget; do
			printf "#!/bin/sh\necho \"\$*\" >/root/told\nexit 1\n" >/root/$name/$name
			chmod +x /root/$name/$name
		done'
}

told() { on cat /root/told | grep -F -- " $1 " | grep " https://download.docker.com/linux/$DISTRIBUTION/gpg\$"; }

# mutant scripts/install-docker.sh download: =https => =http,https
#   fails curl follows no redirect to anything but https
# mutant scripts/install-docker.sh download: --max-redirect=0 => --max-redirect=9
#   fails wget follows no redirect, which may be to http
test_https() {
	make_fakes
	check "curl fetches Docker's key" fails 1 "cannot be read" "$(only curl)" DOCKER_SOURCE=docker "$PIN"
	check "curl follows no redirect to anything but https" told "--proto =https"
	check "wget does where there is no curl" fails 1 "cannot be read" "$(only wget)" DOCKER_SOURCE=docker "$PIN"
	check "wget follows no redirect, which may be to http" told "--max-redirect=0"
	on rm -r /root/programs /root/curl /root/wget /root/told
}

test_first_install() {
	check "without an engine, source none fails" fails 1 "$VERSION is expected, found none" DOCKER_SOURCE=none "$PIN"
	check "an unreachable repository fails" fails 1 "cannot be read" DOCKER_SOURCE=docker "$PIN"
	check "a pin that is not in the folder fails" fails 1 "no package of docker 99.1.2" DOCKER_VERSION=99.1.2 "$FROM"
	check "nothing is installed after that" absent docker.io
	check "the pin is installed from the folder" says "docker $VERSION is running" "$PIN" "$FROM"
	check "the engine has the pinned version" engine_runs "$VERSION"
	check "the engine is held" held docker.io
	check "its containerd is held" held containerd
	check "a second run keeps the process" same_engine says "$ALREADY" "$PIN" "$FROM"
	check "and takes less than a second" quick says "$ALREADY" "$PIN" "$FROM"
	check "so it is without a pin" same_engine says "$ALREADY" DOCKER_SOURCE=auto
	check "and with source none" same_engine says "$ALREADY" "$PIN" DOCKER_SOURCE=none
	check "a mismatch with source none fails" same_engine fails 1 "99.1.2 is expected, found $VERSION" DOCKER_SOURCE=none DOCKER_VERSION=99.1.2
	on apt-mark unhold docker.io >/dev/null
	check "a lost hold is put back" same_engine says "docker $VERSION is running" "$PIN"
	check "then it is held again" held docker.io
}

test_settings() {
	on sh -c 'mkdir -p /etc/docker && echo "{\"debug\": false}" >/etc/docker/daemon.json'
	check "settings restart the engine" new_engine says "docker $VERSION is running" "$PIN" "DOCKER_DAEMON_JSON=$GOOD"
	check "they are written as they are" settings_are "$GOOD"
	check "somebody else's are kept" settings_before '{"debug": false}'
	check "the log driver is in effect" test "$(engine '{{.LoggingDriver}} {{.Labels}}')" = 'local [rack=7]'
	check "the metrics are served" on bash -c 'exec 3<>/dev/tcp/127.0.0.1/9323
		printf "GET /metrics HTTP/1.0\r\n\r\n" >&3; grep -q engine_daemon_engine_info <&3'
	check "the same settings keep the process" same_engine says "$ALREADY" "$PIN" "DOCKER_DAEMON_JSON=$GOOD"
	check "other settings are written" new_engine says "docker $VERSION is running" "$PIN" "DOCKER_DAEMON_JSON=$OTHER"
	check "what is kept are still somebody else's" settings_before '{"debug": false}'
	check "and the first settings again" new_engine says "docker $VERSION is running" "$PIN" "DOCKER_DAEMON_JSON=$GOOD"
	check "no settings leave the file alone" same_engine says "$ALREADY" "$PIN"
	check "an unknown setting is refused" same_engine fails 1 'is not valid' "$PIN" 'DOCKER_DAEMON_JSON={"nope":1}'
	check "a broken file is refused" same_engine fails 1 'is not valid' "$PIN" 'DOCKER_DAEMON_JSON={"debug":'
	check "a bad value is refused" same_engine fails 1 'is not valid' "$PIN" 'DOCKER_DAEMON_JSON={"dns":["x"]}'
	check "the old settings are kept" settings_are "$GOOD"
	check "settings that the engine cannot start with are taken back" \
		fails 1 "which were taken back" "$PIN" DOCKER_WAIT=8 'DOCKER_DAEMON_JSON={"storage-driver":"zfs"}'
	check "then the old settings are back" settings_are "$GOOD"
	check "and in effect" test "$(engine '{{.LoggingDriver}}')" = local
	check "and nothing is left to do" same_engine says "$ALREADY" "$PIN" "DOCKER_DAEMON_JSON=$GOOD"
}

# What the engine said of the settings when it was reloaded last
reloaded() { on docker events --since 1h --until "$(engine '{{.SystemTime}}')" --filter type=daemon --filter event=reload | tail -n 1 | grep -F "$1"; }
# Docker 20.10 has them in any order.
running_labels() { [ "$(engine '{{range .Labels}}{{println .}}{{end}}' | grep . | sort | paste -sd '|')" = "$1" ]; }
live_labels() { [ "$(engine '{{.Debug}}')" = true ] && running_labels 'a, "b": {=1|rack=8'; }

# mutant scripts/install-docker.sh ensure_settings: $reload_mark => $restart_mark
#   fails what can be reloaded keeps the process
# mutant scripts/install-docker.sh settings_to_restart_for: print name => next
#   fails a setting that is gone restarts the engine
test_reload() {
	local live log='"experimental":true,"metrics-addr":"127.0.0.1:9323","log-driver":"local"'
	install "$PIN" "$FROM" "DOCKER_DAEMON_JSON=$GOOD" >/dev/null
	live="{$log,\"labels\":[\"rack=8\",\"a, \\\"b\\\": {=1\"],\"debug\":true,\"max-concurrent-downloads\":7,\"max-concurrent-uploads\":8,\"max-download-attempts\":9,\"shutdown-timeout\":21,\"registry-mirrors\":[\"https://mirror.invalid\"],\"insecure-registries\":[\"registry.invalid:5000\"],\"allow-nondistributable-artifacts\":[\"other.invalid\"],\"runtimes\":{\"other\":{\"path\":\"runc\"}},\"default-runtime\":\"other\"}"
	check "what can be reloaded keeps the process" same_engine says "docker $VERSION is running" "$PIN" "DOCKER_DAEMON_JSON=$live"
	check "labels and debug are in effect" live_labels
	check "registries are" test "$(engine '{{len .RegistryConfig.Mirrors}} {{(index .RegistryConfig.IndexConfigs "registry.invalid:5000").Secure}}')" = '1 false'
	check "runtimes are" test "$(engine '{{.DefaultRuntime}} {{(index .Runtimes "other").Path}}')" = 'other runc'
	for word in max-concurrent-downloads=7 max-concurrent-uploads=8 max-download-attempts=9 shutdown-timeout=21 'allow-nondistributable-artifacts=["other.invalid"]'; do
		check "$word is" reloaded "$word"
	done
	check "the same again does nothing" same_engine says "$ALREADY" "$PIN" "DOCKER_DAEMON_JSON=$live"
	on sh -c "sed 's/,/ ,\n\t/g; s/:/ : /' /etc/docker/daemon.json >/root/own && cat /root/own >/etc/docker/daemon.json"
	check "a file that is laid out otherwise is the same" same_engine says "docker $VERSION is running" "$PIN" "DOCKER_DAEMON_JSON={$log,\"labels\":[],${live#*],}"
	check "an empty list is in effect" running_labels ''
	check "killed after writing what can be reloaded" killed_at 'settings written' "$PIN" "DOCKER_DAEMON_JSON=$live"
	check "the next run reloads it" same_engine says "docker $VERSION is running" "$PIN" "DOCKER_DAEMON_JSON=$live"
	check "then it is in effect" live_labels
	check "what the engine does not reload is taken back" same_engine fails 1 "which were taken back" "$PIN" DOCKER_WAIT=5 \
		"DOCKER_DAEMON_JSON=${live/https:/ftp:}"
	check "the settings are the old ones" settings_are "$live"
	check "and nothing is left to do then" same_engine says "$ALREADY" "$PIN" "DOCKER_DAEMON_JSON=$live"
	check "a setting that is gone restarts the engine" new_engine says "docker $VERSION is running" "$PIN" "DOCKER_DAEMON_JSON={$log}"
	check "and is no more" running_labels ''
	check "a setting beside one to restart for goes along" new_engine says "docker $VERSION is running" "$PIN" "DOCKER_DAEMON_JSON={\"log-driver\":\"json-file\",\"labels\":[\"rack=7\"]}"
	check "the first settings are put back" new_engine says "docker $VERSION is running" "$PIN" "DOCKER_DAEMON_JSON=$GOOD"
}

# logs_in LINES [PASSWORD]: the script as prepare-node runs it, with a password that only its shell has.
logs_in() {
	{ printf 'PASSWORD=%s\n' "${2-x}" && cat "$SCRIPT"; } | on env "$PIN" "DOCKER_REGISTRY_AUTH=$1" sh -s
}

refuses_login() {
	local text=$1
	shift
	logs_in "$@" >"$WORK/stdout" 2>"$WORK/stderr" || [ $? = "$CODE" ] || return 1
	cat "$WORK/stderr"
	tail -n 1 "$WORK/stderr" | grep -F "install-docker: $HOST: " | grep -qF "$text"
}

logins_are() { [ "$(on cat /root/.docker/config.json)" = "$1" ]; }

# mutant scripts/install-docker.sh refuse_stores: text "credsStore" => "nothing"
#   fails a store of logins is refused
# mutant scripts/install-docker.sh logins_text: ours => others
#   fails logins that are no longer asked for are taken out
test_logins() {
	local one='registry.example.com 1 PASSWORD deploy' mine='{"psFormat":"{{.ID}}\t{{.Names}}","auths":{"mine.example.com":{"auth":"bWU6eA=="}'
	install "$PIN" "$FROM" >/dev/null
	on sh -c 'mkdir -p /root/.docker; echo "nonsense" >/root/.docker/config.json'
	CODE=1
	check "a file of logins that is broken is refused" refuses_login "is no JSON object" "$one"
	check "and stays" logins_are nonsense
	on sh -c 'echo "{\"credsStore\": \"pass\"}" >/root/.docker/config.json'
	check "a store of logins is refused" refuses_login "has credsStore" "$one"
	on sh -c 'echo "{\"credHelpers\": {\"registry.example.com\": \"ecr-login\"}}" >/root/.docker/config.json'
	check "so is one for that registry" refuses_login "has a credHelper for registry.example.com" "$one"
	CODE=2
	check "a login without its password is refused" refuses_login "the password for registry.example.com is missing" "$one" ""
	check "a login without a user is refused" refuses_login "expected REGISTRY VERSION VARIABLE USERNAME" "${one% *}"
	printf '{\n\t"auths": { "mine.example.com": { "auth": "bWU6eA==" } },\n\t"psFormat": "{{.ID}}\\t{{.Names}}"\n}\n' | on sh -c 'cat >/root/.docker/config.json; chmod 644 /root/.docker/config.json'
	check "logins are written with the engine as it is" same_engine logs_in "$one
docker.io 1 PASSWORD me"
	check "beside what is there, as docker has them" logins_are \
		"$mine,\"registry.example.com\":{\"auth\":\"ZGVwbG95Ong=\"},\"https://index.docker.io/v1/\":{\"auth\":\"bWU6eA==\"}}}"
	check "for root alone" test "$(on stat -c %a /root/.docker/config.json)" = 600
	check "logins that are no longer asked for are taken out" says "docker $VERSION is running" "$PIN"
	check "somebody's own stays" logins_are "$mine}}"
	check "then nothing is left to do" same_engine says "$ALREADY" "$PIN"
	on rm -r /root/.docker
}

# proxied NAME=VALUE...: the script as prepare-node runs it, with variables that only its shell has.
proxied() {
	{ printf '%s\n' "$@" && cat "$SCRIPT"; } | on env "$PIN" ${DRAINED:+"NODE_DRAINED=$DRAINED"} sh -s
}

# A proxy that writes down what it is asked for, and has nothing.
start_proxy() {
	on sh -c 'cat >/root/proxy.py; setsid python3 /root/proxy.py >/dev/null 2>&1 </dev/null &' <<'PROXY'
import http.server


class Proxy(http.server.BaseHTTPRequestHandler):
    def do_CONNECT(self):
        with open("/run/proxied", "a") as f:
            f.write(f"{self.path} {self.headers['Proxy-Authorization']}\n")
        self.send_error(502)


http.server.HTTPServer(("127.0.0.1", 3128), Proxy).serve_forever()
PROXY
	within 60 on bash -c 'exec 3<>/dev/tcp/127.0.0.1/3128' 2>/dev/null
}

pulls_by_proxy() { ! on docker pull "$1/tools/x" && on grep -xF "$1:443 Basic bWU6c2VjcmV0" /run/proxied; }
pulls_without() { ! on docker pull "$1/tools/x" && ! on grep -F "$1" /run/proxied; }
asks_for_drain() { DRAINED=no proxied "$@" || [ $? = 75 ]; }

# mutant scripts/install-docker.sh ensure_proxy: without refuse_in_swarm
#   fails another proxy on a member asks for its work to go first
# mutant scripts/install-docker.sh write_private: 077 => 022
#   fails root alone reads it
test_proxy() {
	local url=DOCKER_HTTPS_PROXY=http://me:secret@127.0.0.1:3128 not=DOCKER_NO_PROXY=localhost,10.0.0.0/8 DRAINED=
	install "$PIN" "$FROM" >/dev/null
	start_proxy
	check "a proxy with a quote is refused" fails 2 "DOCKER_HTTP_PROXY has blanks, quotes or backslashes" "$PIN" "DOCKER_HTTP_PROXY=http://a'b"
	check "a proxy restarts the engine" new_engine proxied "$url" "$not"
	check "images come through it, with its password" pulls_by_proxy registry.invalid
	check "what is to be reached without it is" pulls_without 10.203.0.11
	check "root alone reads it" test "$(on stat -c '%a %U' /etc/docker/proxy.env)" = '600 root'
	check "docker info does not show the password" test "$(engine '{{.HTTPSProxy}} {{.NoProxy}}')" = 'http://xxxxx:xxxxx@127.0.0.1:3128 localhost,10.0.0.0/8'
	check "the same proxy keeps the process" same_engine proxied "$url" "$not"
	on docker swarm init --advertise-addr 10.203.0.11 >/dev/null
	check "another proxy on a member asks for its work to go first" same_engine asks_for_drain "$url"
	check "and nothing is touched" same_engine proxied "$url" "$not"
	on docker swarm leave --force >/dev/null
	check "another password is a restart" new_engine proxied "${url/secret/other}" "$not"
	check "no proxy any more is one, too" new_engine says "docker $VERSION is running" "$PIN"
	check "then there is none" test "$(engine '{{.HTTPSProxy}}{{.NoProxy}}')" = ''
	check "and nothing is left to do" same_engine says "$ALREADY" "$PIN"
}

# A run is killed after each step; the next one finishes the work.
test_kill() {
	check "killed after writing settings" killed_at 'settings written' "$PIN" "DOCKER_DAEMON_JSON=$OTHER"
	check "the next run puts them into effect" says "docker $VERSION is running" "$PIN" "DOCKER_DAEMON_JSON=$OTHER"
	check "they are in effect" test "$(engine '{{.LoggingDriver}}')" = json-file
	remove_engine
	check "killed while installing" killed_at installing "$PIN" "$FROM"
	check "the next run installs it" says "docker $VERSION is running" "$PIN" "$FROM"
	check "and holds it" held docker.io
}

# mutant scripts/install-docker.sh refuse_older_manager: returns 0
#   fails a manager is not rolled back to an older Docker
test_member() {
	install "$PIN" "$FROM" "DOCKER_DAEMON_JSON=$OTHER" >/dev/null
	on docker swarm init --advertise-addr 10.203.0.11 >/dev/null
	check "a member that is right is left alone" same_engine says "$ALREADY" "$PIN" "DOCKER_DAEMON_JSON=$OTHER"
	check "a member keeps its settings" same_engine fails 1 "member of a swarm" "$PIN" "DOCKER_DAEMON_JSON=$GOOD"
	check "the file too" settings_are "$OTHER"
	check "a member keeps its version" same_engine fails 1 "member of a swarm" DOCKER_VERSION=99.1.2 "$FROM"
	check "the package too" held docker.io
	check "a member that is rolled asks for its work to go first" same_engine fails 75 "has to go first" NODE_DRAINED=no "$PIN" "DOCKER_DAEMON_JSON=$GOOD"
	check "and says for which settings" fails 75 "DOCKER_DAEMON_JSON in experimental log-driver log-opts metrics-addr:" NODE_DRAINED=no "$PIN" "DOCKER_DAEMON_JSON=$GOOD"
	check "and keeps the file" settings_are "$OTHER"
	check "an unknown setting is refused before any work goes" same_engine fails 1 "nope" NODE_DRAINED=no "$PIN" "DOCKER_DAEMON_JSON=${OTHER%\}},\"nope\":1}"
	check "so is one that would take a member out of the swarm" same_engine fails 1 "is none any more" NODE_DRAINED=yes "$PIN" "DOCKER_DAEMON_JSON=${OTHER%\}},\"data-root\":\"/srv/docker\"}"
	check "which keeps the file, too" settings_are "$OTHER"
	check "a member reloads what it can with its work there" same_engine says "docker $VERSION is running" NODE_DRAINED=no "$PIN" "DOCKER_DAEMON_JSON=${OTHER%\}},\"labels\":[\"rack=9\"]}"
	check "that is in effect" running_labels 'rack=9'
	check "which no roll is needed for" same_engine says "docker $VERSION is running" "$PIN" "DOCKER_DAEMON_JSON=${OTHER%\}},\"labels\":[\"rack=10\"]}"
	check "but to take it out, its work has to go" same_engine fails 75 "in labels:" NODE_DRAINED=no "$PIN" "DOCKER_DAEMON_JSON=$OTHER"
	check "then it is taken out" new_engine says "docker $VERSION is running" NODE_DRAINED=yes "$PIN" "DOCKER_DAEMON_JSON=$OTHER"
	check "a manager is not rolled back to an older Docker" same_engine fails 1 "an older engine may be unable to read" NODE_DRAINED=no DOCKER_VERSION=9.1.2 "$FROM"
	check "nor once it is drained" same_engine fails 1 "an older engine may be unable to read" NODE_DRAINED=yes DOCKER_VERSION=9.1.2 "$FROM"
	check "a member that is rolled and right asks for nothing" same_engine says "$ALREADY" NODE_DRAINED=no "$PIN" "DOCKER_DAEMON_JSON=$OTHER"
	check "a member that is drained gets its settings" new_engine says "docker $VERSION is running" NODE_DRAINED=yes "$PIN" "DOCKER_DAEMON_JSON=$GOOD"
	check "and is rolled back to the others" new_engine says "docker $VERSION is running" NODE_DRAINED=yes "$PIN" "DOCKER_DAEMON_JSON=$OTHER"
	check "a member that was rolled is one still" test "$(engine '{{.Swarm.LocalNodeState}}')" = active
	on service docker stop
	check "a member that is down keeps its settings" fails 1 "member of a swarm" "$PIN" "DOCKER_DAEMON_JSON=$GOOD"
	check "a member that is down is started" says "docker $VERSION is running" "$PIN" "DOCKER_DAEMON_JSON=$OTHER"
	check "and is a member still" test "$(engine '{{.Swarm.LocalNodeState}}')" = active
	on docker swarm leave --force >/dev/null
	check "after leaving, settings change" new_engine says "docker $VERSION is running" "$PIN" "DOCKER_DAEMON_JSON=$GOOD"
}

# Starts a dpkg in the host that holds its lock until somebody writes to /run/go.
hold_dpkg() {
	mkdir -p "$WORK/slow/DEBIAN"
	printf 'Package: slow\nVersion: 1\nArchitecture: all\nMaintainer: Tests <tests@swarm-helpers.invalid>\nDescription: waits\n' \
		>"$WORK/slow/DEBIAN/control"
	printf '#!/bin/sh\n: >/run/waits\nread go </run/go\n' >"$WORK/slow/DEBIAN/preinst"
	chmod 0755 "$WORK/slow" "$WORK/slow/DEBIAN" "$WORK/slow/DEBIAN/preinst"
	dpkg-deb --build "$WORK/slow" "$WORK/slow.deb" >/dev/null
	on sh -c 'mkfifo /run/go && cat >/root/slow.deb' <"$WORK/slow.deb"
	on dpkg -i /root/slow.deb >/dev/null &
	within 60 on test -e /run/waits
}

test_lock() {
	remove_engine
	check "another package manager is at work" hold_dpkg
	check "waiting for it has an end" fails 1 "cannot be installed" "$PIN" "$FROM" DOCKER_LOCK_WAIT=2
	check "it is waited for" waits_for_lock "$PIN" "$FROM"
	check "then the engine runs" engine_runs "$VERSION"
	wait
}

# Holds the lock of apt's package lists for some seconds, as an apt-get update would.
hold_lists() {
	# shellcheck disable=SC2016 # perl's own variables
	on perl -MFcntl -e 'open(my $lists, ">>", "/var/lib/apt/lists/lock") or die;
		my $lock = pack("s s x![q] q q i x![q]", F_WRLCK, 0, 0, 0, 0);
		fcntl($lists, F_SETLK, $lock) or die;
		open(my $mark, ">", "/run/listed"); close($mark); sleep(4)' &
	within 60 on test -e /run/listed
}

# The key that the mirror shows: right, other, or both in one
key_is() { on cp "/srv/mirror/linux/$DISTRIBUTION/gpg.$1" "/srv/mirror/linux/$DISTRIBUTION/gpg"; }

test_repository() {
	local source=DOCKER_SOURCE=docker base=/srv/mirror/linux/$DISTRIBUTION mirror right other
	right=$(mirror_fingerprint mirror)
	other=$(mirror_fingerprint other)
	mirror=(DOCKER_REPOSITORY_URL=file:///srv/mirror "DOCKER_REPOSITORY_KEY=$right")
	on rm -rf /etc/apt/sources.list /etc/apt/sources.list.d
	on mkdir /etc/apt/sources.list.d
	check "a key that is not Docker's is refused" same_engine \
		fails 1 "is $right, expected 9DC858229FC7DD38854AE2D88D81803C0EBFCD88" "${mirror[0]}" "$source" "$PIN"
	key_is both
	check "the right key with another one beside it is refused" same_engine \
		fails 1 "is $right $other, expected $right" "${mirror[@]}" "$source" "$PIN"
	on sh -c "cat $base/gpg.right $base/gpg.other >$base/gpg"
	check "in a block of its own, too" same_engine \
		fails 1 "is not one that can be read, expected $right" "${mirror[@]}" "$source" "$PIN"
	key_is other
	check "a repository signed by somebody else is refused" same_engine \
		fails 1 "is not in file:///srv/mirror" "${mirror[0]}" "DOCKER_REPOSITORY_KEY=$other" "$source" "$PIN"
	check "nothing is installed from it" absent docker-ce
	key_is right
	on sh -c 'echo "deb file:///nowhere stable main" >/etc/apt/sources.list.d/broken.list'
	on docker swarm init --advertise-addr 10.203.0.11 >/dev/null
	check "a member that is rolled asks for its work to go before other packages come" same_engine \
		fails 75 "has to go first" NODE_DRAINED=no "${mirror[@]}" "$source" "$PIN"
	check "the package lists are being read by another" hold_lists
	check "beside a broken repository, Docker's packages replace the distribution's" new_engine \
		says "docker $VERSION is running" NODE_DRAINED=yes "${mirror[@]}" "$source" "$PIN"
	wait
	check "a member that was drained is one still, with other packages" test "$(engine '{{.Swarm.LocalNodeState}}')" = active
	on docker swarm leave --force >/dev/null
	check "the pin became the repository's version" package_is docker-ce "5:$VERSION-1~$DISTRIBUTION"
	check "the command has the same version" package_is docker-ce-cli "5:$VERSION-1~$DISTRIBUTION"
	check "the distribution's engine is gone" absent docker.io
	check "the engine from there runs" engine_runs "$VERSION"
	check "its second run changes nothing" same_engine says "$ALREADY" "${mirror[@]}" "$source" "$PIN"
	check "auto keeps it" same_engine says "$ALREADY" "${mirror[@]}" "$PIN"
	check "an upgrade does not move it" refuses upgrade_moves docker-ce
	on apt-mark unhold docker-ce docker-ce-cli >/dev/null
	check "which it would, were it not held" upgrade_moves docker-ce
	check "a version that is not there fails" same_engine fails 1 "which has: 5:$MIRROR_FALSE" "${mirror[@]}" "$source" DOCKER_VERSION=98.0.0
	check "an engine of another version than its package's fails" \
		fails 1 "$MIRROR_FALSE is expected, but the engine that runs is $VERSION" "${mirror[@]}" DOCKER_VERSION="$MIRROR_FALSE"
	check "another pin moves it down again" says "docker $VERSION is running" "${mirror[@]}" "$PIN"
	check "auto stays with Docker's packages" package_is docker-ce "5:$VERSION-1~$DISTRIBUTION"
	check "settings go on being applied" new_engine says "docker $VERSION is running" "$PIN" "DOCKER_DAEMON_JSON=$OTHER"
	install "${mirror[@]}" DOCKER_VERSION="$MIRROR_FALSE" >/dev/null 2>&1 || true
	check "the folder's engine replaces Docker's" new_engine says "docker $VERSION is running" "$PIN" "$FROM"
	check "Docker's is gone" absent docker-ce
	check "the distribution's is held" held docker.io
}

# On a stand-in for systemctl, which hands over to `service` what systemd would do itself.
test_systemd() {
	on mkdir -p /run/systemd/system
	on sh -c 'cat >/usr/local/sbin/systemctl && chmod 0755 /usr/local/sbin/systemctl' <<'STAND_IN'
#!/bin/sh
echo "$*" >>/run/systemctl.log
case $1 in
--quiet) [ -e /run/enabled ] ;;
enable) : >/run/enabled ;;
daemon-reload) ;;
start | restart) exec service docker "$1" ;;
*) exit 1 ;;
esac
STAND_IN
	check "with systemd, docker is enabled at boot" same_engine says "docker $VERSION is running" "$PIN"
	check "by systemctl" on grep -qx 'enable docker.service' /run/systemctl.log
	check "but once" same_engine says "$ALREADY" "$PIN"
	check "settings restart it" new_engine says "docker $VERSION is running" "$PIN" "DOCKER_DAEMON_JSON=$GOOD"
	check "by systemctl too" on grep -qx 'restart docker.service' /run/systemctl.log
	check "a proxy restarts it" new_engine says "docker $VERSION is running" "$PIN" DOCKER_HTTPS_PROXY=http://proxy.invalid:3128
	check "by a drop-in for the engine's environment" test "$(on paste -sd ' ' /etc/systemd/system/docker.service.d/50-proxy.conf)" = '[Service] EnvironmentFile=-/etc/docker/proxy.env'
	check "which systemd reads" on grep -qx daemon-reload /run/systemctl.log
}

# ---- all of it ----

remove_engine() {
	on service docker stop
	on apt-mark unhold docker.io containerd >/dev/null
	on dpkg --remove docker.io containerd runc tini >/dev/null 2>&1
}

set_up() {
	[ -e "$(echo "$PACKAGES"/docker.io_*.deb)" ] || { echo "test-install-docker: no packages in $PACKAGES; run it with --fetch first" >&2; exit 1; }
	host_start
	VERSION=$(packaged_version)
	DISTRIBUTION=$(os_release ID)
	PIN=DOCKER_VERSION=$VERSION FROM=DOCKER_PACKAGES=/srv/packages
	ALREADY="docker $VERSION is running already, nothing to change"
	GOOD='{"experimental":true,"metrics-addr":"127.0.0.1:9323","log-driver":"local","labels":["rack=7"]}'
	OTHER='{"log-driver":"json-file","log-opts":{"max-size":"5m"}}'
	mirror_build "$WORK/mirror" "$PACKAGES" "$VERSION"
	put "$PACKAGES" /srv/packages
	put "$WORK/mirror" /srv/mirror
	remove_engine
}

main() {
	if [ "${1-}" = --fetch ]; then
		fetch
		return
	fi
	set_up
	play test_environment test_https test_first_install test_settings test_reload test_logins test_proxy test_kill test_member test_lock \
		test_repository test_systemd
	finish_tests
}

main "$@"

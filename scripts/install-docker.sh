#!/bin/sh
# Puts one Docker engine, at one version and with one set of settings, on this
# machine. Runs as root, unattended: from cloud-init, or over SSH through
# prepare-node. Running it again changes nothing; killed at any point, running
# it again finishes the work. Exit codes: 0 done, 1 failed or refused, 2 a bad
# value in the environment, 75 a member of a swarm whose work has to go first.
# The environment is (all of it optional):
#
#   DOCKER_SOURCE          docker (Docker's own packages), distribution (docker.io,
#                          moby-engine), none (install nothing, only apply settings
#                          and verify) or auto (default): an engine that is there in
#                          the wanted version is kept, else the distribution's is
#                          taken if it has that version and Docker's is not there
#                          yet, else Docker's.
#   DOCKER_VERSION         the engine's version, such as 27.5.1. Empty: the one that
#                          is there, else the newest the source has, so machines
#                          prepared on different days may differ.
#   DOCKER_PACKAGES        a folder of .deb or .rpm files on this machine to install
#                          from, instead of any repository.
#   DOCKER_REPOSITORY_URL  a mirror of download.docker.com (https:// or file://).
#   DOCKER_REPOSITORY_KEY  the fingerprint of the key that signs it. Empty: Docker's.
#   DOCKER_DAEMON_JSON     the whole content of /etc/docker/daemon.json. Empty: the
#                          file is left alone. What was there before this script is
#                          kept beside it, as daemon.json.before. Where nothing but
#                          what an engine can reload is added or has another value, it
#                          is reloaded; for all else it is restarted.
#   DOCKER_HTTP_PROXY, DOCKER_HTTPS_PROXY, DOCKER_NO_PROXY
#                          the engine's proxies, and what it reaches without one, with commas
#                          between; variables of the shell will do where there is a password
#                          in them. They go into a file for root alone that the engine's
#                          environment is read from, as every version takes them there. None:
#                          those of an earlier run are taken out.
#   DOCKER_REGISTRY_AUTH   logins at registries, for root's docker command here, a line each:
#                          REGISTRY VERSION VARIABLE USERNAME. VARIABLE is one of the shell, not
#                          of the environment, and has the password; VERSION only
#                          makes two lines differ. A login of an earlier run that is no
#                          longer there is taken out; others in that file stay.
#   DOCKER_WAIT            seconds to wait for the engine to answer, 60.
#   DOCKER_LOCK_WAIT       seconds that a step waits for another package manager, 240.
#
#   NODE_DRAINED           as roll-swarm sets it: no, nothing is touched yet where the
#                          engine would have to be restarted (75); yes, it is.
#
# The engine's packages are held, so that unattended upgrades do not move them.
# A member of a swarm is not restarted otherwise: where it would have to be, this fails.
set -eu
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"

settings_file=/etc/docker/daemon.json
# The engine has not taken up its settings or packages yet. In /run, as a reboot
# makes it do so.
restart_mark=/run/install-docker.restart
# The same of settings for which a reload is enough.
reload_mark=/run/install-docker.reload
# What every engine from 20.10 on takes up when it is reloaded (daemon/reload.go of moby). It
# does not notice that one is gone from the file.
reloadable='allow-nondistributable-artifacts debug default-runtime insecure-registries labels
	max-concurrent-downloads max-concurrent-uploads max-download-attempts registry-mirrors runtimes shutdown-timeout'
# The engine's environment, and what has it read at the engine's start
proxy_file=/etc/docker/proxy.env
proxy_unit=/etc/systemd/system/docker.service.d/50-proxy.conf
# Where root's docker command finds logins, and the registries whose logins are of this script.
logins_file=~root/.docker/config.json
logins_record=/etc/docker/registry-logins
companions='docker-ce-cli docker-cli docker-ce-rootless-extras containerd.io containerd'

say() { printf '%s\n' "$*"; }

# Says on stderr what is wrong and ends with the given exit code.
stop() {
	code=$1
	shift
	printf 'install-docker: %s: %s\n' "$(uname -n)" "$*" >&2
	exit "$code"
}

fail() { stop 1 "$@"; }

# The same, after the messages of the command that failed.
fail_with_log() {
	tail -n 15 "$work/log" >&2
	fail "$@"
}

read_environment() {
	wanted=${DOCKER_VERSION:-} source=${DOCKER_SOURCE:-auto} folder=${DOCKER_PACKAGES:-}
	mirror=${DOCKER_REPOSITORY_URL:-https://download.docker.com} settings=${DOCKER_DAEMON_JSON:-}
	logins=${DOCKER_REGISTRY_AUTH:-} engine_wait=${DOCKER_WAIT:-60} lock_wait=${DOCKER_LOCK_WAIT:-240}
	fingerprint=$(printf %s "${DOCKER_REPOSITORY_KEY:-}" | tr -d ' ' | tr a-f A-F)
	case $source in
	auto | docker | distribution | none) ;;
	*) stop 2 "DOCKER_SOURCE is '$source', expected auto, docker, distribution or none" ;;
	esac
	case $wanted in
	*[!0-9A-Za-z.-]* | [!0-9]*) stop 2 "DOCKER_VERSION is '$wanted', expected the engine's version such as 27.5.1" ;;
	'' | *.*.[0-9]*) ;;
	*) stop 2 "DOCKER_VERSION is '$wanted', expected all three parts such as 27.5.1" ;;
	esac
	case $mirror in
	*[[:space:]]*) stop 2 "DOCKER_REPOSITORY_URL is '$mirror', expected an address without spaces" ;;
	https://?* | file:///*) mirror=${mirror%/} ;;
	*) stop 2 "DOCKER_REPOSITORY_URL is '$mirror', expected https:// or file://, since the key found there is trusted" ;;
	esac
	case ${#fingerprint}:$fingerprint in
	*:*[!0-9A-F]*) stop 2 "DOCKER_REPOSITORY_KEY is '$DOCKER_REPOSITORY_KEY', expected the 40 digits of a key's fingerprint" ;;
	0: | 40:*) ;;
	*) stop 2 "DOCKER_REPOSITORY_KEY is '$DOCKER_REPOSITORY_KEY', expected all 40 digits of a key's fingerprint" ;;
	esac
	[ -z "$folder" ] || [ -d "$folder" ] || stop 2 "DOCKER_PACKAGES is '$folder', which is no folder on this machine"
	for seconds in "$engine_wait" "$lock_wait"; do
		case $seconds in
		0* | *[!0-9]* | ?????*) stop 2 "DOCKER_WAIT or DOCKER_LOCK_WAIT is '$seconds', expected seconds from 1 to 9999" ;;
		esac
	done
}

# Sets the package manager, the names that engines have there, and the folder
# and code name of this distribution in Docker's repository (empty: none).
read_system() {
	manager='' engines='' system=''
	# shellcheck source=/dev/null
	[ ! -r /etc/os-release ] || . /etc/os-release
	if command -v apt-get >/dev/null; then
		manager=apt engines='docker-ce docker.io moby-engine' glue='=' key=/etc/apt/keyrings/docker.asc
		fingerprint=${fingerprint:-9DC858229FC7DD38854AE2D88D81803C0EBFCD88}
	elif command -v dnf >/dev/null; then
		manager=dnf engines='docker-ce moby-engine' glue=- key=/etc/pki/rpm-gpg/RPM-GPG-KEY-docker
		fingerprint=${fingerprint:-060A61C51B558A7F742B77AAC52FEB6B621E9F35}
	fi
	case " ${ID:-} ${ID_LIKE:-} " in
	' amzn '*) engines='docker-ce docker' ;;
	' raspbian '* | ' fedora '* | ' rhel '*) system=$ID ;;
	*' ubuntu '*) system=ubuntu ;;
	*' debian '*) system=debian ;;
	*' centos '* | *' rhel '*) system=centos ;;
	*' fedora '*) system=fedora ;;
	esac
	codename=${UBUNTU_CODENAME:-${DEBIAN_CODENAME:-${VERSION_CODENAME:-}}}
}

# The engine's version inside a package's: 5:27.5.1-1~debian.12~bookworm is
# 27.5.1, 20.10.24+dfsg1-1+deb12u1 is 20.10.24, 28.0.0~rc.1-1 is 28.0.0-rc.1.
engine_version_of() { printf '%s\n' "$1" | sed 's/^[0-9]*://; s/-[^-]*$//; s/+.*//; s/~/-/g'; }
is_wanted() { [ -z "$wanted" ] || [ "$1" = "$wanted" ]; }
logged() { "$@" >"$work/log" 2>&1 </dev/null; }

# Makes file $1 a copy of $2 at one stroke.
replace_file() {
	mkdir -p "${1%/*}"
	cp "$2" "$1.new"
	chmod 0644 "$1.new"
	mv "$1.new" "$1"
}

# Repeats a package manager's command while another one holds a lock: apt-get's
# own Lock::Timeout does not cover the lock of the package lists.
patiently() {
	until_then=$(($(date +%s) + lock_wait))
	until logged "$@"; do
		grep -Eqi 'could not get lock|unable to lock|already locked|locked by another|existing lock|transaction lock' "$work/log" || return 1
		[ "$(date +%s)" -lt "$until_then" ] || return 1
		sleep 2
	done
}

# ---- the engine

docker_here() { timeout 10 docker --host unix:///var/run/docker.sock "$@" 2>/dev/null </dev/null; }

running_version() {
	answer=$(docker_here version --format '{{.Server.Version}}') || answer=
	printf '%s\n' "${answer%%+*}"
}

# Whether the machine is a member of a swarm. An engine that does not answer is judged by
# what it keeps on disk, and takes away when it leaves.
in_swarm() {
	if state=$(docker_here info --format '{{.Swarm.LocalNodeState}}') && [ -n "$state" ]; then
		[ "$state" != inactive ]
	else
		root=$(sed -n 's/.*"data-root"[[:space:]]*:[[:space:]]*"\([^"]*\)".*/\1/p' "$settings_file" 2>/dev/null) || :
		[ -s "${root:-/var/lib/docker}/swarm/docker-state.json" ]
	fi
}

# Ends where the machine is a member of a swarm whose work has not gone first.
refuse_in_swarm() {
	in_swarm || return 0
	case ${NODE_DRAINED:-} in
	yes) return 0 ;;
	no) stop 75 "$1: the work of this node has to go first" ;;
	esac
	fail "$1, but this is a member of a swarm and is not touched: set the old value again, take the node out first, or let roll-swarm see to it"
}

# Fails on a manager of a swarm that would get an engine of an older series.
refuse_older_manager() {
	[ -n "$wanted" ] && [ "${present%%.*}" -gt "${wanted%%.*}" ] || return 0
	[ "$(docker_here info --format '{{.Swarm.ControlAvailable}}')" = true ] || return 0
	fail "docker $wanted is expected, found $present, and this is a manager, whose raft log an older engine may be unable to read: keep $present, or take the node out of the swarm first"
}

# None of the three has a time limit of its own that fits every machine.
control_service() {
	if [ -d /run/systemd/system ]; then
		systemctl reset-failed docker.service || :
		timeout "$engine_wait" systemctl "$1" docker.service
	elif command -v rc-service >/dev/null; then
		timeout "$engine_wait" rc-service docker "$1"
	else
		timeout "$engine_wait" service docker "$1"
	fi
}

ensure_enabled_at_boot() {
	[ -d /run/systemd/system ] && ! systemctl --quiet is-enabled docker.service 2>/dev/null || return 0
	logged systemctl enable docker.service || fail_with_log "docker cannot be enabled at boot: see above"
	changed=yes
}

show_engine_log() {
	if [ -d /run/systemd/system ]; then
		journalctl --unit docker.service --lines 8 --no-pager --output cat >&2 || :
	elif [ -r /var/log/docker.log ]; then
		tail -n 8 /var/log/docker.log >&2
	fi
}

# Starts or restarts the engine and waits until it answers.
bring_up() {
	say "$1ing docker"
	logged control_service "$1" || { cat "$work/log" >&2; return 1; }
	until_then=$(($(date +%s) + engine_wait))
	until [ -n "$(running_version)" ]; do
		[ "$(date +%s)" -lt "$until_then" ] || return 1
		sleep 0.5
	done
	rm -f "$restart_mark" "$reload_mark"
}

# Makes the engine read its settings again and waits for its word that it has taken them up;
# the times are the engine's own.
reload_engine() {
	say "reloading docker"
	since=$(docker_here info --format '{{.SystemTime}}') || return 1
	if [ -d /run/systemd/system ]; then
		logged timeout "$engine_wait" systemctl reload docker.service
	else
		logged kill -HUP "$(cat /var/run/docker.pid)"
	fi || { cat "$work/log" >&2; return 1; }
	until_then=$(($(date +%s) + engine_wait))
	until now=$(docker_here info --format '{{.SystemTime}}') &&
		docker_here events --since "$since" --until "$now" --filter type=daemon --filter event=reload | grep -q .; do
		[ "$(date +%s)" -lt "$until_then" ] || return 1
		sleep 0.2
	done
	rm -f "$reload_mark"
}

# ---- apt and dnf: the same functions for both, called by name

apt_get() {
	patiently env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get -y \
		-o DPkg::Lock::Timeout="$lock_wait" -o Acquire::Retries=3 -o Acquire::http::Timeout=30 \
		-o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
}

dnf_run() {
	patiently dnf -y --setopt=exit_on_lock=True --setopt=retries=3 --setopt=timeout=30 --setopt=install_weak_deps=False "$@"
}

apt_installed() {
	dpkg-query --show --showformat='${db:Status-Status} ${Version}\n' "$1" 2>/dev/null | sed -n 's/^installed //p'
}

dnf_installed() { ! answer=$(rpm -q --queryformat '%{EVR}\n' "$1" 2>/dev/null) || printf '%s\n' "$answer"; }
apt_refresh() { apt_get update -o APT::Update::Error-Mode=any; }
dnf_refresh() { dnf_run makecache; }

# The versions of a package, the preferred one first.
apt_versions() {
	apt-cache policy "$1" | sed -n 's/^  Candidate: \([^(]\)/\1/p'
	apt-cache madison "$1" | awk '$NF != "Sources" { print $3 }'
}

dnf_versions() {
	dnf_run -q repoquery --queryformat '%{name} %{evr}\n' "$1" || :
	sed -n "s/^$1 //p" "$work/log" | sort -ruV
}

# Whoever has listed the repository already in a file of his own keeps that.
apt_add_repository() {
	list=/etc/apt/sources.list.d/docker.list
	grep -rlsF "$1" /etc/apt/sources.list /etc/apt/sources.list.d | grep -qvxF "$list" ||
		printf 'deb [arch=%s signed-by=%s] %s %s stable\n' "$(dpkg --print-architecture)" "$key" "$1" "$codename" >"$list"
}

dnf_add_repository() {
	list=/etc/yum.repos.d/docker-ce.repo
	# shellcheck disable=SC2016 # dnf's own variables
	grep -rlsF "$1" /etc/yum.repos.d | grep -qvxF "$list" ||
		printf '[docker-ce-stable]\nname=Docker CE Stable\nbaseurl=%s/$releasever/$basearch/stable\ngpgcheck=1\ngpgkey=file://%s\n' "$1" "$key" >"$list"
}

# A run that was killed leaves dpkg half done, and apt-get refuses until that is
# finished. Where AppArmor is on, no container starts without its loader. Docker's
# packages conflict with the distribution's, but give way only when told to.
apt_install() {
	[ -z "$(dpkg --audit)" ] || patiently env DEBIAN_FRONTEND=noninteractive dpkg --force-confold --configure -a || return 1
	if [ -e /sys/module/apparmor/parameters/enabled ] && [ -z "$folder$(apt_installed apparmor)" ] && [ -n "$(apt_versions apparmor)" ]; then
		set -- "$@" apparmor
	fi
	case $* in
	*docker.io[=_]*)
		for name in docker-ce docker-ce-cli docker-ce-rootless-extras containerd.io; do
			[ -z "$(apt_installed "$name")" ] || set -- "$@" "$name-"
		done
		;;
	esac
	apt_get install --no-install-recommends --allow-downgrades --allow-change-held-packages "$@"
}

dnf_install() { dnf_run install --allowerasing "$@"; }

apt_install_files() {
	apt_install -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts=/dev/null "$@"
}

dnf_install_files() { dnf_install --disablerepo='*' "$@"; }

# Name and version of a package file, nothing if it is not for this machine.
apt_describe() {
	# shellcheck disable=SC2016 # dpkg-deb's own variables
	dpkg-deb -W --showformat='${Architecture} ${Package} ${Version}\n' "$1" 2>/dev/null |
		sed -n "s/^all //p; s/^$(dpkg --print-architecture) //p"
}

dnf_describe() {
	rpm -qp --queryformat '%{ARCH} %{NAME} %{EVR}\n' "$1" 2>/dev/null | sed -n "s/^noarch //p; s/^$(uname -m) //p"
}

apt_is_held() { [ "$(dpkg-query --show --showformat='${db:Status-Want}' "$1")" = hold ]; }
dnf_is_held() { grep -qsF "$1" /etc/dnf/plugins/versionlock.list /etc/dnf/versionlock.toml; }
apt_hold() { apt_select hold "$@"; }

# What apt-mark does, which first reads all lists of packages: two seconds on a small machine.
apt_select() {
	# shellcheck disable=SC2016 # of that shell
	patiently sh -c 'want=$1 && shift && printf "%s $want\n" "$@" | dpkg --set-selections' sh "$@"
}

dnf_hold() {
	dnf_run -q versionlock list || dnf_run install 'dnf-command(versionlock)' || return 1
	dnf_run versionlock add "$@"
}

# apt-get changes the version of a held package when told to, but never removes one.
apt_release() { apt_select install "$@"; }

dnf_release() {
	for name; do
		dnf_run -q versionlock delete "$name" || :
	done
}

# ---- which packages

# Other people's broken repositories are no reason to stop.
refresh() {
	"${manager}_refresh" || say "going on with the package lists that could be read: $(grep -iE 'err|fail|lock' "$work/log" | head -n 1)"
}

ensure_curl() {
	! command -v curl >/dev/null && ! command -v wget >/dev/null || return 0
	refresh
	"${manager}_install" ca-certificates curl || fail_with_log "curl cannot be installed: see above"
}

# Copies what is at the address $1 to the file $2.
download() {
	if [ "${1#file:}" != "$1" ]; then
		logged cp "${1#file://}" "$2"
		return
	fi
	ensure_curl
	if command -v curl >/dev/null; then
		logged curl -fsSL --proto =https --retry 3 --connect-timeout 20 --max-time 120 --output "$2" "$1"
	else
		# Without redirections: wget follows them to http://, too.
		logged wget -nv --tries=3 --timeout=20 --max-redirect=0 --output-document="$2" "$1"
	fi
}

# The packets of the OpenPGP key in the file $1, a line each: kind, where its body begins,
# length; none where anything in it is not understood. Not every machine has a gpg.
packets_of() {
	od -An -v -tu1 -w1 "$1" | awk '
		{ byte[NR] = $1 }
		END {
			for (at = 1; at <= NR; at += head + size) {
				first = byte[at]; size = byte[at + 1]; head = 2
				if (first >= 192) {
					kind = first - 192
					if (size >= 192 && size < 224) { head = 3; size = (size - 192) * 256 + byte[at + 2] + 192 }
					else if (size >= 224) exit
				} else if (first >= 128) {
					kind = int((first - 128) / 4)
					if (first % 4 == 1) { head = 3; size = size * 256 + byte[at + 2] }
					else if (first % 4 > 1) exit
				} else exit
				packets = packets kind " " at - 1 + head " " size "\n"
			}
			if (at == NR + 1) printf "%s", packets
		}'
}

# What is inside the armour of the file $1, if that is one block and nothing beside it:
# whoever reads it later must find no other key there.
armoured() {
	awk '
		{ sub(/\r$/, "") }
		state == 0 && $0 == "-----BEGIN PGP PUBLIC KEY BLOCK-----" { state = 1; next }
		state == 1 && /^[A-Za-z]+: / { next }
		state == 1 && /^$/ { state = 2; next }
		state == 2 && /^[A-Za-z0-9+\/]+=*$/ { body = body $0 "\n"; next }
		state == 2 && /^=[A-Za-z0-9+\/]+$/ { state = 3; next }
		(state == 2 || state == 3) && $0 == "-----END PGP PUBLIC KEY BLOCK-----" { state = 4; next }
		(state == 0 || state == 4) && /^$/ { next }
		{ state = 5 }
		END { if (state == 4) printf "%s", body }' "$1"
}

# The fingerprints of all keys in the file $1 (in armour) that vouch for themselves: SHA-1
# of 0x99, the length in two bytes, and the key's packet (RFC 4880, 12.2). What is signed
# by one of their subkeys, they vouch for.
fingerprints_of() {
	armoured "$1" | base64 -d >"$work/key.bin" 2>/dev/null || return 0
	packets_of "$work/key.bin" | while read -r kind at size; do
		[ "$kind" = 6 ] || continue
		{
			# shellcheck disable=SC2059 # two bytes, as octal numbers
			printf "$(printf '\\231\\%03o\\%03o' $((size / 256)) $((size % 256)))"
			tail -c "+$((at + 1))" "$work/key.bin" | head -c "$size"
		} | sha1sum | cut -d ' ' -f 1 | tr a-f A-F
	done
}

# Packages are as good as this key: it has to be the one that is expected, and alone.
fetch_key() {
	download "$1" "$work/key" || fail_with_log "the key $1 cannot be read: check the way out, or set DOCKER_REPOSITORY_URL to a mirror or DOCKER_PACKAGES to a folder of packages"
	grep -q 'BEGIN PGP PUBLIC KEY BLOCK' "$work/key" || fail "$1 is no OpenPGP key: check DOCKER_REPOSITORY_URL, or a proxy that answers in its place"
	found=$(fingerprints_of "$work/key" | paste -sd ' ' -)
	[ "$found" = "$fingerprint" ] || fail "the key $1 is ${found:-not one that can be read}, expected $fingerprint: set DOCKER_REPOSITORY_KEY if this mirror signs with a key of its own"
	replace_file "$key" "$work/key"
}

add_repository() {
	[ -n "$system" ] || fail "Docker has no packages for '${ID:-}': set DOCKER_SOURCE=distribution, or install docker in the image and set DOCKER_SOURCE=none"
	fetch_key "$mirror/linux/$system/gpg"
	"${manager}_add_repository" "$mirror/linux/$system"
	refresh
}

# The first version of a package that is the wanted one; nothing if there is none.
pick_version() {
	for candidate in $("${manager}_versions" "$1"); do
		if is_wanted "$(engine_version_of "$candidate")"; then
			printf '%s\n' "$candidate"
			return
		fi
	done
}

# Sets engine and version to what the distribution has, if that is wanted.
pick_from_distribution() {
	refresh
	for engine in ${engines#docker-ce }; do
		version=$(pick_version "$engine")
		[ -z "$version" ] || return 0
	done
	return 1
}

fail_not_there() {
	there=$(for name in $engines; do "${manager}_versions" "$name"; done | awk '!seen[$0]++' | head -n 5 | tr '\n' ' ')
	fail "docker ${wanted:-of any version} is not in $1, which has: ${there:-nothing}; set DOCKER_VERSION to one that it has, or change DOCKER_SOURCE"
}

# The engine's own packages are of one version; the rest follows by dependency.
# Where Docker's packages are already, auto stays with them.
install_from_repository() {
	if [ "$source" != docker ] && [ "$source:$package" != auto:docker-ce ] && pick_from_distribution; then
		set -- "$engine$glue$version"
		# Newer distributions keep the docker command in a package of its own.
		[ -z "$("${manager}_versions" docker-cli)" ] || set -- "$@" docker-cli
	elif [ "$source" = distribution ]; then
		fail_not_there "the distribution's packages"
	else
		add_repository
		version=$(pick_version docker-ce)
		[ -n "$version" ] || fail_not_there "$mirror"
		set -- "docker-ce$glue$version" "docker-ce-cli$glue$(pick_version docker-ce-cli)" containerd.io
	fi
	say "installing $*"
	"${manager}_install" "$@"
}

# Everything in the folder that is made for this machine, but one engine only.
install_from_folder() {
	found=
	for file in "$folder"/*.deb "$folder"/*.rpm; do
		name=$("${manager}_describe" "$file")
		version=$(engine_version_of "${name#* }") name=${name%% *}
		case " $engines docker-ce-cli docker-cli " in
		*" ${name:-none} "*) is_wanted "$version" || continue ;;
		esac
		case " $engines " in
		*" ${name:-none} "*) found="$found $name $version," ;;
		esac
		[ -z "$name" ] || set -- "$@" "$file"
	done
	case $found in
	'') fail "no package of docker ${wanted:-of any version} for this machine is in $folder: put it there with what it depends on" ;;
	*,*,*) fail "several engines are in $folder:${found%,}; leave one, or set DOCKER_VERSION" ;;
	esac
	say "installing${found%,} from $folder"
	"${manager}_install_files" "$@"
}

# Sets package and installed to the engine's package and version, if there is one.
find_installed() {
	package='' installed=''
	for name in $engines; do
		version=$("${manager}_installed" "$name")
		[ -n "$version" ] || continue
		package=$name installed=$(engine_version_of "$version")
		return
	done
}

# Whether the engine that is here has the version and the source asked for.
may_stay() {
	[ "$present" != none ] && is_wanted "$present" || return 1
	case $folder$source:$package in
	docker:docker-ce | docker: | distribution:docker-ce) [ "$source" = docker ] ;;
	docker:*) return 1 ;;
	esac
}

ensure_installed() {
	find_installed
	running=$(running_version)
	present=${installed:-${running:-none}}
	! may_stay || return 0
	[ "$source" != none ] || fail "docker ${wanted:-of any version} is expected, found $present: install it in the image, or set DOCKER_SOURCE"
	[ -n "$manager" ] || fail "neither apt-get nor dnf is here: install docker in the image and set DOCKER_SOURCE=none"
	[ "$present" = none ] || refuse_older_manager
	[ "$present" = none ] || refuse_in_swarm "docker ${wanted:-} of source $source is expected, found $present ($package)"
	[ -n "$package" ] || [ -z "$running" ] || fail "docker $wanted is expected, $running runs but is of no package: remove it, or set DOCKER_VERSION=$running"
	hold_or_release release
	# Not every package restarts what runs, and not on every machine.
	[ -z "$running" ] || : >"$restart_mark"
	if [ -n "$folder" ]; then
		install_from_folder
	else
		install_from_repository
	fi || fail_with_log "docker ${wanted:-} cannot be installed: see above"
	changed=yes
	find_installed
}

# Holds, or releases, the packages of the engine that are installed.
hold_or_release() {
	change=$1
	set --
	for name in $package $companions; do
		[ -z "$("${manager}_installed" "$name")" ] || set -- "$@" "$name"
	done
	[ $# = 0 ] || "${manager}_$change" "$@" || fail_with_log "$*: cannot $change this version: see above"
}

ensure_held() {
	[ "$source" != none ] && [ -n "$package" ] && ! "${manager}_is_held" "$package" || return 0
	hold_or_release hold
	say "held at this version: $package and what it runs on"
	changed=yes
}

# ---- settings

# An engine before 23.0 cannot be asked to check a file, but without root's
# rights it reads it, complains about it, and then refuses to start.
check_settings() {
	chmod 0711 "$work"
	chmod 0644 "$1"
	if dockerd --help 2>&1 | grep -q -e --validate; then
		answer=$(timeout 20 dockerd --validate --config-file "$1" 2>&1) && return
	else
		answer=$(timeout 20 setpriv --reuid 65534 --regid 65534 --clear-groups dockerd --config-file "$1" 2>&1) || :
		[ "${answer#*unable to configure}" != "$answer" ] || return 0
	fi
	fail "DOCKER_DAEMON_JSON is not valid, $settings_file is left as it was: $(printf '%s\n' "$answer" | tail -n 1)"
}

# The members of the JSON object in file $1, each on a line: its name in quotes, a tab, its
# value without the blanks between its parts. Fails where that is no object.
members_of() {
	awk '
		{ text = text $0 "\n" }
		function end_member() { if (name != "") print name "\t" value; name = value = "" }
		END {
			for (i = 1; i <= length(text); i++) {
				c = substr(text, i, 1)
				if (quoted) {
					if (c == "\\") c = c substr(text, ++i, 1)
					else if (c == "\"") quoted = 0
				} else if (c ~ /[ \t\r\n]/) continue
				else if (closed || (!depth && c != "{")) exit 1
				else if (c == "\"") quoted = 1
				else if (c == "{" || c == "[") { if (!depth++) continue }
				else if (c == "}" || c == "]") { if (!--depth) { end_member(); closed = 1; continue } }
				else if (depth == 1 && c == ":") { name = value; value = ""; continue }
				else if (depth == 1 && c == ",") { end_member(); continue }
				value = value c
			}
			exit !closed
		}' "$1"
}

# The names of the settings, with a blank between, that differ in files $1 and $2 and need a
# restart. A file that cannot be taken apart needs one for all that it has.
settings_to_restart_for() {
	[ ! -e "$1" ] && : >"$work/before" || members_of "$1" >"$work/before" || printf '"%s"\t\n' "what was there" >>"$work/before"
	members_of "$2" >"$work/after" || printf '"%s"\t\n' "what is to be there" >>"$work/after"
	printf '%s\n' "$reloadable" | tr -s '[:space:]' '\n' | awk -F '\t' '
		FILENAME == "-" { live["\"" $1 "\""] = 1; next }
		FILENAME == ARGV[2] { before[$1] = $2; next }
		{
			if (!($1 in live) && (!($1 in before) || before[$1] != $2)) print $1
			after[$1] = 1
		}
		END { for (name in before) if (!(name in after)) print name }' - "$work/before" "$work/after" |
		tr -d '"' | sort | paste -sd ' ' -
}

# What somebody else wrote is kept: the first copy stays, later ones are this script's own.
keep_settings() {
	cp "$settings_file" "$work/before.json"
	[ -e "$settings_file.before" ] || { cp -p "$settings_file" "$settings_file.before" && say "$settings_file is kept as $settings_file.before"; }
}

# Puts file $1 in place of the settings; $2 is the mark of what the engine has to do for it.
write_settings() {
	: >"$2"
	replace_file "$settings_file" "$1"
}

# The engine would look for its part of the swarm elsewhere, and be in none.
refuse_to_move_state() {
	case " $1 " in
	*' data-root '* | *' userns-remap '*) ;;
	*) return 0 ;;
	esac
	! in_swarm || fail "$settings_file: $1: with another data-root or userns-remap a member of a swarm is none any more; set the old value again, or take the node out first"
}

ensure_settings() {
	[ -n "$settings" ] || return 0
	printf '%s\n' "$settings" >"$work/daemon.json"
	! cmp -s "$work/daemon.json" "$settings_file" || return 0
	check_settings "$work/daemon.json"
	differ=$(settings_to_restart_for "$settings_file" "$work/daemon.json")
	mark=$reload_mark
	if [ -n "$differ" ]; then
		refuse_to_move_state "$differ"
		refuse_in_swarm "$settings_file differs from DOCKER_DAEMON_JSON in $differ"
		mark=$restart_mark
	fi
	[ ! -e "$settings_file" ] || keep_settings
	write_settings "$work/daemon.json" "$mark"
	rewritten=yes changed=yes
	say "settings written to $settings_file"
}

# $1 is what the engine was to do: start, restart or reload.
restore_settings() {
	if [ ! -e "$work/before.json" ]; then
		rm -f "$settings_file" "$reload_mark"
	elif [ "$1" = reload ]; then
		write_settings "$work/before.json" "$reload_mark"
	else
		write_settings "$work/before.json" "$restart_mark"
	fi
	if [ "$1" = reload ]; then
		[ ! -e "$settings_file" ] || reload_engine
	else
		bring_up restart
	fi || say "docker does not $1 with the settings that it had before either"
}

# ---- proxies

# As systemd and a shell both read it
proxy_text() {
	for name in HTTP_PROXY HTTPS_PROXY NO_PROXY; do
		value=
		eval "value=\${DOCKER_$name:-}"
		case $value in
		*[[:space:]\'\"\\]*) stop 2 "DOCKER_$name has blanks, quotes or backslashes: write them as a URL has them, in percents" ;;
		?*) printf "%s='%s'\n" "$name" "$value" ;;
		esac
	done
}

# Has the engine's environment read from the file, where it has to be told.
hook_proxy() {
	if [ -d /run/systemd/system ]; then
		printf '[Service]\nEnvironmentFile=-%s\n' "$proxy_file" >"$work/unit"
		! cmp -s "$work/unit" "$proxy_unit" || return 0
		replace_file "$proxy_unit" "$work/unit"
		logged systemctl daemon-reload || fail_with_log "systemd does not read $proxy_unit: see above"
		return
	fi
	for conf in /etc/conf.d/docker /etc/default/docker; do
		[ -d "${conf%/*}" ] || continue
		grep -qsF "$proxy_file" "$conf" || printf '[ ! -r %s ] || { set -a; . %s; set +a; }\n' "$proxy_file" "$proxy_file" >>"$conf"
		return
	done
}

# For root alone: there may be a password in it.
write_private() {
	(
		umask 077
		mkdir -p "${1%/*}"
		rm -f "$1.new"
		printf '%s\n' "$2" >"$1.new"
		mv "$1.new" "$1"
	)
}

ensure_proxy() {
	text=$(proxy_text) || exit $?
	[ "$text" != "$(cat "$proxy_file" 2>/dev/null)" ] || return 0
	refuse_in_swarm "$proxy_file differs from the proxies that are asked for"
	: >"$restart_mark"
	mkdir -p "${proxy_file%/*}"
	hook_proxy
	if [ -n "$text" ]; then write_private "$proxy_file" "$text"; else rm -f "$proxy_file"; fi
	changed=yes
	say "the engine's proxies are in $proxy_file"
}

# ---- logins

# What that registry's login goes by in docker's own file
login_name() {
	case $1 in
	docker.io | index.docker.io) echo https://index.docker.io/v1/ ;;
	*) printf '%s\n' "$1" ;;
	esac
}

# The names of the logins that are asked for, each of which has to be whole
login_names() {
	printf '%s\n' "$logins" | while read -r registry _ variable username; do
		[ -n "$registry" ] || continue
		case $variable:$username in
		[0-9]*:* | *[!A-Za-z0-9_]*:* | :* | *:) stop 2 "DOCKER_REGISTRY_AUTH: expected REGISTRY VERSION VARIABLE USERNAME for $registry" ;;
		esac
		eval "password=\${$variable:-}"
		[ -n "$password" ] || stop 2 "DOCKER_REGISTRY_AUTH: the password for $registry is missing: set $variable"
		login_name "$registry"
	done
}

# The same with what docker keeps of each: name, a tab, value. Passwords go through pipes alone;
# as arguments of a program they would be in the list of processes.
login_members() {
	printf '%s\n' "$logins" | while read -r registry _ variable username; do
		[ -n "$registry" ] || continue
		eval "password=\$$variable"
		printf '"%s"\t{"auth":"%s"}\n' "$(login_name "$registry")" "$(printf '%s:%s' "$username" "$password" | base64 | tr -d '\n')"
	done
}

# The members of the object that is the member $1 of what root's file holds
members_in() {
	printf '%s\n' "$held" | awk -F '\t' -v name="\"$1\"" '$1 == name { print $2 }' | { members_of - || :; }
}

# Where the file names a store of logins docker asks that in its place.
refuse_stores() {
	case $(printf '%s\n' "$held" | cut -f 1) in
	*'"credsStore"'*) fail "$logins_file has credsStore, so that docker asks that store and not this file: take it out, or the logins" ;;
	esac
	for name in $names; do
		! members_in credHelpers | cut -f 1 | grep -qxF "\"$name\"" ||
			fail "$logins_file has a credHelper for $name, which docker asks in place of this file: take it out, or the login"
	done
}

# What the file is to hold: all that it has, with the logins asked for in place of this script's.
logins_text() {
	others=$(printf '%s\n' "$held" | grep -v '^"auths"' | tr '\t' : | paste -sd , -)
	auths=$({
		members_in auths | awk -F '\t' -v ours=" $ours " '!index(ours, " " substr($1, 2, length($1) - 2) " ")'
		login_members
	} | tr '\t' : | paste -sd , -)
	printf '{%s"auths":{%s}}\n' "${others:+$others,}" "$auths"
}

write_logins() {
	mkdir -p "${logins_record%/*}"
	printf '%s\n' "$ours" >"$logins_record"
	write_private "$logins_file" "$1"
}

# Killed before the end it leaves a record of more than there is, which the next run takes out.
ensure_logins() {
	[ -n "$logins" ] || [ -s "$logins_record" ] || return 0
	names=$(login_names) || exit $?
	held=
	[ ! -s "$logins_file" ] || held=$(members_of "$logins_file") || fail "$logins_file is no JSON object: mend it, or take it away"
	refuse_stores
	ours=$({ cat "$logins_record" 2>/dev/null || :; printf '%s\n' "$names"; } | sort -u | paste -sd ' ' -)
	text=$(logins_text)
	if [ "$text" != "$(cat "$logins_file" 2>/dev/null)" ]; then
		write_logins "$text"
		changed=yes
		say "logins of root are in $logins_file: $(printf '%s\n' "${names:-none}" | paste -sd ' ' -)"
	fi
	chmod 0600 "$logins_file"
	if [ -n "$names" ]; then printf '%s\n' "$names" >"$logins_record"; else rm -f "$logins_record"; fi
}

# ---- all of it

ensure_running() {
	running=$(running_version) action=
	if [ -e "$restart_mark" ] || { [ -n "$running" ] && ! is_wanted "$running"; }; then
		refuse_in_swarm "docker ${running:-} has to be restarted"
		action=restart
	elif [ -z "$running" ]; then
		action=start
	elif [ -e "$reload_mark" ]; then
		action=reload
	fi
	[ -n "$action" ] || return 0
	changed=yes
	if [ "$action" = reload ]; then
		! reload_engine || return 0
	else
		! bring_up "$action" || return 0
	fi
	show_engine_log
	[ -z "$rewritten" ] || restore_settings "$action"
	fail "docker did not $action within $engine_wait s${rewritten:+ with the new settings, which were taken back}: see its messages above"
}

report() {
	running=$(running_version)
	is_wanted "$running" || fail "docker $wanted is expected, but the engine that runs is ${running:-not answering}: remove that one, or set DOCKER_VERSION to it"
	if [ -n "$changed" ]; then
		say "docker $running is running"
	else
		say "docker $running is running already, nothing to change"
	fi
}

main() {
	[ "$(id -u)" = 0 ] || fail "needs root: run it with sudo"
	read_environment
	read_system
	changed='' rewritten=''
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	trap 'exit 1' HUP INT TERM
	ensure_installed
	command -v docker >/dev/null || fail "the docker command is missing: add the package that holds it (docker-ce-cli, docker-cli)"
	ensure_held
	ensure_proxy
	ensure_settings
	ensure_enabled_at_boot
	ensure_running
	ensure_logins
	report
}

# Called on the last line, so that a script cut short on its way does nothing.
main

#!/usr/bin/env bash
# test-install-docker-dnf.sh - proves what scripts/install-docker.sh does with dnf and rpm, in a
# lab host that passes for Fedora: dnf and rpm are the distribution's packages of them, and
# Docker's repository is a small signed one with a real engine.
#
#   test-install-docker-dnf.sh --fetch   downloads dnf, rpm and what they need into the user's
#                                        cache folder; has to be done once
#   test-install-docker-dnf.sh           the test; needs root, and no network
#
# Prints "ok NAME" or "not ok NAME" for each check; ends non-zero if one failed. Everything
# is in a state folder of its own; its host is in 10.203.1.0/24.
set -euo pipefail

TESTS=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
LAB=${TESTS%/*/*}/scripts/lab
SCRIPT=${TESTS%/*/*}/scripts/install-docker.sh
PACKAGES=${XDG_CACHE_HOME:-${HOME:?}/.cache}/terraform-swarm-helpers/packages/dnf
CLUSTER=insa-dnf
HOST=insa-dnf-1
NETWORK=10.203.1.0/24
ADDRESS=10.203.1.11/24
FALSE=99.0.1

# shellcheck source=tests/install/host.sh
. "$TESTS/host.sh"

# What is missing depends on what the machine has, as the host is a copy of it.
fetch() {
	local plan names
	refresh_lists dnf
	plan=$(LC_ALL=C apt-get install -s --no-install-recommends dnf dnf-plugins-core rpm createrepo-c gpg gpg-agent)
	mapfile -t names < <(sed -n 's/^Inst \([^ ]*\).*/\1/p' <<<"$plan")
	download_packages "$PACKAGES" "dnf-$(printf '%s\n' "${names[@]}" | sha256sum | cut -c 1-12)" "${names[@]}"
}

# Makes a machine with dnf, and without apt-get, out of the host.
pass_for_fedora() {
	put "$PACKAGES" /srv/packages
	on sh -c 'cat >/root/mirror-rpm.sh' <"$TESTS/mirror-rpm.sh"
	on sh -euc 'find /srv/packages -name "*.deb" -exec dpkg -i {} +
		bash /root/mirror-rpm.sh "$@"
		dpkg --remove docker.io containerd runc tini
		rm -f /usr/local/bin/docker /etc/os-release /etc/yum.repos.d/*
		printf "ID=fedora\nVERSION_ID=41\n" >/etc/os-release
		mkdir -p /etc/yum.repos.d /etc/dnf/vars
		echo 41 >/etc/dnf/vars/releasever
		sed -i s/^enabled.*/enabled=0/ /etc/dnf/plugins/local.conf
		mv /usr/bin/apt-get /usr/bin/apt-get.away' - "$VERSION" "$FALSE" >"$WORK/setup" 2>&1 || {
		tail -n 20 "$WORK/setup" >&2
		exit 1
	}
}

rpm_is() { [ "$(on rpm -q --queryformat '%{VERSION}' "$1")" = "$2" ]; }
not_installed() { ! on rpm -q "$1"; }
upgrade_moves() { { on dnf --assumeno upgrade 2>&1 || true; } | grep " $1 .*$FALSE"; }

# Holds dnf's locks as a run of it does, until somebody writes to /run/go.
hold_dnf() {
	on mkfifo /run/go
	on /usr/bin/python3 - <<'HOLD' &
import dnf, dnf.lock
conf = dnf.Base().conf
with dnf.lock.build_metadata_lock(conf.cachedir, True), dnf.lock.build_rpmdb_lock(conf.persistdir, True):
    open("/run/held", "w").close()
    open("/run/go").read()
HOLD
	within 60 on test -e /run/held
}

# The fingerprint of the key in a file of the mirror
fingerprint() { on gpg --batch --with-colons --show-keys "/srv/mirror/linux/fedora/$1" | awk -F : '$1 == "fpr" { print $10; exit }'; }

test_repository() {
	local mirror=DOCKER_REPOSITORY_URL=file:///srv/mirror
	check "a key that is not Docker's is refused" \
		fails 1 "is ${KEY#*=}, expected 060A61C51B558A7F742B77AAC52FEB6B621E9F35" "$PIN" "$mirror"
	on sh -c "cd /srv/mirror/linux/fedora && mv gpg gpg.right && mv gpg.other gpg"
	check "packages signed by somebody else are refused" \
		fails 1 "cannot be installed" "$PIN" "$mirror" "DOCKER_REPOSITORY_KEY=$(fingerprint gpg)"
	check "nothing is installed of them" not_installed docker-ce
	on mv /srv/mirror/linux/fedora/gpg.right /srv/mirror/linux/fedora/gpg
	check "dnf is at work" hold_dnf
	check "waiting for it has an end" fails 1 "which has: nothing" "$PIN" "${MIRROR[@]}" DOCKER_LOCK_WAIT=1
	check "it is waited for" waits_for_lock "$PIN" "${MIRROR[@]}"
	wait
	check "the engine is of the pinned version" rpm_is docker-ce "$VERSION"
	check "the command too" rpm_is docker-ce-cli "$VERSION"
	check "the engine runs" engine_runs "$VERSION"
	check "an upgrade does not move it" refuses upgrade_moves docker-ce
	check "a second run keeps the process" same_engine says "$ALREADY" "$PIN" "${MIRROR[@]}"
	check "and takes less than a second" quick says "$ALREADY" "$PIN" "${MIRROR[@]}"
	on dnf -q versionlock clear
	check "without the lock, an upgrade would move it" upgrade_moves docker-ce
	check "a lost lock is put back" same_engine says "docker $VERSION is running" "$PIN"
	check "then an upgrade does not move it" refuses upgrade_moves docker-ce
}

test_versions() {
	check "a version that is not there fails" same_engine fails 1 "which has: 3:$FALSE-1.fc41" "${MIRROR[@]}" DOCKER_VERSION=98.0.0
	check "an engine of another version than its package's fails" \
		fails 1 "$FALSE is expected, but the engine that runs is $VERSION" "${MIRROR[@]}" DOCKER_VERSION="$FALSE"
	check "the lock lets the script through" rpm_is docker-ce "$FALSE"
	check "another pin moves it down again" new_engine says "docker $VERSION is running" "${MIRROR[@]}" "$PIN"
	check "the package too" rpm_is docker-ce "$VERSION"
	install "${MIRROR[@]}" DOCKER_VERSION="$FALSE" >/dev/null 2>&1 || true
	on sh -c 'rm -f /etc/yum.repos.d/*'
	check "a folder of packages will do" new_engine says "docker $VERSION is running" \
		"$PIN" DOCKER_PACKAGES="/srv/mirror/linux/fedora/41/$(uname -m)/stable"
	check "the engine from there is installed" rpm_is docker-ce "$VERSION"
}

main() {
	if [ "${1-}" = --fetch ]; then
		fetch
		return
	fi
	[ -d "$PACKAGES" ] || { echo "test-install-docker-dnf: no packages in $PACKAGES; run it with --fetch first" >&2; exit 1; }
	host_start
	VERSION=$(on dockerd --version | sed 's/^Docker version \([0-9.]*\).*/\1/')
	PIN=DOCKER_VERSION=$VERSION
	ALREADY="docker $VERSION is running already, nothing to change"
	pass_for_fedora
	KEY=DOCKER_REPOSITORY_KEY=$(fingerprint gpg)
	MIRROR=(DOCKER_REPOSITORY_URL=file:///srv/mirror "$KEY")
	play test_repository test_versions
	finish_tests
}

main "$@"

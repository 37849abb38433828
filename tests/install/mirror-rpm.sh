#!/usr/bin/env bash
# mirror-rpm.sh VERSION FALSE - runs inside a lab host: makes a small copy of Docker's own
# repository for Fedora in /srv/mirror out of the engine that is installed there.
#
# The engine inside is real and says that it is VERSION; FALSE is the version of packages
# that hold the same one. As in Docker's repository the command has an epoch of its own.
set -euo pipefail

BASE=/srv/mirror/linux/fedora
POOL=$BASE/41/$(uname -m)/stable
export GNUPGHOME=/root/gnupg HOME=/root

# Builds the package NAME at EPOCH:VERSION of FILES, depending on REQUIRES.
build() {
	local name=$1 epoch=$2 version=$3 requires=$4 file
	shift 4
	{
		printf 'Name: %s\nEpoch: %s\nVersion: %s\nRelease: 1.fc41\nSummary: a part of the engine\n' "$name" "$epoch" "$version"
		printf 'License: Apache-2.0\nAutoReqProv: no\n%s\n' "${requires:+Requires: $requires}"
		printf '%%global __os_install_post %%{nil}\n%%global debug_package %%{nil}\n%%define _binary_payload w0.gzdio\n'
		printf '%%description\nA part of the engine.\n%%install\nmkdir -p %%{buildroot}/usr/bin\n'
		printf 'cp %s %%{buildroot}/usr/bin/\n' "$@"
		printf '%%files\n'
		for file; do
			printf '/usr/bin/%s\n' "${file##*/}"
		done
	} >/root/package.spec
	rpmbuild -bb --quiet --define '_topdir /root/rpm' /root/package.spec
}

key() {
	gpg --batch --quiet --passphrase '' --quick-generate-key "$1" rsa3072 sign never
	gpg --batch --armor --export "$1" >"$2"
}

main() {
	local version engine=()
	for version; do
		build docker-ce 3 "$version" 'docker-ce-cli, containerd.io' "$(command -v dockerd)" "$(command -v docker-proxy)"
		build docker-ce-cli 1 "$version" '' "$(command -v docker)"
	done
	for version in containerd containerd-shim-runc-v2 runc; do
		engine+=("$(command -v "$version")")
	done
	build containerd.io 0 1.0 '' "${engine[@]}"
	mkdir -p "$POOL"
	mkdir -m 0700 "$GNUPGHOME"
	key mirror "$BASE/gpg"
	key other "$BASE/gpg.other"
	cp /root/rpm/RPMS/*/*.rpm "$POOL"
	rpmsign --define '_gpg_name mirror' --define '__gpg /usr/bin/gpg' --addsign "$POOL"/*.rpm >/dev/null
	createrepo_c --quiet "$POOL"
	gpgconf --kill all
	rm -rf /root/rpm
}

main "$@"

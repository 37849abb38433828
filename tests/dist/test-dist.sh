#!/usr/bin/env bash
# test-dist.sh - a release of what is here: the same bytes from two folders, executables
# that run where nothing else is, and packages that can be installed and removed. DIST_TARGETS
# are the targets, all unless given. The libraries have been built: make check-dist.
#
#   test-dist.sh --fetch   builds the packer, and minimal roots into the user's cache folder
set -euo pipefail

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
TARGETS=${DIST_TARGETS:-linux-amd64 linux-arm64 darwin-arm64 darwin-amd64}
case $(uname -m) in
aarch64) HERE=linux-arm64 ;;
*) HERE=linux-amd64 ;;
esac
WORK=$(mktemp -d /tmp/tsh-test-dist.XXXXXX)
trap 'rm -rf --one-file-system "$WORK"' EXIT
# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
. "$ROOT/tests/lib/check.sh"
# shellcheck source=tests/dist/lib.sh
. "$ROOT/tests/dist/lib.sh"
# shellcheck source=tests/dist/packages.sh
. "$ROOT/tests/dist/packages.sh"
if [ "${1-}" = --fetch ]; then
	"$ROOT/scripts/providers" nfpm
	fetch_roots
	exit
fi
NAME=terraform-swarm-helpers-$(make -s -C "$ROOT" version)
HELPERS=$(make -s -C "$ROOT" helpers | LC_ALL=C sort | xargs)

# What a build must not depend on is different each time, the compiler's cache as well.
build_twice() {
	local first=$WORK/a second=$WORK/another/folder
	copy_checkout "$first"
	copy_checkout "$second"
	# shellcheck disable=SC2086 # a target each
	(umask 077 && TZ=Asia/Tokyo LC_ALL=C CFLAGS=-O0 "$first/scripts/dist" $TARGETS) || return 1
	# shellcheck disable=SC2086
	(umask 002 && TZ=UTC LC_ALL=C.UTF-8 MAKEFLAGS=-k DIST_ZIG_CACHE=$WORK/zig "$second/scripts/dist" $TARGETS) || return 1
	[ -d "$WORK/zig" ] && rm -rf "$WORK/zig" || return 1
	ONE=$first/build/dist TWO=$second/build/dist
}

same() {
	local file
	diff <(cd "$ONE" && printf '%s\n' *) <(cd "$TWO" && printf '%s\n' *) || return 1
	for file in "$ONE"/*; do cmp "$file" "$TWO/${file##*/}" || return 1; done
}

# The files of each target, and a sum for each file
whole() {
	local target
	# shellcheck disable=SC2086
	[ "$({ printf "$NAME-%s.tar.gz\n" $TARGETS && for target in $(linux_targets); do deb_of "$target" && rpm_of "$target"; done; } | sort | xargs)" = \
		"$(awk '{ print $2 }' "$ONE/SHA256SUMS" | sort | xargs)" ] || return 1
	(cd "$ONE" && sha256sum --strict --check SHA256SUMS)
}

unpack_all() {
	local target
	for target in $TARGETS; do tar -xzf "$ONE/$NAME-$target.tar.gz" -C "$WORK" || return 1; done
}

# in_tarball TARGET
in_tarball() {
	local top=$WORK/$NAME-$1 helper file
	[ "$(cd "$top/bin" && printf '%s\n' * | LC_ALL=C sort | xargs)" = "$HELPERS" ] || return 1
	for helper in $HELPERS; do
		grep -q "^\.TH ${helper^^} 1" "$top/share/man/man1/$helper.1" && bash -n "$top/share/bash-completion/completions/$helper" || return 1
		[ -s "$top/share/zsh/site-functions/_$helper" ] && [ -s "$top/share/fish/vendor_completions.d/$helper.fish" ] || return 1
	done
	for file in modules/swarm/main.tf modules/swarm/step/done.sh terraform/hosts/main.tf scripts/install-docker.sh scripts/get-helpers LICENSE \
		share/licences/openssl share/licences/jansson share/licences/libssh2 share/licences/curl share/licences/zlib; do
		[ -s "$top/$file" ] || { echo "no $file" && return 1; }
		[ ! -x "$ROOT/$file" ] || [ -x "$top/$file" ] || { echo "$file cannot be run" && return 1; }
	done
	[ "$(find "$top" -newermt '2026-01-02 03:04:06 UTC' -o ! -newermt '2026-01-02 03:04:04 UTC' | wc -l)" = 0 ]
}

# Neither the folders of this build nor those of this machine
no_folders() {
	! grep -rlaF -e "$WORK" -e "$ROOT" -e "${XDG_CACHE_HOME:-${HOME:-/root}/.cache}" "$WORK/$NAME-$1"
}

# magic TARGET: by the first bytes of the file what its machine is
magic() {
	local helper begin
	for helper in $HELPERS; do
		begin=$(od -An -v -tx1 -N 20 "$WORK/$NAME-$1/bin/$helper" | tr -d ' \n')
		case $1 in
		linux-amd64) [[ $begin = 7f454c460201*3e00 ]] ;;
		linux-arm64) [[ $begin = 7f454c460201*b700 ]] ;;
		darwin-arm64) [[ $begin = cffaedfe0c000001* ]] ;;
		darwin-amd64) [[ $begin = cffaedfe07000001* ]] ;;
		esac || { echo "$helper begins with $begin" && return 1; }
	done
}

# In a root with that one file in it: no library, no /etc, no /proc.
alone() {
	local target=$1 helper=$2
	shift 2
	rm -rf "$WORK/root"
	mkdir "$WORK/root"
	cp "$WORK/$NAME-$target/bin/$helper" "$WORK/root/"
	chroot "$WORK/root" "/$helper" "$@"
}

# The C library of the target is what runs under qemu, too: nothing else is there.
foreign() {
	local target=$1 helper=$2
	shift 2
	qemu-aarch64 "$WORK/$NAME-$target/bin/$helper" "$@"
}

# runs WITH TARGET: every one says its version, and what an empty query lacks
runs() {
	local with=$1 target=$2 helper status
	for helper in $HELPERS; do
		[ "$("$with" "$target" "$helper" --version)" = "$helper (terraform-swarm-helpers) ${NAME##*helpers-}" ] || return 1
		status=0
		echo '{}' | "$with" "$target" "$helper" >"$WORK/stdout" 2>"$WORK/stderr" || status=$?
		cat "$WORK/stderr"
		[ "$status" = 2 ] && [ ! -s "$WORK/stdout" ] && [ "$(wc -l <"$WORK/stderr")" = 1 ] && grep -q "^$helper: " "$WORK/stderr" || return 1
	done
}

# As somebody gets them who has the files
fetched() {
	(cd "$WORK" && "$WORK/$NAME-$HERE/scripts/get-helpers" "${NAME##*helpers-}" "$ONE") && "$WORK/.swarm/bin/join-node" --version
}

made() { build_twice && unpack_all; }

test_release() {
	local target
	check "two builds" build_twice
	check "they are the same, byte for byte" same
	check "the sums are right, and there is one for every target" whole
	check "they can be unpacked" unpack_all
	for target in $TARGETS; do
		check "$target: executables, man pages, completion and modules" in_tarball "$target"
		check "$target: executables of that machine" magic "$target"
		check "$target: no folder of this machine is in it" no_folders "$target"
	done
	check "$HERE runs in an empty root" runs alone "$HERE"
	if [ "$HERE" = linux-arm64 ]; then
		echo "skip linux-amd64 runs under qemu - this machine is arm64"
	elif [[ " $TARGETS " != *" linux-arm64 "* ]]; then
		echo "skip linux-arm64 runs under qemu - it is not among DIST_TARGETS"
	else
		check "linux-arm64 runs under qemu" runs foreign linux-arm64
	fi
	check "get-helpers takes them" fetched
}

play test_release test_packages
finish_tests

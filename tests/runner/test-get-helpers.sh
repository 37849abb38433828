#!/usr/bin/env bash
# test-get-helpers.sh - scripts/get-helpers: a release in a folder, by file:// and from a server,
# and what is said where it is not what it should be. The release has scripts for executables.
set -euo pipefail

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
WORK=$(mktemp -d /tmp/tsh-test-get-helpers.XXXXXX)
trap '[ -z "${SERVER-}" ] || kill "$SERVER" 2>/dev/null || true; rm -rf "$WORK"' EXIT
# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
. "$ROOT/tests/lib/check.sh"
# shellcheck source-path=SCRIPTDIR source=../readme.sh
. "$ROOT/tests/readme.sh"

case $(uname -m) in
aarch64) TARGET=linux-arm64 ;;
*) TARGET=linux-amd64 ;;
esac
TOP=terraform-swarm-helpers-9.8.7-$TARGET
RELEASE=$WORK/release

# release VERSION: a tarball of that name, whose executables say that version
release() {
	local top=terraform-swarm-helpers-9.8.7-$TARGET name
	rm -rf "$RELEASE" "$WORK/pack"
	mkdir -p "$RELEASE" "$WORK/pack/$top/bin" "$WORK/pack/$top/modules"
	for name in join-node init-swarm; do
		printf '#!/bin/sh\necho "%s (terraform-swarm-helpers) %s"\n' "$name" "$1" >"$WORK/pack/$top/bin/$name"
		chmod 755 "$WORK/pack/$top/bin/$name"
	done
	tar -czf "$RELEASE/$top.tar.gz" -C "$WORK/pack" "$top"
	(cd "$RELEASE" && sha256sum "$top.tar.gz" >SHA256SUMS)
}

# In a root of somebody's own, with nothing in it
get() {
	rm -rf "$WORK/root"
	mkdir -p "$WORK/root"
	(cd "$WORK/root" && "$ROOT/scripts/get-helpers" "$@")
}

# got FOLDER ARGUMENT...: they are there, they run, and nothing else is left.
got() {
	local folder=$WORK/root/$1
	shift
	get "$@" && [ "$("$folder/join-node" --version)" = 'join-node (terraform-swarm-helpers) 9.8.7' ] &&
		[ "$(find "$folder" -mindepth 1 | sort | xargs)" = "$folder/init-swarm $folder/join-node" ]
}

# refuses TEXT ARGUMENT...: one line on stderr with that text, and nothing in the folder
refuses_with() {
	local text=$1 status=0
	shift
	get "$@" >"$WORK/stdout" 2>"$WORK/stderr" || status=$?
	cat "$WORK/stdout" "$WORK/stderr"
	[ "$status" != 0 ] && [ "$(wc -l <"$WORK/stderr")" = 1 ] && grep -qF -- "$text" "$WORK/stderr" && [ ! -s "$WORK/stdout" ] &&
		[ -z "$(find "$WORK/root" -type f)" ]
}

start_server() {
	python3 -u -m http.server --bind 127.0.0.1 --directory "$RELEASE" 0 >"$WORK/server" 2>&1 &
	SERVER=$!
	within 60 grep -q 'port [0-9]' "$WORK/server"
	URL=http://127.0.0.1:$(sed -n 's/.*port \([0-9]*\).*/\1/p' "$WORK/server" | head -n 1)
}

# As docs/release.md has it
by_the_page() {
	mkdir "$WORK/own-root"
	ln -s "$ROOT/scripts" "$WORK/own-root/scripts"
	readme_run "$ROOT/docs/release.md" 'export VERSION' "$WORK/own-root" '' "export VERSION=9.8.7 FROM='$RELEASE'" &&
		[ -x "$WORK/own-root/.swarm/bin/join-node" ]
}

test_sources() {
	release 9.8.7
	check "word for word as docs/release.md has it" by_the_page
	check "from a folder, into .swarm/bin" got .swarm/bin 9.8.7 "$RELEASE"
	check "into a folder that is given" got some/bin v9.8.7 "$RELEASE/" some/bin
	check "from where SWARM_HELPERS_FROM says" env SWARM_HELPERS_FROM="$RELEASE" bash -c "$(declare -f get got); ROOT=$ROOT WORK=$WORK; got .swarm/bin 9.8.7"
	check "by file://" got .swarm/bin 9.8.7 "file://$RELEASE"
	start_server
	check "from a server" got .swarm/bin 9.8.7 "$URL"
	check "a release that the server does not have" refuses_with 'SHA256SUMS cannot be fetched: curl: (22)' 9.8.7 "$URL/v9"
	kill "$SERVER"
	check "a server that does not answer" refuses_with 'cannot be fetched: curl: (7)' 9.8.7 "$URL"
}

# mutant scripts/get-helpers -: $(sum_of "$WORK/$top.tar.gz") => $wanted
#   fails with another one
# mutant scripts/get-helpers -: [ -n "$SUM" ] || die => true || die
#   fails http from elsewhere without a sum
test_sums() {
	local sum
	release 9.8.7
	sum=$(cut -d ' ' -f 1 "$RELEASE/SHA256SUMS")
	check "with a sum that was given" got .swarm/bin --sha256 "$sum" 9.8.7 "$RELEASE"
	check "with another one" refuses_with 'is not what it should be' --sha256 "${sum//[0-7]/8}" 9.8.7 "$RELEASE"
	check "with one that is none" refuses_with 'is no SHA-256' --sha256 123 9.8.7 "$RELEASE"
	printf x >>"$RELEASE/$TOP.tar.gz"
	check "a tarball of another sum" refuses_with 'nothing was changed' 9.8.7 "$RELEASE"
	printf '%s  other.tar.gz\n' "$sum" >"$RELEASE/SHA256SUMS"
	check "a release that has nothing for this machine" refuses_with "has no $TOP.tar.gz" 9.8.7 "$RELEASE"
	check "http from elsewhere without a sum" refuses_with 'is not protected on its way' 9.8.7 http://127.0.0.1.example.com/
}

# mutant scripts/get-helpers -: $("$file" --version </dev/null 2>&1) => "$name ($NAME) $2"
#   fails executables of another version
test_words() {
	release 9.8.6
	check "executables of another version" refuses_with 'expected version 9.8.7' 9.8.7 "$RELEASE"
	check "a folder without a release" refuses_with 'there is no' 9.8.7 "$WORK/pack"
	check "what is no version" refuses_with '"../x" is no version' ../x "$RELEASE"
	check "no version" refuses_with 'expected get-helpers'
	check "a place that is not said" env -u SWARM_HELPERS_FROM bash -c "$(declare -f get refuses_with); ROOT=$WORK/apart WORK=$WORK; refuses_with 'where are the releases?' 9.8.7"
	: >"$WORK/file"
	check "a folder that cannot be made" refuses_with 'cannot be made' 9.8.7 "$RELEASE" "$WORK/file/bin"
}

again() { (cd "$WORK/root" && "$ROOT/scripts/get-helpers" 9.8.7 "$RELEASE"); }
there() { [ "$(find "$WORK/root/.swarm/bin" -mindepth 1 -printf '%f\n' | sort | xargs)" = "init-swarm join-node" ]; }
kept() { refuses again && there && "$WORK/root/.swarm/bin/join-node" --version; }
replaced() { again && there; }

# What is there stays as it is until all that replaces it is there and right.
test_update() {
	release 9.8.7
	get 9.8.7 "$RELEASE" .swarm/bin >/dev/null
	printf x >>"$RELEASE/$TOP.tar.gz"
	check "a broken download leaves what is there" kept
	release 9.8.7
	check "again over what is there" replaced
}

# A copy that no forge knows of
mkdir -p "$WORK/apart/scripts"
cp "$ROOT/scripts/get-helpers" "$WORK/apart/scripts/"
play test_sources test_sums test_words test_update
finish_tests

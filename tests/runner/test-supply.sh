#!/usr/bin/env bash
# test-supply.sh - that what comes from outside is what was chosen: modules of go.sum and no
# others, Python packages and sources of libraries by their hashes, source packages of the
# newest version, and providers of the versions that were tested.
set -euo pipefail

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
WORK=$(mktemp -d /tmp/tsh-test-supply.XXXXXX)
trap 'chmod -R u+w "$WORK"; rm -rf "$WORK"' EXIT
export XDG_CACHE_HOME=$WORK/cache
# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
. "$ROOT/tests/lib/check.sh"

# fails TEXT COMMAND...: it fails and says TEXT
fails() {
	local text=$1 status=0
	shift
	"$@" >"$WORK/said" 2>&1 </dev/null || status=$?
	cat "$WORK/said"
	[ "$status" != 0 ] && grep -qF -- "$text" "$WORK/said"
}

# ---- Go ----

# A module whose line is missing is not looked for, let alone added.
without_a_line() {
	cp -R "$ROOT/scripts" "$WORK/scripts"
	sed -i '\|^github.com/terraform-linters/tflint |d' "$WORK/scripts/providers.d/tflint/go.sum"
	GOPROXY=off GOFLAGS=-mod=mod GOTOOLCHAIN=local fails 'missing go.sum entry' "$WORK/scripts/providers" tflint
}

test_go() {
	if command -v go >/dev/null; then
		check "a module that go.sum does not know is not built" without_a_line
	else
		echo "skip a module that go.sum does not know is not built - there is no go here"
	fi
}

# ---- pip ----

# A package of nothing, as pip finds it in a folder
tiny_package() {
	mkdir -p "$WORK/wheels"
	python3 - "$WORK/wheels/tiny-1-py3-none-any.whl" <<'WHEEL'
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    wheel.writestr("tiny.py", "")
    wheel.writestr("tiny-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1\n")
    wheel.writestr("tiny-1.dist-info/WHEEL", "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    wheel.writestr("tiny-1.dist-info/RECORD", "tiny.py,,\ntiny-1.dist-info/METADATA,,\ntiny-1.dist-info/WHEEL,,\ntiny-1.dist-info/RECORD,,\n")
WHEEL
}

# set_up HASH: moto's place with that package in the list
set_up() {
	mkdir -p "$WORK/own/python-tools.d"
	cp "$ROOT/scripts/python-tools" "$WORK/own/"
	printf 'tiny==1%s\n' "${1:+ --hash=sha256:$1}" >"$WORK/own/python-tools.d/moto.txt"
	PIP_NO_INDEX=1 PIP_FIND_LINKS=$WORK/wheels "$WORK/own/python-tools" moto
}

# Each list has the version that setup asks for, and a hash for every package.
lists_are_whole() {
	local name version package list
	while read -r name version package _; do
		list=$ROOT/scripts/python-tools.d/$name.txt
		grep -q "^${package%%[*}\(\[[a-z]*\]\)\?==$version " "$list" || { echo "$list is not for $package $version"; return 1; }
		awk '/==/ && package { exit 1 } /==/ { package = $1 } /--hash=sha256:/ { package = "" } END { if (package) exit 1 }' "$list" ||
			{ echo "$list has a package without a hash"; return 1; }
	done < <(sed -n "/^TABLE='/,/^'/p" "$ROOT/scripts/python-tools" | sed '1d;$d')
}

test_pip() {
	tiny_package
	check "a Python package with the hash of the list is installed" set_up "$(sha256sum "$WORK"/wheels/tiny* | cut -d ' ' -f 1)"
	check "with another one it is not" fails 'DO NOT MATCH THE HASHES' set_up "$(printf '0%.0s' {1..64})"
	check "without one neither" fails 'could not be installed' set_up ''
	check "the lists have what is asked for, with hashes" lists_are_whole
}

# ---- apt ----

# An apt that knows two versions of every source package, and has the files of the older one.
old_mirror() {
	mkdir -p "$WORK/bin"
	printf '#!/bin/sh\ncase "$*" in *showsrc*) printf "Version: 2.0-1\\nVersion: 1.0-1\\n" ;; esac\n' >"$WORK/bin/apt-cache"
	printf '#!/bin/sh\ncase "$*" in *=2.0-1*) echo "E: 404" && exit 100 ;; esac\n' >"$WORK/bin/apt-get"
	printf '#!/bin/sh\nexit 1\n' >"$WORK/bin/musl-gcc"
	chmod +x "$WORK"/bin/*
	mkdir -p "$WORK/cache/terraform-swarm-helpers/static/apt"
	: >"$WORK/cache/terraform-swarm-helpers/static/apt/updated"
}

static_libs() { PATH=$WORK/bin:$PATH "$ROOT/scripts/static-libs"; }

test_apt() {
	old_mirror
	check "a source package of an older version is not taken" fails 'openssl 2.0-1 cannot be fetched' static_libs
	check "unless that is allowed, and then it is said" \
		env STATIC_LIBS_OLDER=yes bash -c "$(declare -f fails static_libs); WORK=$WORK ROOT=$ROOT; fails 'openssl 2.0-1 cannot be fetched; taking 1.0-1' static_libs"
}

# ---- libraries of a release ----

# Another file in the place of a source, which is then looked for where the machine's crates are
other_sources() {
	mkdir -p "$WORK/dist/scripts/python-tools.d" "$WORK/cargo/registry/cache/x" "$WORK/dist-bin"
	cp -R "$ROOT/scripts/dist-libs" "$ROOT/scripts/source-packages.sh" "$ROOT/scripts/dist.d" "$WORK/dist/scripts/"
	printf '#!/bin/sh\necho "%s"\n' "$WORK/dist-bin" >"$WORK/dist/scripts/python-tools"
	printf '#!/bin/sh\necho "%s"\n' "$WORK/dist-bin/zig" >"$WORK/dist-bin/python"
	printf '#!/bin/sh\n' >"$WORK/dist-bin/cargo"
	chmod +x "$WORK/dist/scripts/python-tools" "$WORK"/dist-bin/*
	echo other >"$WORK/cargo/registry/cache/x/$(awk '$1 == "openssl" { print $5 "-" $6 }' "$ROOT/scripts/dist.d/sources").crate"
}

test_libraries() {
	other_sources
	check "the sources of a library that are not those of the list are not built" \
		env CARGO_HOME="$WORK/cargo" PATH="$WORK/dist-bin:$PATH" bash -c "$(declare -f fails); WORK=$WORK; fails 'are not those of dist.d/sources' '$WORK/dist/scripts/dist-libs' --sources"
}

# ---- Terraform ----

# Roots and examples allow the version that scripts/providers builds, which the tests use, and
# its patch releases.
tested_versions() {
	local name source version files
	while read -r name source version _; do
		[[ $source == */* && $name != external ]] || continue
		files=$(grep -rlF "source  = \"$source\"" "$ROOT/terraform" "$ROOT"/modules/*/examples --include='*.tf')
		[ -n "$files" ] || return 1
		# shellcheck disable=SC2086 # one path a word
		! grep -A 1 -F "source  = \"$source\"" $files | grep 'version =' | grep -vF "\"~> $version\"" || return 1
	done < <(sed -n "/^TABLE='/,/^'/p" "$ROOT/scripts/providers" | sed '1d;$d')
}

main() {
	play test_go test_pip test_apt test_libraries
	check "the roots name the providers' versions that are tested" tested_versions
	finish_tests
}

main

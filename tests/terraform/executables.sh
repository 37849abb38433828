#!/usr/bin/env bash
# Where modules/swarm finds the executables, and what a plan says where it does not: with
# executables and machines that only log, as lifecycle.sh.
set -euo pipefail
# shellcheck source=tests/terraform/stubbed.sh
. "$(dirname "${BASH_SOURCE[0]}")/stubbed.sh"

# The last run's words as one line, without the frames of errors
said() { sed 's/^[│╷╵]//' "$LOGS/out" | tr -s '\n ' ' '; }

# says NAME TEXT
says() {
	if [[ $(said) == *"$2"* ]]; then passed "$1"; else failed "$1: it does not say \"$2\"" "$LOGS/out"; fi
}

# nothing NAME: neither a machine nor an executable has noticed
nothing() { equal "$1: nothing was made, nothing ran" '' "$(ran)"; }

# Life with the executables where they are
lives() {
	succeeds "$1: birth" apply "$M1" "$W1"
	plan_is_empty "$1: birth"
	succeeds "$1: growth" apply "$M1" "$W1" "$W2"
	equal "$1: growth: the new one joins" 'fetch-host-key w2 x2,join-node w2,machine-up w2,prepare-node w2' "$(ran)"
	succeeds "$1: shrinking" apply "$M1" "$W1"
	equal "$1: shrinking: it leaves" 'drain-and-remove w2,machine-down w2' "$(ran)"
	succeeds "$1: destroy" destroy
	before "$1: destroy: as ever" '^drain-swarm m1' '^drain-and-remove'
}

with_path() { PATH=$1:$ON_PATH "${@:2}"; }

# mutant modules/swarm/helpers.tf local.program: [name] => ["nowhere/${name}"]
#   fails on PATH alone: birth
# mutant modules/swarm/main.tf terraform_data.leave: ["drain-and-remove"] => ["nowhere/drain-and-remove"]
#   fails on PATH alone: shrinking
# mutant modules/swarm/main.tf terraform_data.drain: ["drain-swarm"] => ["nowhere/drain-swarm"]
#   fails on PATH alone: destroy
test_on_path() {
	mv "$TREE/bin" "$TREE/installed"
	unset TF_VAR_helpers
	with_path "$TREE/installed" lives "on PATH alone"
	equal "on PATH alone: the lines of known_hosts went along" 'host-m2 host-m3' "$(known)"
	mv "$TREE/installed" "$TREE/bin"
	lives "in the checkout"
}

# mutant modules/swarm/main.tf terraform_data.leave: fileexists() => true
#   with test_gone
#   fails a folder that is gone: shrinking
# mutant modules/swarm/main.tf terraform_data.drain: fileexists() => true
#   with test_gone
#   fails a folder that is gone: destroy
test_gone() {
	mkdir "$TREE/theirs"
	mv "$TREE/bin"/* "$TREE/theirs/"
	export TF_VAR_helpers=$TREE/theirs
	succeeds "a folder that is given" apply "$M1" "$W1" "$W2"
	mv "$TREE/theirs" "$TREE/ours"
	with_path "$TREE/ours" succeeds "a folder that is gone: shrinking" apply "$M1" "$W1"
	equal "a folder that is gone: shrinking: by those on PATH" 'drain-and-remove w2,machine-down w2' "$(ran)"
	says "a folder that is gone: a warning" "helpers is \"$TREE/theirs\", where there is no join-node"
	unset TF_VAR_helpers
	mv "$TREE/ours"/* "$TREE/bin/"
	succeeds "a folder that is gone: destroy" destroy
	before "a folder that is gone: destroy: by those of the checkout" '^drain-swarm m1' '^drain-and-remove'
	rmdir "$TREE/ours"
}

# mutant modules/swarm/executables/check.sh -: [ -z "$missing" ] => true
#   fails one is missing
test_missing() {
	mv "$TREE/bin/drain-swarm" "$TREE/bin/fetch-host-key" "$TREE/"
	refused "one is missing" apply "$M1" "$W1"
	nothing "one is missing"
	says "one is missing: which, where, and what to do" "drain-swarm, fetch-host-key: not in "
	says "one is missing: what to do" "not on PATH; run make in the checkout of terraform-swarm-helpers, or install them"
	mv "$TREE/drain-swarm" "$TREE/fetch-host-key" "$TREE/bin/"
	succeeds "it is there again" apply "$M1" "$W1"
	mv "$TREE/bin/drain-and-remove" "$TREE/"
	refused "one is missing: a destroy" destroy
	nothing "one is missing: a destroy"
	mv "$TREE/drain-and-remove" "$TREE/bin/"
}

# mutant modules/swarm/executables/check.sh older: returns 1
#   fails too old: it is refused
test_too_old() {
	export STUB_VERSION=0.1.9
	refused "too old: it is refused" apply "$M1" "$W1" "$W2"
	nothing "too old"
	says "too old: what it is and what is wanted" "/prepare-node is version 0.1.9, and this version of modules/swarm asks it for what only 0.2.0 and later know"
	export STUB_VERSION=0.10.0
	succeeds "numbers are compared as such" apply "$M1" "$W1" "$W2"
	unset STUB_VERSION
}

test_broken() {
	printf '#!/bin/sh\necho "libssh2.so.1: cannot open" >&2\nexit 127\n' >"$TREE/bin/join-node.new"
	chmod +x "$TREE/bin/join-node.new"
	mv "$TREE/bin/join-node" "$TREE/kept"
	mv "$TREE/bin/join-node.new" "$TREE/bin/join-node"
	refused "one that does not run" apply "$M1"
	nothing "one that does not run"
	says "one that does not run: why" "join-node does not run here (libssh2.so.1: cannot open)"
	printf '#!/bin/sh\necho "join-node 1.0"\n' >"$TREE/bin/join-node"
	refused "one of somebody else's" apply "$M1"
	says "one of somebody else's: it is named" "join-node is no executable of terraform-swarm-helpers"
	mv "$TREE/kept" "$TREE/bin/join-node"
	succeeds "then all goes" apply
}

# What a destroy asks is in the state: tests/helper sees to it that every key of every version
# stays known, so each has to be in its list.
keys_kept() {
	sed -n 's/^\(drain-and-remove\|drain-swarm\|forget-host\|prepare-node\): //p' "$ROOT/tests/helper/keys-in-states" | tr ' ' '\n' | sort -u >"$LOGS/listed"
	jq -r '.. | objects | select(.name? == "leave" or .name? == "drain" or .name? == "scheduled") | .instances[].attributes.input.value.query | keys[]' \
		"$CLUSTER/terraform.tfstate" | sort -u >"$LOGS/kept"
	grep -qx teardown_file "$LOGS/kept" && grep -qx environment "$LOGS/kept" || return 1
	! grep -vxFf "$LOGS/listed" "$LOGS/kept"
}

test_keys() {
	EXTRA=(-var teardown_file=.teardown -var 'backup={to="/srv",schedule="20h"}' -var 'ssh={private_key="k",private_key_env="K",passphrase_env="P",bastion_host="b",bastion_port=22,bastion_user="u",bastion_private_key="k"}')
	: >"$CLUSTER/k"
	succeeds "with all settings" apply "$M1" "$M2" "$M3" "$W1"
	check "every key that a state keeps is in tests/helper/keys-in-states" keys_kept
	succeeds "with all settings: destroy" destroy
	EXTRA=()
}

# mutant modules/swarm/files.tf local.missing_files: var.check_files => false
#   fails a key file that is missing: refused
# mutant modules/swarm/files.tf local.missing_files: try() => false
#   fails a key file: birth
test_files() {
	EXTRA=(-var 'ssh={private_key="key"}')
	refused "a key file that is missing: refused" apply "$M1" "$W1"
	says "a key file that is missing" "ssh.private_key is key, but there is no such file"
	nothing "a key file that is missing"
	: >"$CLUSTER/key"
	succeeds "a key file: birth" apply "$M1" "$W1"
	plan_is_empty "a key file: birth"
	rm "$CLUSTER/key"
	mv "$CLUSTER/prepare.sh" "$CLUSTER/prepared.sh"
	refused "files that are gone: refused" apply "$M1" "$W1" "$W2"
	says "files that are gone" "prepare.script is prepare.sh, but there is no such file"
	nothing "files that are gone"
	NODES="nodes={$M1,$W1}"
	succeeds "files that are gone: destroy" destroy
	before "files that are gone: destroy: as ever" '^drain-swarm m1' '^drain-and-remove'
	mv "$CLUSTER/prepared.sh" "$CLUSTER/prepare.sh"
	EXTRA=()
}

ON_PATH=$PATH
set_up
play test_on_path test_gone test_missing test_too_old test_broken test_files test_keys
finish_tests

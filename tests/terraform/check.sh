#!/usr/bin/env bash
# The Terraform side without any machine: formatting, validation, tflint, and the
# modules' own tests. TF=tofu runs all of it with OpenTofu.
set -euo pipefail
# shellcheck source=tests/terraform/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Those of AWS are checked by tests/aws, where its provider is at hand.
folders() {
	(cd "$TREE" && find modules terraform tests/terraform -name '*.tf' -not -path '*/aws/*' -exec dirname {} + | sort -u)
}

# The number of tests has to be one: none at all is a success to Terraform.
module_tests() {
	local out
	out=$("$TF" -chdir="$TREE/$1" test -no-color 2>&1) || { printf '%s\n' "$out"; return 1; }
	grep -qE '^Success! [1-9][0-9]* passed, 0 failed' <<<"$out" || { printf '%s\n' "$out"; return 1; }
}

check_folder() {
	local dir=$1
	check "terraform init $dir" "$ROOT/scripts/providers" init "$TREE/$dir" "$TF"
	check "terraform validate $dir" "$TF" -chdir="$TREE/$dir" validate -no-color
	check "tflint $dir" "$TFLINT" --chdir="$TREE/$dir" --config="$TREE/scripts/tflint.hcl"
	if [ -d "$TREE/$dir/tests" ]; then
		check "terraform test $dir" module_tests "$dir"
	fi
}

# A key that was given instead of its path: the plan fails and does not show it.
key_not_shown() {
	local out
	! out=$("$TF" -chdir="$TREE/$1" plan -no-color -input=false "${@:2}" 2>&1) || return 1
	if [[ $out != *"a key"* || $out == *SECRET* ]]; then printf '%s\n' "$out"; return 1; fi
}

# file_refused ROOT TEXT LINE...: the lines are the cluster's file; the plan fails and says TEXT,
# perhaps wrapped.
file_refused() {
	local out file=$TREE/terraform/$1/clusters/default.yaml text=$2
	rm -f "$file"
	[ $# = 2 ] || printf '%s\n' "${@:3}" >"$file"
	! out=$("$TF" -chdir="$TREE/terraform/$1" plan -no-color -input=false 2>&1) || return 1
	rm -f "$file"
	if [[ $(tr -s '\n│ ' ' ' <<<"$out") != *"$text"* || $out == *SECRET* ]]; then printf '%s\n' "$out"; return 1; fi
}

cluster_files() {
	check "a key that no root knows is refused" file_refused lab 'clusters/default.yaml: groups.worker.cuont: unknown; known here are availability, count, labels, role' 'groups: { worker: { cuont: 3 } }'
	check "what is no YAML is refused" file_refused lab 'yamldecode' 'groups: ['
	check "a key is not shown by a root" file_refused hosts 'clusters/default.yaml: ssh.private_key: is a key; its path is wanted' \
		'ssh: { private_key: "-----BEGIN OPENSSH PRIVATE KEY-----\nSECRET" }' 'hosts: { a: { address: 192.0.2.1, role: manager } }'
	check "what would do nothing on a cloud is refused" file_refused scaleway 'clusters/default.yaml: swarm.rolling: nothing is rolled here' 'swarm: { rolling: {} }'
	check "machines without a file are refused" file_refused hosts 'clusters/default.yaml: there is no such file'
	check "a machine without an address is refused" file_refused hosts 'clusters/default.yaml: hosts.a.address: missing' 'hosts: { a: { adress: 192.0.2.1 } }'
	check "a name for an address of the swarm is refused" file_refused hosts 'give a a private_address' 'hosts: { a: { address: a.example.com, role: manager } }'
}

# Only what a teardown wrote is removed.
removes_only_its_own() {
	local folder
	folder=$(mktemp -d /tmp/tsh-remove.XXXXXX)
	printf '{"unheard_by":"1 2"}' >"$folder/ours"
	: >"$folder/empty"
	printf 'a list' >"$folder/text"
	ln -s ours "$folder/link"
	mkfifo "$folder/fifo"
	for file in link text fifo empty ours gone; do
		timeout 10 "$ROOT/modules/swarm/remove-file.sh" "$folder/$file" 2>/dev/null || { rm -rf "$folder" && return 1; }
	done
	[ "$(cd "$folder" && printf '%s ' *)" = 'fifo link text ' ] || { ls -l "$folder" && rm -rf "$folder" && return 1; }
	rm -rf "$folder"
}

copy_tree
check "what a destroy left behind is removed, and nothing else" removes_only_its_own
# A plan asks for their version.
stub_helpers "$TREE/bin"
TFLINT=$("$ROOT/scripts/providers" tflint)
check "terraform fmt" "$TF" fmt -check -diff -recursive "$TREE"
check "the attributes that roots and the cluster file know are those of the modules" python3 "$ROOT/tests/terraform/attributes.py" "$TREE"
while read -r dir; do check_folder "$dir"; done < <(folders)
KEY='-----BEGIN OPENSSH PRIVATE KEY-----\nSECRET'
check "a key is not shown by modules/swarm" key_not_shown modules/swarm -var cluster=dev -var 'nodes={}' -var "ssh={private_key=\"$KEY\"}"
check "a key is not shown by terraform/lab" key_not_shown terraform/lab -var "private_key=$KEY"
cluster_files
finish_tests

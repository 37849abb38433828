#!/usr/bin/env bash
# The Terraform side without any machine: formatting, validation, tflint, the
# modules' own tests, and the order in which things happen. TF=tofu runs all of
# it with OpenTofu.
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
	! out=$("$TF" -chdir="$TREE/$1" plan -no-color -input=false "${@:2}" -var 'ssh={private_key="-----BEGIN OPENSSH PRIVATE KEY-----\nSECRET"}' 2>&1) || return 1
	if [[ $out != *"a key"* || $out == *SECRET* ]]; then printf '%s\n' "$out"; return 1; fi
}

copy_tree
TFLINT=$("$ROOT/scripts/providers" tflint)
check "terraform fmt" "$TF" fmt -check -diff -recursive "$TREE"
check "the attributes that roots know are those of the modules" python3 "$ROOT/tests/terraform/attributes.py" "$TREE"
while read -r dir; do check_folder "$dir"; done < <(folders)
check "a key is not shown by terraform/hosts" key_not_shown terraform/hosts -var 'hosts={a={address="192.0.2.1",role="manager"}}'
check "a key is not shown by modules/swarm" key_not_shown modules/swarm -var cluster=dev -var 'nodes={}'
for part in forget-host disk firewall lifecycle living killed drift; do
	"$ROOT/tests/terraform/$part.sh" || FAILED=$((FAILED + 1))
done
finish_tests

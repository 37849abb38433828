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

copy_tree
TFLINT=$("$ROOT/scripts/providers" tflint)
check "terraform fmt" "$TF" fmt -check -diff -recursive "$TREE"
check "the attributes that roots know are those of the modules" python3 "$ROOT/tests/terraform/attributes.py" "$TREE"
while read -r dir; do check_folder "$dir"; done < <(folders)
for part in forget-host disk firewall lifecycle living killed drift; do
	"$ROOT/tests/terraform/$part.sh" || FAILED=$((FAILED + 1))
done
finish

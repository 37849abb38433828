#!/usr/bin/env bash
# test-static.sh - the AWS side without any machine: formatting, validation, tflint,
# checkov, and what a plan says.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../terraform/lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../terraform/lib.sh"

folders() { (cd "$TREE" && find modules/aws terraform/aws -name '*.tf' -exec dirname {} + | sort -u); }

check_folder() {
	local dir=$1
	check "terraform init $dir" "$ROOT/scripts/providers" init "$TREE/$dir" "$TF"
	eval "$("$ROOT/scripts/providers" env)"
	check "terraform validate $dir" no_warning "$dir"
	check "tflint $dir" "$TFLINT" --chdir="$TREE/$dir" --config="$TREE/scripts/tflint.hcl"
}

# Nothing deprecated either, which the provider warns of
no_warning() {
	local said
	said=$("$TF" -chdir="$TREE/$1" validate -no-color 2>&1) || { printf '%s\n' "$said"; return 1; }
	[[ $said != *Warning* ]] || { printf '%s\n' "$said"; return 1; }
}

module_tests() {
	local out
	out=$("$TF" -chdir="$TREE/$1" test -no-color 2>&1) || { printf '%s\n' "$out"; return 1; }
	grep -qE '^Success! [1-9][0-9]* passed, 0 failed' <<<"$out" || { printf '%s\n' "$out"; return 1; }
}

# The exceptions stand, with their reasons, beside what they are for.
check_checkov() {
	(cd "$TREE" && "$CHECKOV/checkov" --directory modules/aws --framework terraform --compact --quiet --skip-download)
}

copy_tree
# A plan asks for their version.
stub_helpers "$TREE/bin"
TFLINT=$("$ROOT/scripts/providers" tflint)
CHECKOV=$("$ROOT/scripts/python-tools" checkov)
check "terraform fmt" "$TF" fmt -check -diff -recursive "$TREE/modules/aws" "$TREE/terraform/aws"
while read -r dir; do check_folder "$dir"; done < <(folders)
# OpenTofu makes up values where Terraform leaves them open, the same for all nodes.
if [ "${TF##*/}" = terraform ]; then
	check "terraform test modules/aws" module_tests modules/aws
else
	echo "skip terraform test modules/aws - all nodes have the same address in OpenTofu's mocks"
fi
check "checkov" check_checkov
check "the policy is one of IAM" jq -e '.Version == "2012-10-17" and all(.Statement[]; .Effect == "Allow")' "$ROOT/modules/aws/policy.json"
# What AWS does not judge by the tag is no right on what is anybody's.
check "no right on every interface" jq -e '[.Statement[].Action] | flatten | all(. != "ec2:ModifyNetworkInterfaceAttribute")' "$ROOT/modules/aws/policy.json"
finish_tests

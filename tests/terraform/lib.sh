# Shared by the tests of the Terraform side: a copy of the tree to work in, so
# that the checkout stays as it is.
# shellcheck shell=bash

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
TF=${TF:-terraform}
TREE=
# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
. "$ROOT/tests/lib/check.sh"

# A variable that names a missing file only makes Terraform warn on every call.
forget_missing_cli_config() {
	if [ -n "${TF_CLI_CONFIG_FILE:-}" ] && [ ! -e "$TF_CLI_CONFIG_FILE" ]; then
		unset TF_CLI_CONFIG_FILE
	fi
}

# stub_helpers FOLDER: all that Terraform runs or names, there
stub_helpers() {
	local helper
	mkdir -p "$1"
	for helper in "$ROOT"/bin/*; do
		cp "$ROOT/tests/terraform/helpers/stub" "$1/${helper##*/}"
	done
}

copy_tree() {
	WORK=$(mktemp -d "${TMPDIR:-/tmp}/terraform-check.XXXXXX")
	trap 'rm -rf "$WORK"' EXIT
	trap 'exit 1' HUP INT TERM
	TREE=$WORK/tree
	mkdir -p "$TREE/tests"
	cp -R "$ROOT/modules" "$ROOT/terraform" "$ROOT/scripts" "$TREE/"
	cp -R "$ROOT/tests/terraform" "$TREE/tests/"
	find "$TREE" -name .terraform -prune -exec rm -rf {} +
	find "$TREE" \( -name '.terraform.lock.hcl' -o -name '*.tfstate*' -o -name '*.tfvars' -o -path '*/terraform/*/clusters/*' ! -name example.yaml \) -type f -exec rm -f {} +
	forget_missing_cli_config
}


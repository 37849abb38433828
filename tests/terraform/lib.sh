# Shared by the tests of the Terraform side: a copy of the tree to work in, so
# that the checkout stays as it is, and one line for each check.
# shellcheck shell=bash

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
TF=${TF:-terraform}
FAILED=0
TREE=

ok() { printf 'ok %s\n' "$1"; }

not_ok() {
	printf 'not ok %s\n' "$1"
	[ -z "${2:-}" ] || printf '    %s\n' "${2//$'\n'/$'\n    '}"
	FAILED=$((FAILED + 1))
}

# check NAME COMMAND...: what the command prints is shown only where it fails.
check() {
	local name=$1 out
	shift
	if out=$("$@" 2>&1); then ok "$name"; else not_ok "$name" "$out"; fi
}

# equal NAME WANTED GOT
equal() {
	if [ "$2" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1" "wanted: $2
got:    $3"
	fi
}

# A variable that names a missing file only makes Terraform warn on every call.
forget_missing_cli_config() {
	if [ -n "${TF_CLI_CONFIG_FILE:-}" ] && [ ! -e "$TF_CLI_CONFIG_FILE" ]; then
		unset TF_CLI_CONFIG_FILE
	fi
}

copy_tree() {
	TREE=$(mktemp -d "${TMPDIR:-/tmp}/terraform-check.XXXXXX")
	trap 'rm -rf "$TREE"' EXIT
	trap 'exit 1' HUP INT TERM
	mkdir "$TREE/tests"
	cp -R "$ROOT/modules" "$ROOT/terraform" "$ROOT/scripts" "$TREE/"
	cp -R "$ROOT/tests/terraform" "$TREE/tests/"
	find "$TREE" -name .terraform -prune -exec rm -rf {} +
	find "$TREE" \( -name '.terraform.lock.hcl' -o -name '*.tfstate*' -o -name '*.tfvars' \) -exec rm -f {} +
	forget_missing_cli_config
}

finish() { [ "$FAILED" -eq 0 ]; }

#!/usr/bin/env bash
# test-demo.sh - that the headings of scripts/demo say what is shown, with a Terraform that
# only pretends. The demo itself is run on fresh machines: scripts/pristine.
set -euo pipefail

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
WORK=$(mktemp -d /tmp/tsh-test-demo.XXXXXX)
trap 'rm -rf "$WORK"' EXIT
# shellcheck disable=SC2034 # change counts them
PLANS=0

# The function that shows a change, with the one that shows an empty plan
eval "$(sed -n '/^declare -A DELIVERY/p; /^empty_plan() {/,/^}/p; /^change() {/,/^}/p' "$ROOT/scripts/demo")"
apply() { printf 'apply %s\n' "$*"; }
tf() { printf 'terraform %s\n' "$*"; }
prompt() { :; }
die() { echo "$*" && exit 1; }

wanted='apply -var manager_count=1 -var worker_count=2 -var token_delivery=ssh

--- 4. Right after it: nothing to change, with join tokens read over SSH and not kept (token_delivery = ssh)
terraform plan -input=false -detailed-exitcode -var manager_count=1 -var worker_count=2 -var token_delivery=ssh
apply -var manager_count=1 -var worker_count=2 -var token_delivery=state

--- 4. Right after it: nothing to change, with join tokens kept as outputs in Terraform'\''s state (token_delivery = state)
terraform plan -input=false -detailed-exitcode -var manager_count=1 -var worker_count=2 -var token_delivery=state'

if diff <(printf '%s\n' "$wanted") <(change ssh state -var manager_count=1 -var worker_count=2) >"$WORK/said"; then
	echo 'ok the headings name the token delivery and what it means'
else
	echo 'not ok the headings name the token delivery and what it means'
	sed 's/^/# /' "$WORK/said"
	exit 1
fi

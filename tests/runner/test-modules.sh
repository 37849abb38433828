#!/usr/bin/env bash
# test-modules.sh - that a module and a root declare what is their own: no long declaration stands
# in two of them, and the settings of the swarm go to modules/swarm alone. A module has to declare
# each variable that it takes, and a root each that -var sets; short ones may so be alike.
set -euo pipefail

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
WORK=$(mktemp -d /tmp/tsh-test-modules.XXXXXX)
trap 'rm -rf "$WORK"' EXIT
# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
. "$ROOT/tests/lib/check.sh"

LONGEST=10 # lines of a declaration that two may share

# Declarations of more than LONGEST lines in tree $1 that more than one file has: LINES NAME FILE...
# shellcheck disable=SC2016 # awk's own variables
repeated() {
	(cd "$1" && find modules terraform -name variables.tf -not -path '*/.terraform/*' | sort | xargs awk -v most="$LONGEST" '
		/^variable "/ { text = ""; lines = 0; name = $2 }
		{ text = text "\n" $0; lines++ }
		/^}/ { if (lines > most) { count[text]++; files[text] = files[text] " " FILENAME; of[text] = lines " " name } }
		END { for (text in count) if (count[text] > 1) print of[text] files[text] }')
}

# Where a module of a cloud in tree $1 hands a setting of the swarm on: to modules/swarm, or out
passed_through() {
	(cd "$1" && grep -nE 'source *= *"(\.\./)+(modules/)?swarm"' modules/aws/*.tf modules/scaleway/*.tf
		grep -nE '\bvar\.swarm\b' modules/aws/outputs.tf modules/scaleway/outputs.tf) || true
}

copy() {
	rm -rf "$WORK/tree"
	mkdir "$WORK/tree"
	cp -r "$ROOT/modules" "$ROOT/terraform" "$WORK/tree"
}

test_repetition() {
	equal "no declaration of more than $LONGEST lines stands in two modules" '' "$(repeated "$ROOT")"
	copy
	sed -n '/^variable "swarm"/,/^}/p' "$ROOT/modules/swarm/variables.tf" >>"$WORK/tree/modules/aws/variables.tf"
	check "one that does is found" matches '^[0-9]+ "swarm" modules/aws/variables.tf modules/swarm/variables.tf$' repeated "$WORK/tree"
}

test_pass_through() {
	equal "no setting of the swarm passes through a cloud's module" '' "$(passed_through "$ROOT")"
	copy
	printf 'output "swarm" {\n  value = var.swarm\n}\n' >>"$WORK/tree/modules/aws/outputs.tf"
	printf 'module "swarm" {\n  source = "../swarm"\n}\n' >>"$WORK/tree/modules/scaleway/main.tf"
	equal "an output that does and a call of modules/swarm are found" 2 "$(passed_through "$WORK/tree" | wc -l)"
}

matches() {
	local out
	out=$("${@:2}")
	grep -qE "$1" <<<"$out" || { printf '%s\n' "$out" && return 1; }
}

play test_repetition test_pass_through
finish_tests

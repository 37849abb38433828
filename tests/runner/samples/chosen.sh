#!/usr/bin/env bash
# A script of two tests, and one that it does not play.
set -euo pipefail

WORK=$(mktemp -d /tmp/tsh-chosen.XXXXXX)
trap 'rm -rf "$WORK"' EXIT
# shellcheck source-path=SCRIPTDIR source=../../lib/check.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../../lib/check.sh"

test_first() { check "the first" true; }
test_second() { check "the second" true; }
test_unused() { check "never" true; }

check "the beginning" true
play test_first test_second
finish_tests

#!/usr/bin/env bash
# meets-too.sh - see meets.sh.
# shellcheck source-path=SCRIPTDIR source=meets.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/meets.sh"

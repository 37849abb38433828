#!/usr/bin/env bash
# test-kill.sh [OPTION]... - a short run of soak.py, as the tests of rounds.py, or with options
# of its own; `make soak` is the long one.
set -euo pipefail

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
[ $# = 0 ] || PYTHONDONTWRITEBYTECODE=1 exec python3 -u tests/kill/soak.py "$@"
exec tests/lib/pytest tests/kill/rounds.py

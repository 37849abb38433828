#!/usr/bin/env bash
# test-roll-killed.sh - rolls of a swarm that are cut off at every step by SIGKILL, and what the next
# roll makes of that: roll_rounds.py.
set -euo pipefail

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
exec tests/lib/pytest tests/kill/roll_rounds.py

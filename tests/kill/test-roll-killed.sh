#!/usr/bin/env bash
# test-roll-killed.sh - rolls of a swarm that are cut off at every step, by SIGKILL or by the loss
# of power, and what the next roll makes of that: roll_rounds.py. With EVERY_STEP=1 every fault
# is played at every step.
set -euo pipefail

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
exec tests/lib/pytest tests/kill/roll_rounds.py

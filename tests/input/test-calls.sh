#!/usr/bin/env bash
# test-calls.sh [STEP] - makes every STEP-th allocation and system call of a run fail, each
# in a run of its own (calls.py): in all of the process as released, and in our own objects
# with sanitizers. STEP 1 takes many minutes.
set -euo pipefail

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
step=${1:-60}
make -s all build/release/faults/shim.so
make -s SAN=address,undefined faulty
status=0
tests/lib/pytest tests/input/calls.py --bins bin --step "$step" --library build/release/faults/shim.so || status=1
tests/lib/pytest tests/input/calls.py --bins build/address-undefined/faults --step $((step * 2)) --prefix 'sanitized ' || status=1
exit "$status"

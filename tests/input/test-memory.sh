#!/usr/bin/env bash
# test-memory.sh - no token, key or passphrase is left in the memory of an executable at its
# end, and no core file of it can be had (memory.py).
set -euo pipefail

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
make -s all build/release/faults/scan.so
tests/lib/pytest tests/input/memory.py --bins bin --library build/release/faults/scan.so

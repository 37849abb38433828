#!/usr/bin/env bash
# test-hostile.sh - SSH servers that send without end what nobody has asked for (hostile.py).
set -euo pipefail

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
make -s all BIN=build/faults/bin
tests/lib/pytest tests/input/hostile.py --bins build/faults/bin

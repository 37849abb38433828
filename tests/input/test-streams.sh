#!/usr/bin/env bash
# test-streams.sh - what a script says between two reads of its streams, and one that does not
# end (streams.py).
set -euo pipefail

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
make -s all
tests/lib/pytest tests/input/streams.py --bins bin

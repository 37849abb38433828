#!/usr/bin/env bash
# test-hostile-engine.sh - a Docker API that lies: what it is, and how each lie has to end, is in
# hostile_engine.py. Once as released, in bounded memory; once with sanitizers.
set -euo pipefail

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
make -s all
make -s SAN=address,undefined all
status=0
tests/lib/pytest tests/input/hostile_engine.py --bins bin --rss || status=1
tests/lib/pytest tests/input/hostile_engine.py --bins build/address-undefined/bin --prefix 'sanitized ' || status=1
exit "$status"

#!/usr/bin/env bash
# test-hostile.sh - SSH servers that send without end what nobody has asked for (hostile.py), or
# nothing any more (exchange.py).
set -euo pipefail

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
make -s all
make -s SAN=address,undefined all
status=0
tests/lib/pytest tests/input/hostile.py --bins bin || status=1
tests/lib/pytest tests/input/exchange.py --bins build/address-undefined/bin || status=1
exit "$status"

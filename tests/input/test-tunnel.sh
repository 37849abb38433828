#!/usr/bin/env bash
# test-tunnel.sh - docker-tunnel through a real sshd to an engine that passes bytes in every
# way that Docker's API has (tunnel.py).
set -euo pipefail

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
make -s all
tests/lib/pytest tests/input/tunnel.py --bins bin

#!/usr/bin/env bash
# test-roll.sh - scripts/roll over a Terraform and a swarm that are a file (roll.py).
set -euo pipefail

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
tests/lib/pytest tests/runner/roll.py

#!/usr/bin/env bash
# test-interrupts.sh - SIGINT and SIGTERM to every executable, in each phase of its life
# (interrupts.py).
set -euo pipefail

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
make -s all
tests/lib/pytest tests/input/interrupts.py --bins bin

#!/usr/bin/env bash
# test-kill.sh [OPTION]... - a short run of soak.py; `make soak` is the long one.
set -euo pipefail

HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)

export PYTHONDONTWRITEBYTECODE=1
exec python3 -u "$HERE/soak.py" --runs "${RUNS:-20}" --seed "${SEED:-1}" "$@"

#!/usr/bin/env bash
# test-kill.sh [OPTION]... - a short run of soak.py, as the tests of rounds.py, or with options
# of its own; `make soak` is the long one.

# mutant helpers/swarm/init.c swarm_init: may_pass() => 0
#   with --case=/swarm/init
#   fails init-swarm with
# mutant helpers/swarm/teardown.c with_manager: SWARM_HOST_MAY_COME => ERR_KIND(ERR_NO_ENGINE)
#   with --case=drain-swarm:
#   fails terraform destroy with
set -euo pipefail

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
[ $# = 0 ] || PYTHONDONTWRITEBYTECODE=1 exec python3 -u tests/kill/soak.py "$@"
exec tests/lib/pytest tests/kill/rounds.py

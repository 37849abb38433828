#!/usr/bin/env bash
# test-beside-ssh.sh - known_hosts files of some 300 forms, as a real ssh reads them and as
# we do: nothing is accepted here that ssh refuses (beside_ssh.py).
set -euo pipefail

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
exec unshare --net --mount --propagation private -- \
	tests/lib/pytest tests/hosts/beside_ssh.py --bins bin --prefix "known_hosts beside ssh: "

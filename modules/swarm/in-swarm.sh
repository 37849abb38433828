#!/bin/sh
# Run on a machine: its last line says whether that is in a swarm, as its engine does, or
# "none" where no engine is; with SWARM_RESTORE, also "restoring" where restore-swarm was cut off.
set -eu

PATH=$PATH:/usr/local/bin:/snap/bin
state=$(docker info --format '{{.Swarm.LocalNodeState}}' 2>/dev/null) || state=
[ -n "$state" ] || [ ! -s /var/lib/docker/swarm/docker-state.json ] || state=unknown
[ -z "${SWARM_RESTORE-}" ] || [ ! -e /var/lib/restore-swarm ] || state=restoring
printf '%s\n' "${state:-none}"

#!/bin/sh
# Takes the timer off a manager, where that answers: one that is gone has none any more.
#
#   unschedule.sh PROGRAM --query-env SWARM_QUERY   PROGRAM is prepare-node
set -eu
# What Terraform interrupts is this script alone; the executables look for its parent.
export SWARM_STARTED_BY="${SWARM_STARTED_BY:-$PPID}"

if "$@"; then exit; fi
echo "the timer of backups was not taken off, which does no harm to a machine that goes; elsewhere remove /etc/swarm-backup there" >&2

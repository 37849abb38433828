#!/bin/sh
# Takes the swarm's tokens out of the store. They are of no use once the swarm has gone, so that
# whoever cannot be reached keeps nobody from taking it apart.
#
#   unstore.sh PROGRAM --query-env SWARM_QUERY   PROGRAM is store-tokens
set -eu
# What Terraform interrupts is this script alone; the executables look for its parent.
export SWARM_STARTED_BY="${SWARM_STARTED_BY:-$PPID}"

if "$@"; then exit; fi
echo "the tokens were not taken out of the store, and its name stays taken: run store-tokens with the same store, remove and the cluster_id that the next store-tokens there tells" >&2

#!/usr/bin/env bash
# usual-script.sh [SSH-OPTION...] - how join tokens are usually read for Terraform's
# external data source: the query on stdin, two ssh, jq. Reference of the bench.
set -euo pipefail

host=$(jq -r .host)
worker=$(ssh "$@" "$host" docker swarm join-token -q worker)
manager=$(ssh "$@" "$host" docker swarm join-token -q manager)
jq -n --arg worker "$worker" --arg manager "$manager" '{$worker, $manager}'

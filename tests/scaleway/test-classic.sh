#!/usr/bin/env bash
# test-classic.sh - a configuration written around a script that fetches tokens over SSH
# (examples/classic), with fetch-tokens in the script's place.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

M=classic-manager-1

test_classic() {
	init modules/scaleway/examples/classic
	workspace classic
	# As such configurations do: the agent's key, and the helper on the PATH.
	# It must not hold the pipe whose end tells the rig to end.
	eval "$(ssh-agent -a "$WORK/agent" {RIG_IN}>&-)" >/dev/null
	STARTED+=("$SSH_AGENT_PID")
	ssh-add -q "$WORK/key"
	export PATH=$ROOT/bin:$PATH HOME=$WORK/home
	mkdir -m 0700 "$HOME"
	apply "classic: 1 + 2" -var "ssh_cidr=$OPERATOR" -var "install_script=$ROOT/scripts/install-docker.sh"
	equal "classic: all nodes are ready" \
		"$M=manager=ready classic-worker-1=worker=ready classic-worker-2=worker=ready" "$(names_of $M)"
	equal "classic: the tokens are the swarm's" \
		"$(on $M docker swarm join-token -q worker) $(on $M docker swarm join-token -q manager)" \
		"$(tf output -raw swarm_worker_token) $(tf output -raw swarm_manager_token)"
	check "classic: the manager's host key was recorded" grep -q "^$(tf output -raw swarm_manager_public_ip) " "$HOME/.ssh/known_hosts"
	empty_plan "classic: the next plan is empty"
	destroy "classic: destroyed"
	nothing_left "classic"
}

begin
test_classic
finish

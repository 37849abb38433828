#!/usr/bin/env bash
# test-examples.sh - two examples beside each other: minimal; and classic, a configuration
# written around a script that fetches tokens over SSH, with fetch-tokens in the script's place.
# The third one is test-private.sh's.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

M=classic-manager-1

# In a process of its own, hence with a folder of its own for what Terraform says.
test_minimal() {
	local key=$WORK/key
	WORK=$WORK/minimal DIR=$1
	mkdir "$WORK"
	workspace scwm
	apply "minimal: 1 + 1" -var "ssh_cidrs=[\"$OPERATOR\"]" -var "private_key=$key"
	equal "minimal: both nodes are ready" "scwm-manager-1=manager=ready scwm-worker-1=worker=ready" "$(names_of scwm-manager-1)"
	empty_plan "minimal: the next plan is empty"
	destroy "minimal: destroyed"
	leaves_first "minimal"
	[ "$FAILED" = 0 ]
}

# "manager worker", as Terraform has them and as the swarm has them
tokens_told() { tf output -json | jq -r '"\(.swarm_manager_token.value) \(.swarm_worker_token.value)"'; }
tokens_made() { on $M sh -c 'docker swarm join-token -q manager && docker swarm join-token -q worker' | paste -sd' ' -; }

test_classic() {
	workspace classic
	# As such configurations do: the agent's key, and the helper on the PATH.
	# It must not hold the pipe whose end tells the bridge to end.
	eval "$(ssh-agent -a "$WORK/agent" {BRIDGE_IN}>&-)" >/dev/null
	STARTED+=("$SSH_AGENT_PID")
	ssh-add -q "$WORK/key"
	export PATH=$ROOT/bin:$PATH HOME=$WORK/home
	mkdir -m 0700 "$HOME"
	apply "classic: 1 + 2" -var "ssh_cidr=$OPERATOR" -var "install_script=$ROOT/scripts/install-docker.sh"
	equal "classic: all nodes are ready" \
		"$M=manager=ready classic-worker-1=worker=ready classic-worker-2=worker=ready" "$(names_of $M)"
	equal "classic: the tokens are the swarm's" "$(tokens_made)" "$(tokens_told)"
	check "classic: the manager's host key was recorded" grep -q "^$(tf output -raw swarm_manager_public_ip) " "$HOME/.ssh/known_hosts"
	empty_plan "classic: the next plan is empty"
	destroy "classic: destroyed"
}

begin
init modules/scaleway/examples/minimal
MINIMAL_DIR=$DIR
init modules/scaleway/examples/classic
test_minimal "$MINIMAL_DIR" {BRIDGE_IN}>&- &
MINIMAL=$!
STARTED+=("$MINIMAL")
play test_classic
wait "$MINIMAL" || FAILED=$((FAILED + 1))
nothing_left "examples"
finish

#!/usr/bin/env bash
# test-private.sh - nodes without public addresses: from examples/private-bastion, reached
# through the gateway's bastion and not otherwise, on ports that are not Docker's own; and from
# examples/own-network, in a network that has no id when the cluster is planned.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

M=scwp-manager-1

reaches_not() { ! reaches "$@"; }
bastion() { state '.ip[0].address' | tr -d '"'; }

jump() {
	ssh -F none -o BatchMode=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile="$DIR/.swarm/scwp.known_hosts" \
		-i "$WORK/key" -o ProxyCommand="ssh -F none -o BatchMode=yes -o StrictHostKeyChecking=yes \
			-o UserKnownHostsFile=$DIR/.swarm/scwp.known_hosts -i $WORK/key -p 61000 -W %h:%p bastion@$(bastion)" \
		"root@$1" hostname
}

address_of() { nodes $M | awk -v name="$1" '$1 == name { print $4 }'; }

test_private() {
	local node
	init modules/scaleway/examples/private-bastion
	workspace scwp
	apply "private: 1 + 1 behind a bastion" -var "ssh_cidrs=[\"$OPERATOR\"]" -var "private_key=$WORK/key"
	equal "private: both nodes are ready" "$M=manager=ready scwp-worker-1=worker=ready" "$(names_of $M)"
	check "private: the swarm listens where it was told to" on $M sh -c 'docker info --format "{{.Swarm.RemoteManagers}} {{.Swarm.Cluster.DataPathPort}}" | grep ":2400}\] 7789"'
	equal "private: the only public address is the gateway's" '[1,1]' "$(state '[(.ip | length), (.gateway | length)]')"
	for node in $(nodes $M | awk '{ print $4 }'); do
		check "private: $node is not reached directly" reaches_not "$node" 22
	done
	equal "private: it is through the bastion, with both keys known" scwp-worker-1 "$(jump "$(address_of scwp-worker-1)")"
	equal "private: only who may reaches the bastion" "[\"$OPERATOR\"]" "$(state '.gateway[0].bastion_allowed_ips')"
	empty_plan "private: the next plan is empty"
	destroy "private: destroyed through the bastion"
	leaves_first "private"
	nothing_left "private"
	check "private: the bastion's key is forgotten too" [ ! -e "$DIR/.swarm/scwp.known_hosts" ]
}

# examples/own-network: the network, its way out and the bastion are made in the same apply.
test_own_network() {
	local M=scwo-manager-1
	init modules/scaleway/examples/own-network
	workspace scwo
	apply "own network: 1 + 1, its network and bastion, in one apply" -var "ssh_cidrs=[\"$OPERATOR\"]" -var "private_key=$WORK/key"
	equal "own network: both nodes are ready" "$M=manager=ready scwo-worker-1=worker=ready" "$(names_of $M)"
	equal "own network: there is one network, and one gateway" '[1,1]' "$(state '[(.network | length), (.gateway | length)]')"
	empty_plan "own network: the next plan is empty"
	destroy "own network: destroyed through the bastion"
	leaves_first "own network"
	nothing_left "own network"
	check "own network: the bastion's key is forgotten too" [ ! -e "$DIR/.swarm/scwo.known_hosts" ]
}

begin
play test_private test_own_network
finish

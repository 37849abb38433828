#!/usr/bin/env bash
# test-upgrade.sh - a cluster on Scaleway that 0.1.0 made is taken over by today's root: no server
# and nothing of the network is replaced, and no node is asked for anything.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../cloud/upgrade.sh
. "$ROOT/tests/cloud/upgrade.sh"

C=scwu

# With something of everything that is named otherwise today
old_variables() {
	cat <<-END
		zone           = "fr-par-2"
		manager_count  = 3
		worker_count   = 2
		worker_type    = "PRO2-S"
		worker_volume  = { docker_size = 30 }
		public_ips     = "managers"
		private_subnet = "10.207.5.0/24"
		ssh_cidrs      = ["$OPERATOR"]
		ingress_ports  = [{ port = 80 }]
		ssh            = { private_key = "$WORK/key" }
		docker_version = "28.3.3"
		docker         = { source = "docker", metrics_address = "0.0.0.0:9323" }
		swarm          = { listen_port = 2400 }
	END
}

# The same, as docs/scaleway.md has it
write_file() {
	cluster "{groups: {manager: {count: 3}, worker: {count: 2}},
		docker: {version: \"28.3.3\", source: \"docker\", metrics_address: \"0.0.0.0:9323\"}, swarm: {listen_port: 2400},
		ssh: {private_key: \"$WORK/key\"},
		scaleway: {zone: \"fr-par-2\", network: \"private\", subnet: \"10.207.5.0/24\", ssh_cidrs: [\"$OPERATOR\"], ingress_ports: [{port: 80}],
			groups: {manager: {public_ip: true}, worker: {type: \"PRO2-S\", disk: {docker_size: 30}}}}}"
}

# Ids of all there is at Scaleway
holdings() { state 'del(.key) | [.[][].id] | sort'; }

test_release() {
	local name
	for name in "$C-manager-1" "$C-manager-2" "$C-manager-3" "$C-worker-1" "$C-worker-2" "$C-gateway"; do
		ask POST /_fake/faults "{\"dark\": \"$name\"}" >/dev/null
	done
	release terraform/scaleway
	workspace $C
	old_variables >"$DIR/terraform.tfvars"
	apply "0.1.0: 3 + 2 behind a gateway"
	equal "0.1.0: what it did" 'init-swarm x1,join-node x5,prepare-node x5' "$(asked)"
	MADE=$(holdings)
}

test_upgrade() {
	take_over terraform/scaleway
	write_file
	upgraded ''
	equal "upgrade: all at Scaleway is the same" "$MADE" "$(holdings)"
	equal "upgrade: nothing is outdated" '{}' "$(tf output -json outdated)"
}

test_destroy() {
	: >"$STUB_LOG"
	destroy "destroy"
	equal "destroy: every node left" 'drain-and-remove x5,drain-swarm x1,forget-host x6' "$(asked)"
	nothing_left "destroy"
}

begin
no_machines
play test_release test_upgrade test_destroy
finish

#!/usr/bin/env bash
# test-upgrade.sh - a cluster on AWS that 0.1.0 made is taken over by today's root: no instance
# and nothing of the network is replaced, and no node is asked for anything.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../cloud/upgrade.sh
. "$ROOT/tests/cloud/upgrade.sh"

C=awsu
NODES=("$C-batch-1" "$C-manager-1" "$C-manager-2" "$C-manager-3" "$C-worker-1" "$C-worker-2")

# With something of everything that is named otherwise today
old_variables() {
	cat <<-END
		region         = "us-east-1"
		manager_count  = 3
		worker_count   = 2
		worker_disk    = { size = 30 }
		pools          = { batch = { count = 1, spot = true, labels = { batch = "yes" }, disk = { docker_size = 30 } } }
		network        = "private"
		bastion        = { size = 10 }
		ssh_cidrs      = ["$OPERATOR"]
		ingress_ports  = [{ port = 80 }]
		public_key     = "$WORK/key.pub"
		ssh            = { private_key = "$WORK/key" }
		image          = { id = "$IMAGE", user = "root" }
		docker_version = "29.1.3"
		docker         = { source = "docker", metrics_address = "0.0.0.0:9323" }
		swarm          = { listen_port = 2400 }
	END
}

# The same, as docs/aws.md has it
write_file() {
	cluster "{groups: {manager: {count: 3}, worker: {count: 2}, batch: {count: 1, labels: {batch: \"yes\"}}},
		docker: {version: \"29.1.3\", source: \"docker\", metrics_address: \"0.0.0.0:9323\"}, swarm: {listen_port: 2400},
		ssh: {private_key: \"$WORK/key\"},
		aws: {region: \"us-east-1\", network: \"private\", bastion: {disk: {size: 10}}, ssh_cidrs: [\"$OPERATOR\"], ingress_ports: [{port: 80}],
			public_key: \"$(cat "$WORK/key.pub")\", image: {id: \"$IMAGE\", user: \"root\"},
			groups: {worker: {disk: {size: 30}}, batch: {spot: true, disk: {docker_size: 30}}}}}"
}

# Who has another key, where the one of the first lies
another_operator() {
	mv "$WORK/key.pub" "$WORK/first.pub"
	ssh-keygen -q -t ed25519 -N '' -f "$WORK/other" && mv "$WORK/other.pub" "$WORK/key.pub"
	tf plan -detailed-exitcode "${OPTIONS[@]}"
	local code=$?
	mv "$WORK/first.pub" "$WORK/key.pub"
	return "$code"
}

# With the rights that 0.1.0 had
test_release() {
	release terraform/aws
	workspace $C
	old_variables >"$DIR/terraform.tfvars"
	AWS_ACCESS_KEY_ID=$ADMIN_ID AWS_SECRET_ACCESS_KEY=$ADMIN_SECRET apply "0.1.0: 3 + 2, a pool of 1, and a bastion"
	equal "0.1.0: what it did" 'init-swarm x1,join-node x6,prepare-node x6' "$(asked)"
	MADE=$(holdings)
}

test_upgrade() {
	take_over terraform/aws
	write_file
	upgraded "$(printf 'module.aws.terraform_data.type["%s"]\n' "${NODES[@]}")"
	equal "upgrade: all at AWS is the same" "$MADE" "$(holdings)"
	equal "upgrade: instances say which group they are of" '["batch","manager","worker"]' \
		"$(instances '[.[].Tags[] | select(.Key == "swarm-group") | .Value] | unique')"
	check "upgrade: what an operator has in a file of that name is no matter" another_operator
	equal "upgrade: nothing is outdated" '{}' "$(tf output -json outdated)"
}

test_destroy() {
	: >"$STUB_LOG"
	destroy "destroy"
	equal "destroy: every node left" 'drain-and-remove x6,drain-swarm x1,forget-host x7' "$(asked)"
	nothing_left "destroy"
}

begin
mkdir -p "$WORK/bridge/held"
(cd "$WORK/bridge/held" && touch "${NODES[@]}" "$C-bastion")
no_machines
play test_release test_upgrade test_destroy
finish_cloud

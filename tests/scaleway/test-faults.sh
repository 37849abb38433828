#!/usr/bin/env bash
# test-faults.sh - what a person sees when something at Scaleway or on a new server goes
# wrong, and that the next apply goes on from there.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

M=scwf-manager-1
BASE=(
	-var "ssh_cidrs=[\"$OPERATOR\"]"
	-var "ssh={private_key=\"$WORK/key\"}"
	-var worker_count=0
	-var 'docker={source="distribution"}'
)

fault() { ask POST /_fake/faults "$(jq -n --arg method "$1" --arg path "$2" '{$method, $path, status: '"$3"', times: '"$4"'}')"; }

test_refusals() {
	fails apply "an even number of managers" "manager_count is 2; use 1, 3, 5 or 7" -- "${BASE[@]}" -var manager_count=2
	fails apply "port 0" "use ports from 1 to 65535" -- "${BASE[@]}" -var 'ingress_ports=[{port=0}]'
	fails apply "the Docker API for everybody" "the Docker API is reached over SSH" -- "${BASE[@]}" -var 'ingress_ports=[{port=2375}]'
	fails apply "a role that there is not" "Unknown role for scwf-manager-1 (chief)" -- "${BASE[@]}" -var 'roles={scwf-manager-1="chief"}'
	fails apply "misspelt attributes" "manager_volume has no siez; the attributes are size, type" "Nothing in ingress_ports has prot" -- \
		"${BASE[@]}" -var 'manager_volume={siez=20}' -var 'ingress_ports=[{port=80},{port=81,prot="udp"}]'
	fails apply "a key file that is not there" "There is no such file: ssh.private_key ($WORK/no-key)" -- "${BASE[@]}" -var "ssh={private_key=\"$WORK/no-key\"}"
	SCW_SECRET_KEY=00000000-0000-4000-8000-000000000000 fails apply "wrong credentials" "denied" -- "${BASE[@]}"
	SCW_ACCESS_KEY='' SCW_SECRET_KEY='' fails apply "no credentials" "access key" -- "${BASE[@]}"
	fails apply "a type that the zone does not have" "could not find a server type associated with PRO2-S in zone nl-ams-1" -- \
		"${BASE[@]}" -var zone=nl-ams-1 -var manager_type=PRO2-S
	OPTIONS=("${BASE[@]}" -var zone=nl-ams-1 -var manager_type=PRO2-S)
	destroy "what was made before that goes"
	nothing_left "after refusals"
}

test_api_faults() {
	fault POST '/servers$' 500 100
	fails apply "the API answers 500" "500" -- "${BASE[@]}"
	ask DELETE /_fake/faults
	fault POST '/servers$' 429 2
}

# The provider waits 10 minutes for a server, whatever it is told; this one is still starting when
# it has looked twice.
release_when_starting() {
	local looked
	within 120 is_starting
	looked=$(looks)
	within 60 has_looked $((looked + 2))
	ask DELETE /_fake/faults
}

looks() { ask GET /_fake/calls | jq '[.[] | select(.[0] == "GET" and (.[1] | test("/servers/[^/]*$")))] | length'; }
has_looked() { [ "$(looks)" -ge "$1" ]; }

is_starting() { [ "$(state '.server[0].state')" = '"starting"' ]; }

test_user_data() {
	fails apply "user data that fails" "scwf-manager-1" "it failed while installing Docker" "99.1.1 is not in" -- \
		"${BASE[@]}" -var docker_version=99.1.1
	ask POST /_fake/faults '{"hold": "scwf-manager-1"}'
	release_when_starting &
	apply "a new server with other user data, after 429 and a long time in starting" "${BASE[@]}" \
		-replace 'module.scaleway.scaleway_instance_server.node["scwf-manager-1"]'
	equal "the manager is ready" "$M=manager=ready" "$(names_of $M)"
	equal "429 was answered with patience" '2' "$(ask GET /_fake/calls | jq '[.[] | select(.[2] == 429)] | length')"
}

test_no_way_in() {
	ask POST /_fake/faults '{"dark": "scwf-worker-1"}'
	fails apply "a server that never answers" "scwf-worker-1" "port 22: no " -- "${BASE[@]}" -var worker_count=1 \
		-var 'timeouts={prepare="10s"}'
	ask DELETE /_fake/faults
	fails apply "a key that the server does not have" "scwf-worker-1" "refused user root's key" -- "${BASE[@]}" -var worker_count=1 \
		-var "ssh={private_key=\"$WORK/stranger\"}" -var 'timeouts={prepare="30s"}'
}

begin
# Nobody's key is in the project: the servers get the given one only.
ask DELETE "/iam/v1alpha1/ssh-keys/$(state '.key[0].id' | tr -d '"')"
BASE+=(-var "ssh_keys=[\"$(cat "$WORK/key.pub")\"]")
init terraform/scaleway
workspace scwf
play test_refusals test_api_faults test_user_data test_no_way_in
OPTIONS=("${BASE[@]}")
destroy "destroyed with a server that never became a node"
nothing_left "faults"
finish

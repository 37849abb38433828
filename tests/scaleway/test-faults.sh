#!/usr/bin/env bash
# test-faults.sh - what a person sees when something at Scaleway or on a new server goes
# wrong, and that the next apply goes on from there.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

M=scwf-manager-1
BASE="{groups: {worker: {count: 0}}, docker: {source: \"distribution\"}, ssh: {private_key: \"$WORK/key\"}, scaleway: {ssh_cidrs: [\"$OPERATOR\"]}}"

fault() { ask POST /_fake/faults "$(jq -n --arg method "$1" --arg path "$2" '{$method, $path, status: '"$3"', times: '"$4"'}')"; }

# refused NAME OBJECT TEXT...: an apply of a file that says this as well
refused() {
	cluster "$BASE" "$2"
	fails apply "$1" "${@:3}" --
	cluster "$BASE"
}

test_refusals() {
	no_executables
	refused "an even number of managers" '{groups: {manager: {count: 2}}}' "the number has to be odd"
	refused "port 0" '{scaleway: {ingress_ports: [{port: 0}]}}' "use ports from 1 to 65535"
	refused "the Docker API for everybody" '{scaleway: {ingress_ports: [{port: 2375}]}}' "the Docker API is reached over SSH"
	refused "a role that there is not" '{nodes: {"scwf-manager-1": {role: "chief"}}}' "nodes.scwf-manager-1.role: use manager or worker"
	refused "misspelt attributes" '{scaleway: {groups: {manager: {disk: {siez: 20}}}, ingress_ports: [{port: 80}, {port: 81, prot: "udp"}]}}' \
		"scaleway.groups.manager.disk.siez: unknown; known here are docker_iops, docker_size, size, type" "scaleway.ingress_ports[1].prot: unknown"
	refused "a key file that is not there" "{ssh: {private_key: \"$WORK/no-key\"}}" "ssh.private_key: there is no file $WORK/no-key"
	SCW_SECRET_KEY=00000000-0000-4000-8000-000000000000 fails apply "wrong credentials" "denied" --
	SCW_ACCESS_KEY='' SCW_SECRET_KEY='' fails apply "no credentials" "access key" --
	cluster "$BASE" '{scaleway: {zone: "nl-ams-1", groups: {manager: {type: "PRO2-S"}}}}'
	fails apply "a type that the zone does not have" "could not find a server type associated with PRO2-S in zone nl-ams-1" -- \
		"-replace=module.scaleway.terraform_data.zone[\"$M\"]"
	OPTIONS=()
	destroy "what was made before that goes"
	nothing_left "after refusals"
	cluster "$BASE"
}

test_api_faults() {
	fault POST '/servers$' 500 100
	fails apply "the API answers 500" "500" --
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
		-var docker_version=99.1.1
	ask POST /_fake/faults '{"hold": "scwf-manager-1"}'
	release_when_starting &
	apply "a new server with other user data, after 429 and a long time in starting" \
		-replace 'module.scaleway.scaleway_instance_server.node["scwf-manager-1"]'
	equal "the manager is ready" "$M=manager=ready" "$(names_of $M)"
	equal "429 was answered with patience" '2' "$(ask GET /_fake/calls | jq '[.[] | select(.[2] == 429)] | length')"
}

test_no_way_in() {
	ask POST /_fake/faults '{"dark": "scwf-worker-1"}'
	cluster "$BASE" '{groups: {worker: {count: 1}}, swarm: {timeouts: {prepare: "10s"}}}'
	fails apply "a server that never answers" "scwf-worker-1: it has published no host key within 10s" --
	ask DELETE /_fake/faults
	cluster "$BASE" '{groups: {worker: {count: 1}}, swarm: {timeouts: {prepare: "30s"}}}'
	fails apply "a key that the server does not have" "scwf-worker-1" "refused user root's key" -- -var "private_key=$WORK/stranger"
	# What the leaves run with is what the last apply has stored. Two applies had no time for the
	# host key, which is read by the -replace that the warning names.
	apply "the right key again" -replace 'module.swarm.module.host_keys.module.first.terraform_data.read["scwf-worker-1"]'
}

# What a server has published is in the fake; who answers at its address has another key.
# mutant modules/scaleway/outputs.tf output.nodes: host_key_command => null
test_forged() {
	ask POST /_fake/faults "$(jq -n --arg keys "$(cat "$WORK/stranger.pub")" '{forge: "scwf-worker-2", $keys}')"
	cluster "$BASE" '{groups: {worker: {count: 2}}}'
	fails apply "another host key than the one that was published" "scwf-worker-2" \
		"the host key that it shows is not the one that it has published: something else answers at" --
	ask DELETE /_fake/faults
	check "another host key: nothing of that is recorded" no_line_of_forged
	cluster "$BASE" '{groups: {worker: {count: 2}}}'
	apply "a new server in its place" -replace 'module.scaleway.scaleway_instance_server.node["scwf-worker-2"]'
	equal "a new server in its place: both are in the swarm" "$M=manager=ready scwf-worker-1=worker=ready scwf-worker-2=worker=ready" "$(names_of $M)"
	test_published_key "$(state '.server[] | select(.name == "scwf-worker-2") | "\(.zone)/\(.id)"' | tr -d '"')"
}

# A node goes, and the server in its place never becomes one.
test_no_docker() {
	fails apply "a new worker on which Docker cannot be installed" "scwf-worker-2" "it failed while installing Docker" -- \
		-var docker_version=99.1.1 -replace 'module.scaleway.scaleway_instance_server.node["scwf-worker-2"]'
	cluster "$BASE"
}

# The script by itself, of the server ZONE/ID
test_published_key() {
	local script=$TREE/modules/scaleway/published-key.sh keys said
	keys=$("$script" "$1")
	check "published keys: public ones of several types" grep -q '^ssh-rsa AAAA' <(grep -A9 '^ssh-ed25519 AAAA' <(sort <<<"$keys"))
	printf '%s\n' 'access_key: SCWX' 'secret_key: "nobody"' 'active_profile: work' 'profiles:' '  home:' '    secret_key: nobody' \
		'  work:' "    secret_key: $SCW_SECRET_KEY" >"$WORK/scw.yaml"
	equal "published keys: with the secret key of scw's profile" "$keys" "$(SCW_SECRET_KEY='' SCW_CONFIG_PATH=$WORK/scw.yaml "$script" "$1")"
	said=$(SCW_SECRET_KEY='' "$script" "$1" 2>&1) || true
	equal "published keys: without a secret key" 'no secret key of Scaleway in SCW_SECRET_KEY or /nonexistent' "${said%%,*}"
	said=$(SCW_SECRET_KEY='' SCW_PROFILE=home SCW_CONFIG_PATH=$WORK/scw.yaml "$script" "$1" 2>&1) || true
	equal "published keys: with one that Scaleway refuses" 'Scaleway answers 401' "${said%% to *}"
	equal "published keys: of a server that has none yet" '' "$("$script" "${1%?????}00000" 2>/dev/null)"
}

no_line_of_forged() {
	! grep -F "$(state '.ip[] | select(.server.name == "scwf-worker-2") | .address' | tr -d '"') " "$DIR/.swarm/scwf.known_hosts"
}

begin
# Nobody's key is in the project: the servers get the given one only.
ask DELETE "/iam/v1alpha1/ssh-keys/$(state '.key[0].id' | tr -d '"')"
BASE+=" * {scaleway: {ssh_keys: [\"$(cat "$WORK/key.pub")\"]}}"
init terraform/scaleway
workspace scwf
cluster "$BASE"
play test_refusals test_api_faults test_user_data test_no_way_in test_forged test_no_docker
OPTIONS=()
destroy "destroyed with a server that never became a node"
nothing_left "faults"
finish

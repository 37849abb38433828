#!/usr/bin/env bash
# test-faults.sh - instances that do not do what they should: user data that fails, an
# instance that never answers; then what changes: type, label, role; an image by name and
# host keys that are pinned.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

C=awsd
M=$C-manager-1

test_user_data() {
	cluster "$BASE" "$OURS"
	no_executables
	cluster "$BASE" "$OURS" '{aws: {script: "echo no such mirror; exit 7"}}'
	fails apply "user data that fails: which node, which step, the end of its log" \
		"$M" "the script that was added" "no such mirror" --
	cluster "$BASE" "$OURS"
	apply "user data put right, and the machine replaced" -replace "module.aws.aws_instance.node[\"$M\"]"
	equal "it is a swarm" "$(ready $C 1 0)" "$(names_of $M)"
}

# The bridge gives no power to a host that is held.
hold() { mkdir -p "$WORK/bridge/held" && touch "$WORK/bridge/held/$1"; }
release() { rm "$WORK/bridge/held/$1"; }

test_silence() {
	hold $C-worker-1
	cluster "$BASE" "$OURS" '{swarm: {timeouts: {prepare: "20s"}}}'
	fails apply "an instance that never answers: named, and given up in time" "$C-worker-1" "20s" -- -var worker_count=1
	release $C-worker-1
	BASE+=' * {groups: {worker: {count: 1}}}'
	cluster "$BASE" "$OURS"
	apply "it answers after all"
	equal "both are in the swarm" "$(ready $C 1 1)" "$(names_of $M)"
	cluster "$BASE" "$OURS" '{aws: {script: "true"}}'
	check "other user data changes nothing about instances that run" untouched
}

test_type() {
	local before
	before=$(instances 'map([.Name, .InstanceId])')
	OURS+=" * {nodes: {\"$M\": {labels: {disk: \"ssd\"}}}, aws: {groups: {manager: {type: \"t3.medium\"}, worker: {type: \"t3.medium\"}}}}"
	cluster "$BASE" "$OURS"
	apply "another type of all, a label"
	equal "every instance is the same" "$before" "$(instances 'map([.Name, .InstanceId])')"
	check "a warning says so" grep -q "keep what they were made with: $M (type: t3.small, and t3.medium in new ones)" <<<"$(said)"
	equal "so does the output" 't3.small, and t3.medium in new ones' "$(tf output -json outdated | jq -r --arg name "$C-worker-1" '.[$name].type')"
	equal "the label is in the swarm" '{"disk":"ssd"}' "$(on $M docker node inspect $M --format '{{json .Spec.Labels}}')"
	empty_plan "the next plan is empty"
	apply "the worker replaced" -replace "module.aws.aws_instance.node[\"$C-worker-1\"]"
	equal "it is of the new type" '["t3.medium"]' "$(instances "map(select(.Name == \"$C-worker-1\") | .InstanceType)")"
	equal "and in the swarm" "$(ready $C 1 1)" "$(names_of $M)"
}

# What a plan may not do to a cluster that lives
test_living() {
	cluster "$BASE" "$OURS" '{aws: {vpc_cidr: "10.99.0.0/16"}}'
	fails plan "another network of a cluster that lives" 'The cluster awsd was made with vpc_cidr = "10.64.0.0/16" and keeps that' --
	cluster "$BASE" "$OURS" '{swarm: {listen_port: 2400}}'
	fails plan "another port of a swarm that lives" 'made with swarm.listen_port = 2377' --
	cluster "$BASE" "$OURS" '{aws: {zones: ["us-east-1b"]}}'
	fails plan "a zone less" "leaves out where instances are: $M in us-east-1a" --
	cluster "$BASE" "$OURS" '{aws: {protect_managers: true}}'
	apply "managers protected"
	fails destroy "a destroy is refused before anything is touched" "$M is protected, and so nothing that belongs to it is touched" -- \
		-auto-approve
	equal "all is as it was" "$(ready $C 1 1)" "$(names_of $M)"
	cluster "$BASE" "$OURS"
	apply "the protection taken off"
}

# An instance that is stopped has no public address; the others go on without it, and a
# destroy as well.
test_stopped() {
	local id
	id=$(instance_of $C-worker-1)
	aws ec2 stop_instances "{\"InstanceIds\":[\"$id\"]}" >/dev/null
	check "stopped: it has no power" within 30 is_off $C-worker-1
	apply "stopped: an apply goes on"
	check "stopped: and says which it is" grep -q "Stopped, and so without the swarm: $id" <<<"$(said)"
	check "stopped: no query is without an address" no_empty_address
	aws ec2 start_instances "{\"InstanceIds\":[\"$id\"]}" >/dev/null
	apply "started: an apply takes its new address"
	equal "started: it is the same instance, in the swarm" "$id $(ready $C 1 1)" "$(instance_of $C-worker-1) $(within 60 both_ready && names_of $M)"
	empty_plan "started: the next plan is empty"
}

no_empty_address() { ! tf show -json | grep -E '@:22|"host":""'; }
both_ready() { [ "$(names_of $M)" = "$(ready $C 1 1)" ]; }

test_roles() {
	local before
	before=$(instance_of $C-worker-1)
	cluster "$BASE" "$OURS" "{nodes: {\"$C-worker-1\": {role: \"manager\"}, \"$C-worker-2\": {role: \"manager\"}}}"
	apply "two workers become managers, of which one is new" -var worker_count=2
	equal "they are" "$M=manager=ready $C-worker-1=manager=ready $C-worker-2=manager=ready" "$(names_of $M)"
	equal "the one that was there is the same instance" "$before" "$(instance_of $C-worker-1)"
	destroy "destroy"
	nothing_left "destroy"
}

test_image_by_name() {
	local first
	first=$(register golden-amd64-1)
	pin_keys
	cluster "$BASE" "$PINS" '{groups: {worker: {count: 0}}, aws: {image: {owner: "self", name: "golden-%s-*", user: "root"}}}'
	apply "an image by name, pinned host keys" -var "host_keys=$(jq -n --rawfile key "$WORK/$M.host" "{\"$M\": \$key}")"
	equal "the image is that one" "\"$first\"" "$(instances '.[0].ImageId')"
	equal "the host key is the one that was given" "$(cut -d' ' -f2 "$WORK/$M.host.pub")" \
		"$(on $M cut -d' ' -f2 /etc/ssh/ssh_host_ed25519_key.pub)"
	check "nothing was recorded" [ ! -s "$DIR/.swarm/$C.known_hosts" ]
	register golden-amd64-2 >/dev/null
	check "a newer image replaces nothing" untouched
	destroy "destroy"
}

pin_keys() {
	ssh-keygen -q -t ed25519 -N '' -C "$M" -f "$WORK/$M.host"
	PINS=$(jq -n --rawfile host "$WORK/$M.host.pub" "{ssh: {host_keys: {\"$M\": \$host}, host_key_policy: \"strict\"}}")
}

begin
BASE="{groups: {manager: {count: 1}, worker: {count: 0}}, ssh: {private_key: \"$WORK/key\"},
	aws: {ssh_cidrs: [\"$OPERATOR\"], public_key: \"$(cat "$WORK/key.pub")\", zone_count: 1}}"
OURS="{aws: {image: {id: \"$IMAGE\", user: \"root\"}}}"
init terraform/aws
workspace $C
play test_user_data test_silence test_type test_living test_stopped test_roles test_image_by_name
finish_cloud

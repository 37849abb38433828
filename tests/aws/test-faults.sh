#!/usr/bin/env bash
# test-faults.sh - instances that do not do what they should: user data that fails, an
# instance that never answers; then what changes: type, label, role; an image by name and
# host keys that are pinned.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

C=awsd
M=$C-manager-1
BASE=(
	-var "ssh_cidrs=[\"$OPERATOR\"]" -var "public_key=$WORK/key.pub" -var "ssh={private_key=\"$WORK/key\"}"
	-var zone_count=1 -var manager_count=1 -var worker_count=0
)

test_user_data() {
	fails apply "user data that fails: which node, which step, the end of its log" \
		"$M" "the script that was added" "no such mirror" -- \
		"${BASE[@]}" "${OURS[@]}" -var 'script=echo no such mirror; exit 7'
	apply "user data put right, and the machine replaced" "${BASE[@]}" "${OURS[@]}" \
		-replace "module.aws.aws_instance.node[\"$M\"]"
	equal "it is a swarm" "$(ready $C 1 0)" "$(names_of $M)"
}

# The rig gives no power to a host that is held.
hold() { mkdir -p "$WORK/rig/held" && touch "$WORK/rig/held/$1"; }
release() { rm "$WORK/rig/held/$1"; }

test_silence() {
	hold $C-worker-1
	fails apply "an instance that never answers: named, and given up in time" "$C-worker-1" "20s" -- \
		"${BASE[@]}" "${OURS[@]}" -var worker_count=1 -var 'timeouts={prepare="20s"}'
	release $C-worker-1
	apply "it answers after all" "${BASE[@]}" "${OURS[@]}" -var worker_count=1
	equal "both are in the swarm" "$(ready $C 1 1)" "$(names_of $M)"
	OPTIONS=("${BASE[@]}" "${OURS[@]}" -var worker_count=1 -var script=true)
	empty_plan "other user data changes nothing about instances that run"
}

test_type() {
	local before
	before=$(instance_of $C-worker-1)
	CHANGED=(-var worker_type=t3.medium -var "labels={\"$M\"={disk=\"ssd\"}}")
	apply "another type of the workers, a label" "${BASE[@]}" "${OURS[@]}" "${CHANGED[@]}" -var worker_count=1
	check "the worker is another instance" [ "$before" != "$(instance_of $C-worker-1)" ]
	equal "and in the swarm" "$(ready $C 1 1)" "$(names_of $M)"
	equal "the label is in the swarm" '{"disk":"ssd"}' "$(on $M docker node inspect $M --format '{{json .Spec.Labels}}')"
}

test_roles() {
	local before
	before=$(instance_of $C-worker-1)
	apply "two workers become managers, of which one is new" "${BASE[@]}" "${OURS[@]}" "${CHANGED[@]}" -var worker_count=2 \
		-var "roles={\"$C-worker-1\"=\"manager\",\"$C-worker-2\"=\"manager\"}"
	equal "they are" "$M=manager=ready $C-worker-1=manager=ready $C-worker-2=manager=ready" "$(names_of $M)"
	equal "the one that was there is the same instance" "$before" "$(instance_of $C-worker-1)"
	destroy "destroy"
	nothing_left "destroy"
}

test_image_by_name() {
	local first by_name
	by_name=(-var 'image={owner="self",name="golden-%s-*",user="root"}')
	first=$(register golden-amd64-1)
	pin_keys
	apply "an image by name, pinned host keys" "${BASE[@]}" "${by_name[@]}" "${PINS[@]}"
	equal "the image is that one" "\"$first\"" "$(instances '.[0].ImageId')"
	equal "the host key is the one that was given" "$(cut -d' ' -f2 "$WORK/$M.host.pub")" \
		"$(on $M cut -d' ' -f2 /etc/ssh/ssh_host_ed25519_key.pub)"
	check "nothing was recorded" [ ! -s "$DIR/.swarm/$C.known_hosts" ]
	register golden-amd64-2 >/dev/null
	empty_plan "a newer image replaces nothing"
	destroy "destroy"
}

pin_keys() {
	ssh-keygen -q -t ed25519 -N '' -C "$M" -f "$WORK/$M.host"
	PINS=(
		-var "host_keys=$(jq -n --rawfile key "$WORK/$M.host" "{\"$M\": \$key}")"
		-var "ssh=$(jq -n --arg key "$WORK/key" --rawfile host "$WORK/$M.host.pub" \
			"{private_key: \$key, host_keys: {\"$M\": \$host}, host_key_policy: \"strict\"}")"
	)
}

begin
OURS=(-var "image={id=\"$IMAGE\",user=\"root\"}")
init terraform/aws
workspace $C
test_user_data
test_silence
test_type
test_roles
test_image_by_name
finish_cloud

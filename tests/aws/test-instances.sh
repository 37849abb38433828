#!/usr/bin/env bash
# test-instances.sh - what may be asked of instances beside: an instance profile, a KMS key, a
# disk for Docker, protection, spot workers, tags. As AWS has it then: none of them boots.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

C=awse
MACHINES=(-target module.aws.aws_instance.node)

# What an account may have already
make_account() {
	aws iam create_role '{"RoleName":"swarm","AssumeRolePolicyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[]}"}' >/dev/null
	aws iam create_instance_profile '{"InstanceProfileName":"swarm"}' >/dev/null
	aws iam add_role_to_instance_profile '{"InstanceProfileName":"swarm","RoleName":"swarm"}' >/dev/null
	KMS=$(aws kms create_key | jq -r .KeyMetadata.Arn)
	BASE="{groups: {worker: {count: 1}}, aws: {ssh_cidrs: [\"$OPERATOR\"], public_key: \"$(cat "$WORK/key.pub")\", image: {id: \"$IMAGE\", user: \"root\"},
		zone_count: 1, instance_profile: \"swarm\", kms_key_id: \"$KMS\", tags: {team: \"a\"},
		groups: {manager: {disk: {size: 25}}, worker: {spot: true, disk: {docker_size: 30}}}}}"
}

# disks NODE: "size type encrypted key" of each
disks() {
	aws ec2 describe_volumes | jq -r --arg id "$(instance_of "$1")" '.Volumes[] | select(any(.Attachments[]; .InstanceId == $id)) |
		"\(.Size) \(.VolumeType) \(.Encrypted) \(.KmsKeyId)"' | sort | paste -sd, -
}

protected() {
	aws ec2 describe_instance_attribute "{\"InstanceId\":\"$(instance_of "$1")\",\"Attribute\":\"disableApiTermination\"}" |
		jq -c .DisableApiTermination.Value
}

test_options() {
	cluster "$BASE" '{aws: {protect_managers: true}}'
	apply "instances with everything that may be asked of them" "${MACHINES[@]}"
	equal "they have the profile" '["swarm"]' "$(instances 'map(.IamInstanceProfile.Arn | split("/") | last) | unique')"
	equal "a manager has one disk, encrypted with the key" "25 gp3 true $KMS" "$(disks $C-manager-1)"
	equal "a worker has one more for Docker, encrypted too" "20 gp3 true $KMS,30 gp3 true $KMS" "$(disks $C-worker-1)"
	equal "workers are spot, and nothing else" "[\"$C-worker-1\"]" "$(instances 'map(select(.InstanceLifecycle == "spot") | .Name)')"
	equal "the tags are theirs" 2 "$(instances 'map(.Tags[] | select(.Key == "team" and .Value == "a")) | length')"
	equal "managers are protected" true "$(protected $C-manager-1)"
	equal "workers are not" false "$(protected $C-worker-1)"
}

test_protection() {
	local id
	id=$(instance_of $C-manager-1)
	fails destroy "AWS refuses to terminate a protected manager" "may not be terminated" -- -auto-approve "${MACHINES[@]}"
	equal "it is still there" "$id" "$(instance_of $C-manager-1)"
	cluster "$BASE"
	apply "the protection taken off" "${MACHINES[@]}"
	equal "it is the same instance" "$id" "$(instance_of $C-manager-1)"
	OPTIONS=()
	destroy "destroy"
	nothing_left "destroy"
}

begin
mkdir -p "$WORK/bridge/held"
touch "$WORK/bridge/held/$C-manager-1" "$WORK/bridge/held/$C-worker-1"
make_account
init terraform/aws
workspace $C
play test_options test_protection
finish_cloud

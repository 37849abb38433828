#!/usr/bin/env bash
# test-input.sh - what cannot work is refused by the plan, in a sentence that says what to do.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

FILE=clusters/dev.yaml

# A plan takes seconds, so that it gets several mistakes at once, of which it has to name each.
# wrong OBJECT...: such a plan, of a file that says this; what it said stays for says
wrong() {
	cluster "$@"
	if tf plan >"$WORK/apply" 2>&1; then failed "a plan with mistakes: it succeeded" "$WORK/apply"; fi
}

# says NAME TEXT: the last plan named that mistake
says() {
	if [[ $(said) == *"$2"* ]]; then passed "$1"; else failed "$1: it does not say \"$2\"" "$WORK/apply"; fi
}

test_file() {
	wrong "$GOOD" '{groups: {gpu: {cuont: 1}}, ssh: {private_key: "/no-key"},
		aws: {network: "hidden", groups: {manager: {disk: {siez: 30}}, worker: {type: 3}}, ingress_ports: [{port: 80}, {prot: "udp"}]}}'
	says "a misspelt attribute of a group" "$FILE: groups.gpu.cuont: unknown; known here are availability, count"
	says "a misspelt attribute of a disk" "$FILE: aws.groups.manager.disk.siez: unknown; known here are docker_size, size"
	says "a misspelt attribute of a port" "$FILE: aws.ingress_ports[1].prot: unknown"
	says "a type that is a number" "$FILE: aws.groups.worker.type: expected text, got a number"
	says "a key file that is not there" "$FILE: ssh.private_key: there is no file /no-key"
	says "a network that is neither" "$FILE: aws.network: use public or private"
	rm "$DIR/$FILE"
	if tf plan >"$WORK/apply" 2>&1; then failed "no file: a plan succeeded" "$WORK/apply"; fi
	says "no file: nobody may log in" "give the address that you come from"
	says "no file: no key at all" "Give either public_key"
}

test_values() {
	wrong "$GOOD" "{groups: {gpu: {count: 1}, batch: {count: 1, role: \"manager\"}}, aws: {ssh_cidrs: [], public_key: \"$WORK/key.pub\",
		groups: {batch: {spot: true}}, ingress_ports: [{port: 0}, {port: 2375}], vpc_cidr: \"10.0.0.0/16\"}}"
	says "nobody may log in" "give the address that you come from"
	says "the path of a key" "public_key is no whole ed25519 or RSA public key"
	says "managers on spot instances" "Use spot = false"
	says "a port that is none" "use ports from 1 to 65535"
	says "the Docker API published" "the Docker API is reached over SSH"
	says "a VPC where overlay networks are" "where swarms keep their overlay networks"
	wrong "$GOOD" '{aws: {subnet_ids: ["subnet-1"]}}'
	says "subnets without their VPC" "vpc_id and subnet_ids go together"
	wrong "$GOOD" '{groups: {manager: {count: 2}}, aws: {image: {user: null}}}'
	says "an image of one's own without a user" "say who logs in"
	says "an even number of managers" "the number has to be odd"
}

test_networks() {
	wrong "$GOOD" '{aws: {public_cidrs: ["10.64.0.0/24", "10.64.0.128/25"]}}'
	says "subnets that overlap" "Subnets overlap: 10.64.0.0/24 and 10.64.0.128/25"
	says "two networks for three zones" "hold one network for each of the 3 zones"
	wrong "$GOOD" '{groups: {worker: {count: 14}}, aws: {zone_count: 1, public_cidrs: ["10.99.0.0/28"]}}'
	says "a subnet outside of its VPC" "10.99.0.0/28 is not inside vpc_cidr"
	says "a subnet that is too small for its nodes" "is too small for 15 nodes"
}

test_zones() {
	wrong "$GOOD" '{aws: {zones: ["us-east-1e"]}}'
	says "a zone without the type" "t3.small of dev-manager-1 is not offered in us-east-1e"
	wrong "$GOOD" '{aws: {groups: {worker: {zones: ["us-east-1f"]}}}}'
	says "a group in a zone that the VPC is not in" "A group has zones that the VPC is not in: us-east-1f"
}

test_names() {
	workspace a-name-of-a-cluster-that-is-longer-than-any-machine-may-be-called
	wrong "$GOOD"
	says "a name that is too long" "use 1 to 40 lower-case letters"
	workspace dev
	cluster "$GOOD"
}

test_credentials() {
	local id=$AWS_ACCESS_KEY_ID secret=$AWS_SECRET_ACCESS_KEY
	AWS_SECRET_ACCESS_KEY=wrong
	fails plan "a wrong secret key" "validating provider credentials" --
	unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
	fails plan "no credentials" "No valid credential sources found" --
	export AWS_ACCESS_KEY_ID=$id AWS_SECRET_ACCESS_KEY=$secret
}

begin
GOOD="{aws: {ssh_cidrs: [\"$OPERATOR\"], public_key: \"$(cat "$WORK/key.pub")\", image: {id: \"$IMAGE\", user: \"root\"}}}"
init terraform/aws
workspace dev
play test_file test_values test_networks test_zones test_names test_credentials
check "what is right is planned" tf plan
rm "$DIR/$FILE"
# The fake has no image of Canonical's, which is what is looked up then.
fails plan "without a file all is found but the image" "Your query returned no results" \
	-- -var "ssh_cidrs=[\"$OPERATOR\"]" -var "public_key=$(cat "$WORK/key.pub")" -var region=us-east-1
finish_cloud

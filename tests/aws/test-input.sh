#!/usr/bin/env bash
# test-input.sh - what cannot work is refused by the plan, in a sentence that says what to do.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

NET=(-var "ssh_cidrs=[\"$OPERATOR\"]")
KEY=(-var "public_key=$WORK/key.pub")

refused() {
	local name=$1 text=$2
	shift 2
	fails plan "$name" "$text" -- "$@"
}

test_values() {
	refused "an even number of managers" "use 1, 3, 5 or 7" "${GOOD[@]}" -var manager_count=2
	refused "nobody may log in" "give the address that you come from" "${KEY[@]}" "${OURS[@]}" -var 'ssh_cidrs=[]'
	refused "an unknown role of a pool" "Unknown role of pool gpu (boss)" "${GOOD[@]}" -var 'pools={gpu={count=1,role="boss"}}'
	refused "managers on spot instances" "Use spot = false" "${GOOD[@]}" -var 'pools={gpu={count=1,role="manager",spot=true}}'
	refused "a port that is none" "use ports from 1 to 65535" "${GOOD[@]}" -var 'ingress_ports=[{port=0}]'
	refused "the Docker API published" "the Docker API is reached over SSH" "${GOOD[@]}" -var 'ingress_ports=[{port=2375}]'
	refused "no key at all" "Give either public_key" "${NET[@]}" "${OURS[@]}"
	refused "a file that is no key" "which is no file with an ed25519 or RSA public key" "${NET[@]}" "${OURS[@]}" -var public_key=/etc/hostname
	refused "an image of one's own without a user" "say who logs in" "${NET[@]}" "${KEY[@]}" -var "image={id=\"$IMAGE\"}"
	refused "a network that is neither" "use public or private" "${GOOD[@]}" -var network=hidden
}

test_networks() {
	refused "subnets that overlap" "Subnets overlap: 10.64.0.0/24 and 10.64.0.128/25" "${GOOD[@]}" \
		-var zone_count=2 -var 'public_cidrs=["10.64.0.0/24","10.64.0.128/25"]'
	refused "a subnet outside of its VPC" "10.99.0.0/24 is not inside vpc_cidr" "${GOOD[@]}" \
		-var zone_count=1 -var 'public_cidrs=["10.99.0.0/24"]'
	refused "a subnet that is too small for its nodes" "is too small for 15 nodes" "${GOOD[@]}" \
		-var zone_count=1 -var 'public_cidrs=["10.64.0.0/28"]' -var worker_count=14
	refused "a VPC where overlay networks are" "where swarms keep their overlay networks" "${GOOD[@]}" -var vpc_cidr=10.0.0.0/16
	refused "subnets without their VPC" "vpc_id and subnet_ids go together" "${GOOD[@]}" -var 'subnet_ids=["subnet-1"]'
	refused "one network for three zones" "hold one network for each of the 3 zones" "${GOOD[@]}" -var 'public_cidrs=["10.64.0.0/24"]'
}

test_zones() {
	refused "a zone without the type" "t3.small of dev-manager-1 is not offered in us-east-1e" "${GOOD[@]}" -var 'zones=["us-east-1e"]'
}

test_names() {
	workspace a-name-of-a-cluster-that-is-longer-than-any-machine-may-be-called
	refused "a name that is too long" "use 1 to 40 lower-case letters" "${GOOD[@]}"
	workspace dev
}

test_credentials() {
	local id=$AWS_ACCESS_KEY_ID secret=$AWS_SECRET_ACCESS_KEY
	AWS_SECRET_ACCESS_KEY=wrong
	fails plan "a wrong secret key" "validating provider credentials" -- "${GOOD[@]}"
	unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
	fails plan "no credentials" "No valid credential sources found" -- "${GOOD[@]}"
	export AWS_ACCESS_KEY_ID=$id AWS_SECRET_ACCESS_KEY=$secret
}

begin
OURS=(-var "image={id=\"$IMAGE\",user=\"root\"}")
GOOD=("${NET[@]}" "${KEY[@]}" "${OURS[@]}")
init terraform/aws
workspace dev
test_values
test_networks
test_zones
test_names
test_credentials
check "what is right is planned" tf plan "${GOOD[@]}"
finish_cloud

#!/usr/bin/env bash
# test-input.sh - what cannot work is refused by the plan, in a sentence that says what to do.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

NET=(-var "ssh_cidrs=[\"$OPERATOR\"]")
KEY=(-var "public_key=$WORK/key.pub")

# A plan takes seconds, so that it gets several mistakes at once, of which it has to name each.
# wrong OPTION...: such a plan; what it said stays for says
wrong() {
	if tf plan "$@" >"$WORK/apply" 2>&1; then failed "a plan with mistakes: it succeeded" "$WORK/apply"; fi
}

# says NAME TEXT: the last plan named that mistake
says() {
	if [[ $(said) == *"$2"* ]]; then passed "$1"; else failed "$1: it does not say \"$2\"" "$WORK/apply"; fi
}

test_values() {
	wrong -var 'ssh_cidrs=[]' -var public_key=/etc/hostname -var "image={id=\"$IMAGE\"}" \
		-var 'pools={gpu={count=1,role="boss"},batch={count=1,role="manager",spot=true}}' \
		-var 'ingress_ports=[{port=0},{port=2375}]' -var vpc_cidr=10.0.0.0/16 -var network=hidden
	says "nobody may log in" "give the address that you come from"
	says "a file that is no key" "which is no file with an ed25519 or RSA public key"
	says "an image of one's own without a user" "say who logs in"
	says "an unknown role of a pool" "Unknown role of pool gpu (boss)"
	says "managers on spot instances" "Use spot = false"
	says "a port that is none" "use ports from 1 to 65535"
	says "the Docker API published" "the Docker API is reached over SSH"
	says "a VPC where overlay networks are" "where swarms keep their overlay networks"
	says "a network that is neither" "use public or private"
	wrong "${GOOD[@]}" -var 'pools={gpu={cuont=1}}' -var 'manager_disk={siez=30}' -var "ssh={private_key=\"$WORK/no-key\"}"
	says "a misspelt attribute of a pool" "Nothing in pools has cuont; the attributes are count, role"
	says "a misspelt attribute of a disk" "manager_disk has no siez"
	says "a key file that is not there" "There is no such file: ssh.private_key"
	wrong "${NET[@]}" "${OURS[@]}" -var 'subnet_ids=["subnet-1"]' -var manager_count=2
	says "no key at all" "Give either public_key"
	says "subnets without their VPC" "vpc_id and subnet_ids go together"
	says "an even number of managers" "use 1, 3, 5 or 7"
}

test_networks() {
	wrong "${GOOD[@]}" -var 'public_cidrs=["10.64.0.0/24","10.64.0.128/25"]'
	says "subnets that overlap" "Subnets overlap: 10.64.0.0/24 and 10.64.0.128/25"
	says "two networks for three zones" "hold one network for each of the 3 zones"
	wrong "${GOOD[@]}" -var zone_count=1 -var 'public_cidrs=["10.99.0.0/28"]' -var worker_count=14
	says "a subnet outside of its VPC" "10.99.0.0/28 is not inside vpc_cidr"
	says "a subnet that is too small for its nodes" "is too small for 15 nodes"
}

test_zones() {
	wrong "${GOOD[@]}" -var 'zones=["us-east-1e"]'
	says "a zone without the type" "t3.small of dev-manager-1 is not offered in us-east-1e"
}

test_names() {
	workspace a-name-of-a-cluster-that-is-longer-than-any-machine-may-be-called
	wrong "${GOOD[@]}"
	says "a name that is too long" "use 1 to 40 lower-case letters"
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
play test_values test_networks test_zones test_names test_credentials
check "what is right is planned" tf plan "${GOOD[@]}"
finish_cloud

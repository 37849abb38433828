#!/usr/bin/env bash
# test-existing.sh - examples/existing-vpc: a cluster in a VPC that somebody else made, and
# that is still there, unchanged, when the cluster is gone.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

C=awsc
M=$C-manager-1

tagged() { printf '{"ResourceType":"%s","Tags":[{"Key":"Name","Value":"main"},{"Key":"tier","Value":"public"}]}' "$1"; }

# A VPC as the account may have it: two public subnets, a key pair
make_vpc() {
	local vpc gateway table zone subnet i=0
	vpc=$(aws ec2 create_vpc "{\"CidrBlock\":\"10.66.0.0/16\",\"TagSpecifications\":[$(tagged vpc)]}" | jq -r .Vpc.VpcId)
	gateway=$(aws ec2 create_internet_gateway | jq -r .InternetGateway.InternetGatewayId)
	aws ec2 attach_internet_gateway "{\"VpcId\":\"$vpc\",\"InternetGatewayId\":\"$gateway\"}" >/dev/null
	table=$(aws ec2 describe_route_tables | jq -r --arg vpc "$vpc" '.RouteTables[] | select(.VpcId == $vpc) | .RouteTableId')
	aws ec2 create_route "{\"RouteTableId\":\"$table\",\"DestinationCidrBlock\":\"0.0.0.0/0\",\"GatewayId\":\"$gateway\"}" >/dev/null
	for zone in us-east-1a us-east-1b; do
		subnet="{\"VpcId\":\"$vpc\",\"CidrBlock\":\"10.66.$i.0/24\",\"AvailabilityZone\":\"$zone\",\"TagSpecifications\":[$(tagged subnet)]}"
		aws ec2 create_subnet "$subnet" >/dev/null
		i=$((i + 1))
	done
	aws ec2 import_key_pair "$(jq -n --rawfile key "$WORK/key.pub" '{KeyName: "ours", PublicKeyMaterial: $key}')" >/dev/null
}

test_life() {
	local before options
	before=$(holdings)
	options=("${COMMON[@]}" -var vpc_name=main -var key_name=ours)
	counts 1 2
	apply "birth: 1 + 2" "${options[@]}" "${COUNTS[@]}"
	equal "birth: all nodes are ready" "$(ready $C 1 2)" "$(names_of $M)"
	check "birth: nodes advertise private addresses only" only_private $M 10.66.
	equal "birth: over the zones of the given subnets" 2 "$(zones | grep -o 'us-east-1[ab]' | sort -u | wc -l)"
	empty_plan "birth: the next plan is empty"
	counts 1 1
	apply "shrinking: 1 + 1" "${options[@]}" "${COUNTS[@]}"
	equal "shrinking: the node is out of the swarm" "$(ready $C 1 1)" "$(names_of $M)"
	destroy "destroy"
	went_after "destroy: rules went after every leave" 'terraform_data.leave\[' aws_vpc_security_group_ingress_rule
	nothing_left "destroy" "$before"
}

begin
make_vpc
example existing-vpc $C
test_life
finish_cloud

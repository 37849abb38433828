#!/usr/bin/env bash
# test-existing.sh - examples/existing-vpc: a cluster in a VPC that somebody else made, and
# that is still there, unchanged, when the cluster is gone.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

C=awsc
MORE=(-var vpc_name=main -var key_name=ours)
EXTRA=
# shellcheck source-path=SCRIPTDIR source=life.sh
. "$ROOT/tests/aws/life.sh"

tagged() { printf '{"ResourceType":"%s","Tags":[{"Key":"Name","Value":"main"},{"Key":"tier","Value":"public"}]}' "$1"; }

# A VPC as the account may have it: three public subnets, a key pair
make_vpc() {
	local vpc gateway table zone subnet i=0
	vpc=$(aws ec2 create_vpc "{\"CidrBlock\":\"10.66.0.0/16\",\"TagSpecifications\":[$(tagged vpc)]}" | jq -r .Vpc.VpcId)
	gateway=$(aws ec2 create_internet_gateway | jq -r .InternetGateway.InternetGatewayId)
	aws ec2 attach_internet_gateway "{\"VpcId\":\"$vpc\",\"InternetGatewayId\":\"$gateway\"}" >/dev/null
	table=$(aws ec2 describe_route_tables | jq -r --arg vpc "$vpc" '.RouteTables[] | select(.VpcId == $vpc) | .RouteTableId')
	aws ec2 create_route "{\"RouteTableId\":\"$table\",\"DestinationCidrBlock\":\"0.0.0.0/0\",\"GatewayId\":\"$gateway\"}" >/dev/null
	for zone in us-east-1a us-east-1b us-east-1c; do
		subnet="{\"VpcId\":\"$vpc\",\"CidrBlock\":\"10.66.$i.0/24\",\"AvailabilityZone\":\"$zone\",\"TagSpecifications\":[$(tagged subnet)]}"
		aws ec2 create_subnet "$subnet" >/dev/null
		i=$((i + 1))
	done
	aws ec2 import_key_pair "$(jq -n --rawfile key "$WORK/key.pub" '{KeyName: "ours", PublicKeyMaterial: $key}')" >/dev/null
}

# may_not NAME METHOD JSON: policy.json does not allow it
may_not() {
	local out
	if out=$("$PYTHON/python" "$ROOT/tests/aws/ask" ec2 "$2" "$3" 2>&1) || [[ $out != *"is not authorized to perform"* ]]; then
		printf '%s\n' "$out" >"$WORK/out"
		failed "rights: $1" "$WORK/out"
	else
		passed "rights: $1"
	fi
}

# The account's own is out of reach, and cannot be brought into it.
test_rights() {
	local vpc group table interface
	vpc=$(aws ec2 describe_vpcs '{"Filters":[{"Name":"tag:Name","Values":["main"]}]}' | jq -r '.Vpcs[].VpcId')
	group=$(aws ec2 describe_security_groups | jq -r --arg vpc "$vpc" '.SecurityGroups[] | select(.VpcId == $vpc and .GroupName == "default") | .GroupId')
	table=$(aws ec2 describe_route_tables | jq -r --arg vpc "$vpc" '.RouteTables[] | select(.VpcId == $vpc) | .RouteTableId')
	may_not "no VPC but one that is tagged is deleted" delete_vpc "{\"VpcId\":\"$vpc\"}"
	may_not "none is tagged afterwards" create_tags "{\"Resources\":[\"$vpc\"],\"Tags\":[{\"Key\":\"swarm\",\"Value\":\"x\"}]}"
	may_not "no other group is opened" authorize_security_group_ingress \
		"{\"GroupId\":\"$group\",\"IpPermissions\":[{\"IpProtocol\":\"tcp\",\"FromPort\":22,\"ToPort\":22,\"IpRanges\":[{\"CidrIp\":\"0.0.0.0/0\"}]}]}"
	may_not "no other table is given a route" create_route "{\"RouteTableId\":\"$table\",\"DestinationCidrBlock\":\"192.0.2.0/24\",\"GatewayId\":\"igw-00000000\"}"
	interface=$(aws ec2 create_network_interface "{\"SubnetId\":\"$(aws ec2 describe_subnets | jq -r --arg vpc "$vpc" '[.Subnets[] | select(.VpcId == $vpc)][0].SubnetId')\"}" | jq -r .NetworkInterface.NetworkInterfaceId)
	may_not "no other instance's interface is put into a group" modify_network_interface_attribute \
		"{\"NetworkInterfaceId\":\"$interface\",\"Groups\":[\"$group\"]}"
	aws ec2 delete_network_interface "{\"NetworkInterfaceId\":\"$interface\"}" >/dev/null
	may_not "no other key pair is deleted" delete_key_pair '{"KeyName":"ours"}'
}

test_birth() {
	change "birth: 1 + 2" 1 2
	all_ready "birth: all nodes are ready" 1 2
	check "birth: nodes advertise private addresses only" only_private "$M" 10.66.
	empty_plan "birth: the next plan is empty"
}

begin
make_vpc
BEFORE=$(holdings)
play test_rights
example existing-vpc "$C"
play test_birth
life_growth
life_shrinking
life_replacement
life_end "$BEFORE"
finish_cloud

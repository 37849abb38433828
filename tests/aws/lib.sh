# lib.sh - what the tests on AWS share: a fake of it (moto) with its IAM enforced, and an emulator bridge
# that boots a lab host for every instance. Sourced by tests/aws/test-*.sh.
# shellcheck shell=bash

LAB_NAME=aws
PUBLIC=54.214.0.0/16         # where the fake takes public addresses from
OPERATOR=54.214.0.1/32       # the address that network-up gives whoever runs terraform
URL=http://127.0.0.1:4598
# shellcheck source-path=SCRIPTDIR source=../cloud/lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../cloud/lib.sh"

PYTHON=$("$ROOT/scripts/python-tools" moto)
export PUBLIC AWS_ENDPOINT_URL=$URL AWS_DEFAULT_REGION=us-east-1 AWS_REGION=us-east-1 \
	AWS_EC2_METADATA_DISABLED=true AWS_CONFIG_FILE=/nonexistent AWS_SHARED_CREDENTIALS_FILE=/nonexistent \
	AWS_ACCESS_KEY_ID=nobody AWS_SECRET_ACCESS_KEY=nobody
unset AWS_PROFILE AWS_SESSION_TOKEN

# ---- the fake ----

# aws SERVICE METHOD [JSON]: as the account's administrator
aws() {
	AWS_ACCESS_KEY_ID=${ADMIN_ID:-nobody} AWS_SECRET_ACCESS_KEY=${ADMIN_SECRET:-nobody} \
		"$PYTHON/python" "$ROOT/tests/aws/ask" "$@"
}

fake_answers() { curl -s -o /dev/null --max-time 2 "$URL/moto-api/"; }

# new_user NAME POLICY-FILE: its access key and secret
new_user() {
	aws iam create_user "{\"UserName\":\"$1\"}" >/dev/null
	aws iam put_user_policy "$(jq -n --arg name "$1" --rawfile policy "$2" \
		'{UserName: $name, PolicyName: "tests", PolicyDocument: $policy}')" >/dev/null
	aws iam create_access_key "{\"UserName\":\"$1\"}" | jq -r '.AccessKey | .AccessKeyId, .SecretAccessKey'
}

# register NAME: an image of the account's, of which a lab host is what boots
register() {
	aws ec2 register_image "{\"Name\":\"$1\",\"Architecture\":\"x86_64\",\"RootDeviceName\":\"/dev/sda1\",\"VirtualizationType\":\"hvm\"}" |
		jq -r .ImageId
}

# Terraform has the rights of the policy that users are told to have, and no others. The
# fake asks nobody for rights before the two users are there.
begin() {
	local keys
	begin_cloud
	MOTO_EC2_LOAD_DEFAULT_AMIS=false INITIAL_NO_AUTH_ACTION_COUNT=6 IMPAIRED=$WORK/impaired CONSOLES=$WORK/bridge/consoles \
		"$PYTHON/python" "$ROOT/tests/aws/fake" "${URL##*:}" >"$WORK/moto.log" 2>&1 &
	STARTED+=("$!")
	within 60 fake_answers || { failed "the fake AWS starts" "$WORK/moto.log"; exit 1; }
	jq -n '{Version: "2012-10-17", Statement: [{Effect: "Allow", Action: "*", Resource: "*"}]}' >"$WORK/all.json"
	mapfile -t keys < <(new_user admin "$WORK/all.json")
	local admin=("${keys[@]}")
	mapfile -t keys < <(new_user terraform "$ROOT/modules/aws/policy.json")
	ADMIN_ID=${admin[0]} ADMIN_SECRET=${admin[1]}
	AWS_ACCESS_KEY_ID=$ADMIN_ID AWS_SECRET_ACCESS_KEY=$ADMIN_SECRET \
		start_bridge "$PYTHON/python" "$ROOT/tests/aws/bridge" "$LAB_NAME" "$WORK/bridge"
	export AWS_ACCESS_KEY_ID=${keys[0]} AWS_SECRET_ACCESS_KEY=${keys[1]}
	IMAGE=$(register "tests-amd64")
	# shellcheck disable=SC2034 # the tests use it
	COMMON=(-var "ssh_cidrs=[\"$OPERATOR\"]" -var "private_key=$WORK/key" -var "image={id=\"$IMAGE\",user=\"root\"}")
}

# example NAME WORKSPACE; its public key is not declared by one that makes no key pair
example() {
	TF_VAR_public_key=$(cat "$WORK/key.pub")
	export TF_VAR_public_key
	init "modules/aws/examples/$1"
	workspace "$2"
}

# counts MANAGERS WORKERS: sets COUNTS
# shellcheck disable=SC2034 # the tests use it
counts() { COUNTS=(-var "manager_count=$1" -var "worker_count=$2"); }

# ---- what the fake holds ----

# instances FILTER: jq over the list of those that run, by name
instances() {
	aws ec2 describe_instances '{"Filters":[{"Name":"instance-state-name","Values":["pending","running"]}]}' |
		jq -c "[.Reservations[].Instances[] | . + {Name: (.Tags[]? | select(.Key == \"Name\") | .Value)}] | sort_by(.Name) | $1"
}

instance_of() { instances ".[] | select(.Name == \"$1\") | .InstanceId" | tr -d '"'; }
zones() { instances 'map("\(.Name)=\(.Placement.AvailabilityZone)") | join(" ")' | tr -d '"'; }

# rules GROUP-NAME: "in|out PROTOCOL FROM-TO OTHER-END" of each, sorted, in one line
rules() {
	local id groups
	groups=$(aws ec2 describe_security_groups | jq -c '[.SecurityGroups[] | {key: .GroupId, value: .GroupName}] | from_entries')
	id=$(jq -r --arg name "$1" 'to_entries[] | select(.value == $name) | .key' <<<"$groups")
	aws ec2 describe_security_group_rules | jq -r --arg id "$id" --argjson groups "$groups" \
		'.SecurityGroupRules[] | select(.GroupId == $id) | [
			if .IsEgress then "out" else "in" end, .IpProtocol,
			(if .FromPort == null or .FromPort == -1 then "-" else "\(.FromPort)-\(.ToPort)" end),
			(.CidrIpv4 // .CidrIpv6 // $groups[.ReferencedGroupInfo.GroupId])] | join(" ")' | sort | paste -sd, -
}

# What there is of everything that is made here, beside the account's own default VPC
holdings() {
	local vpc
	vpc=$(aws ec2 describe_vpcs | jq -r '.Vpcs[] | select(.IsDefault) | .VpcId')
	{
		aws ec2 describe_vpcs | jq -r '.Vpcs[] | select(.IsDefault | not) | .VpcId'
		aws ec2 describe_subnets | jq -r --arg vpc "$vpc" '.Subnets[] | select(.VpcId != $vpc) | .SubnetId'
		aws ec2 describe_security_groups | jq -r --arg vpc "$vpc" '.SecurityGroups[] | select(.VpcId != $vpc) | .GroupId'
		aws ec2 describe_route_tables | jq -r --arg vpc "$vpc" '.RouteTables[] | select(.VpcId != $vpc) | .RouteTableId'
		aws ec2 describe_internet_gateways | jq -r '.InternetGateways[].InternetGatewayId'
		aws ec2 describe_nat_gateways | jq -r '.NatGateways[] | select(.State != "deleted") | .NatGatewayId'
		aws ec2 describe_addresses | jq -r '.Addresses[].AllocationId'
		aws ec2 describe_key_pairs | jq -r '.KeyPairs[].KeyName'
		aws ec2 describe_volumes | jq -r '.Volumes[].VolumeId'
		instances '.[].InstanceId'
	} | sort
}

# nothing_left NAME [WHAT-WAS-THERE-BEFORE]
nothing_left() {
	equal "$1: nothing is left at AWS" "${2-}" "$(holdings)"
	check "$1: no host has power" within 30 no_power
}

# ---- conditions ----

# only_private NODE PREFIX: every node advertises an address that begins with this
only_private() {
	nodes "$1" | awk -v prefix="$2" '{ seen++ } index($4, prefix) != 1 { bad++ } END { exit !seen || bad }'
}

no_token() { ! grep -rqE 'SWMTKN' "$DIR/terraform.tfstate.d" "$WORK/apply"; }

# terminate NAME: behind Terraform's back
terminate() {
	aws ec2 terminate_instances "{\"InstanceIds\":[\"$(instance_of "$1")\"]}" >/dev/null
	within 30 is_off "$1"
}
is_off() { [[ " $(has_power) " != *" $1 "* ]]; }

# lib.sh - what the tests of stores share: places of every kind, who may do what there, and what
# has been stored, as others than the executables see it.
#
# Sourced by tests/store/test-*.sh, which set CLUSTER and SUBNET before, and AWS_IS_AT where
# servers are not for this machine alone.
# shellcheck shell=bash

# shellcheck source-path=SCRIPTDIR source=../faults/lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../faults/lib.sh"

STORE=$ROOT/tests/store
PYTHON=$("$ROOT/scripts/python-tools" moto)
S3_SERVER=$("$ROOT/scripts/providers" versitygw)
AWS_IS_AT=${AWS_IS_AT:-127.0.0.1}
MOTO=http://$AWS_IS_AT:4620
DYNAMODB=http://127.0.0.1:4621
VERSITY=https://127.0.0.1:4622
CERT=$WORK/tls.crt # launch has a WORK of its own
FAULTS=$WORK/faults
SECRET=a-secret-key-of-the-test
STARTED=()

export AWS_EC2_METADATA_DISABLED=true AWS_CONFIG_FILE=/nonexistent AWS_SHARED_CREDENTIALS_FILE=/nonexistent \
	AWS_DEFAULT_REGION=eu-west-1 AWS_CA_BUNDLE=$CERT PYTHONDONTWRITEBYTECODE=1
unset AWS_PROFILE AWS_REGION AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_WEB_IDENTITY_TOKEN_FILE

end() {
	local pid
	for pid in "${STARTED[@]}"; do kill "$pid" 2>/dev/null || true; done
	for pid in "${STARTED[@]}"; do wait "$pid" 2>/dev/null || true; done
	clean_up
}

answers() { curl -s -o /dev/null --max-time 2 --cacert "$CERT" "$1/"; }

# ---- who asks ----

# as NAME COMMAND...: with that user's keys
as() {
	local who=$1
	shift
	AWS_ACCESS_KEY_ID=${ID[$who]} AWS_SECRET_ACCESS_KEY=${KEY_OF[$who]} "$@"
}
declare -A ID=([owner]=AKTEST [nobody]=nobody [keyless]='' [cheat]=AKTEST) KEY_OF=([owner]=$SECRET [nobody]=nobody [keyless]='' [cheat]=wrong)

# aws SERVICE METHOD [JSON]: of the server at $AT, as $WHO
aws() { AWS_ENDPOINT_URL=$AT as "$WHO" "$PYTHON/python" "$ROOT/tests/aws/ask" "$@"; }

# new_user NAME ACTION...: of moto's, who may do that and nothing else
new_user() {
	local name=$1 keys
	shift
	aws iam create_user "{\"UserName\":\"$name\"}" >/dev/null
	aws iam put_user_policy "$(jq -n --arg name "$name" '{UserName: $name, PolicyName: "tests", PolicyDocument: ({Version: "2012-10-17",
		Statement: [{Effect: "Allow", Action: $ARGS.positional, Resource: "*"}]} | tojson)}' --args "$@")" >/dev/null
	mapfile -t keys < <(aws iam create_access_key "{\"UserName\":\"$name\"}" | jq -r '.AccessKey | .AccessKeyId, .SecretAccessKey')
	ID[$name]=${keys[0]} KEY_OF[$name]=${keys[1]}
}

# ---- the servers ----

new_table() {
	aws dynamodb create_table "{\"TableName\":\"Swarms\",\"BillingMode\":\"PAY_PER_REQUEST\",\"KeySchema\":[{\"AttributeName\":\"$1\",\"KeyType\":\"HASH\"}],
		\"AttributeDefinitions\":[{\"AttributeName\":\"$1\",\"AttributeType\":\"S\"}]}" >/dev/null
}

# No call is asked for rights before all is there.
start_moto() {
	INITIAL_NO_AUTH_ACTION_COUNT=1000 FAULTS=$FAULTS AWS_CA_BUNDLE='' "$PYTHON/python" "$STORE/fake" "$AWS_IS_AT" "${MOTO##*:}" >"$WORK/moto.log" 2>&1 &
	STARTED+=("$!")
	within 60 answers "$MOTO" || failed "moto starts" "$WORK/moto.log"
	AT=$MOTO WHO=owner
	new_table TokenKey
	aws s3 create_bucket '{"Bucket":"swarms","CreateBucketConfiguration":{"LocationConstraint":"eu-west-1"}}' >/dev/null
	new_user writer 'dynamodb:*' 'ssm:*' 's3:*' 'kms:*'
	ID[forger]=${ID[writer]} KEY_OF[forger]=wrong
	new_user reader dynamodb:GetItem ssm:GetParameter s3:GetObject
	curl -sS --fail -H 'Content-Type: text/plain' --data 0 "$MOTO/moto-api/reset-auth" >"$WORK/said"
}

# Whether there is one: without Java there is none.
start_dynamodb() {
	"$STORE/dynamodb-local" "${DYNAMODB##*:}" >"$WORK/dynamodb.log" 2>&1 &
	STARTED+=("$!")
	within 60 answers "$DYNAMODB" || return 1
	AT=$DYNAMODB WHO=owner new_table Name
}

start_versity() {
	mkdir -p "$WORK/objects/swarms"
	ROOT_ACCESS_KEY=${ID[owner]} ROOT_SECRET_KEY=$SECRET "$S3_SERVER" --port "${VERSITY#https://}" --region eu-west-1 \
		--cert "$CERT" --key "$WORK/tls.key" posix "$WORK/objects" >"$WORK/s3.log" 2>&1 &
	STARTED+=("$!")
	within 30 answers "$VERSITY" || failed "the S3 server starts" "$WORK/s3.log"
}

new_certificate() {
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$WORK/tls.key" -out "$CERT" -subj /CN=localhost \
		-addext subjectAltName=IP:127.0.0.1 -days 2 2>"$WORK/openssl"
}

# ---- the places ----

# Sets PLACE, AT and WHO, OPTIONS beside the endpoint, and how a stored text is read and written:
# columns of a table, or documents.
place() {
	WITH=$1 OPTIONS=() COLUMNS_ARE=(TokenKey TokenCode ClusterId _worker_token _manager_token _manager_address)
	case $1 in
	moto-dynamodb) PLACE=dynamodb://Swarms/dev AT=$MOTO WHO=writer ;;
	moto-ssm) PLACE=ssm://swarm/dev AT=$MOTO WHO=writer ;;
	moto-s3) PLACE=s3://swarms/a/b/dev AT=$MOTO WHO=writer ;;
	dynamodb-local)
		PLACE=dynamodb://Swarms/dev AT=$DYNAMODB WHO=owner
		COLUMNS_ARE=(Name Text Swarm .worker .manager .managers)
		OPTIONS=(--store-names '{"key":"Name","value":"Text","cluster":"Swarm","worker":".worker","manager":".manager","address":".managers"}')
		;;
	versitygw) PLACE=s3://swarms/a/b/dev AT=$VERSITY WHO=owner ;;
	esac
}

# publish [OPTION...]: store-tokens, of the managers $MANAGERS, as $AS ($WHO)
publish() { as "${AS-$WHO}" ask store-tokens --store "$PLACE" --endpoint "$AT" --region eu-west-1 "${OPTIONS[@]}" "$@"; }

# unpublish CLUSTER-ID [OPTION...]: without any manager
unpublish() { as "${AS-$WHO}" run store-tokens --store "$PLACE" --endpoint "$AT" --region eu-west-1 "${OPTIONS[@]}" --remove true --cluster-id "$@"; }

# ---- what is stored ----

item() {
	aws dynamodb get_item "{\"TableName\":\"Swarms\",\"ConsistentRead\":true,\"Key\":{\"${COLUMNS_ARE[0]}\":{\"S\":\"dev$1\"}}}" |
		jq -r --arg value "${COLUMNS_ARE[1]}" '.Item[$value].S // ""'
}

# s3 METHOD ROLE [FILE]: that object; nothing where there is none
s3() {
	curl -sS --fail --cacert "$CERT" --aws-sigv4 aws:amz:eu-west-1:s3 --user "${ID[$WHO]}:${KEY_OF[$WHO]}" -X "$1" \
		-H 'Content-Type: application/octet-stream' -H "x-amz-content-sha256: $(sha256sum <"${3-/dev/null}" | cut -d ' ' -f 1)" --data-binary "@${3-/dev/null}" \
		"$AT/${PLACE#s3://}/$2" 2>>"$WORK/asked" || true
}

# document ROLE MEMBER
document() {
	case $WITH in
	moto-ssm) { aws ssm get_parameter "{\"Name\":\"/swarm/dev/$1\",\"WithDecryption\":true}" 2>>"$WORK/asked" || echo '{}'; } | jq -r '.Parameter.Value // ""' ;;
	*) s3 GET "$1" ;;
	esac | jq -r ".$2 // \"\""
}

# stored worker|manager|managers: "" for what is not there
stored() {
	case $WITH/$1 in
	*dynamodb*/worker) item "${COLUMNS_ARE[3]}" ;;
	*dynamodb*/manager) item "${COLUMNS_ARE[4]}" ;;
	*dynamodb*/managers) item "${COLUMNS_ARE[5]}" ;;
	*/managers) document worker managers ;;
	*) document "$1" token ;;
	esac
}

# put ROLE VALUE CLUSTER-ID: what others write there; with CLUSTER-ID - there is none
put() {
	local id=$3 text
	case $WITH in
	*dynamodb*)
		aws dynamodb put_item "$(jq -n --arg key "dev${COLUMNS_ARE[3]}" --arg value "$2" --arg id "$id" --args '
			{TableName: "Swarms", Item: ({($ARGS.positional[0]): {S: $key}, ($ARGS.positional[1]): {S: $value}}
			+ if $id == "-" then {} else {($ARGS.positional[2]): {S: $id}} end)}' "${COLUMNS_ARE[@]}")" >/dev/null
		;;
	*)
		text=$(jq -n --arg token "$2" --arg id "$id" '{token: $token, managers: "10.0.0.1:2377"} + if $id == "-" then {} else {cluster_id: $id} end')
		put_document "$1" "$text"
		;;
	esac
}

put_document() {
	case $WITH in
	moto-ssm) aws ssm put_parameter "$(jq -n --arg name "/swarm/dev/$1" --arg value "$2" '{Name: $name, Value: $value, Type: "SecureString", Overwrite: true}')" >/dev/null ;;
	*) printf %s "$2" >"$WORK/document" && s3 PUT "$1" "$WORK/document" ;;
	esac
}

# Nothing is there: also not what no swarm owns.
emptied() {
	local suffix role
	case $WITH in
	*dynamodb*) for suffix in "${COLUMNS_ARE[@]:3}"; do aws dynamodb delete_item "{\"TableName\":\"Swarms\",\"Key\":{\"${COLUMNS_ARE[0]}\":{\"S\":\"dev$suffix\"}}}" >/dev/null; done ;;
	moto-ssm) aws ssm delete_parameters '{"Names":["/swarm/dev/worker","/swarm/dev/manager"]}' >/dev/null ;;
	*) for role in worker manager; do s3 DELETE "$role"; done ;;
	esac
}

token() { on "$1" docker swarm join-token -q "$2"; }
cluster_id() { on "$1" docker info --format '{{.Swarm.Cluster.ID}}'; }

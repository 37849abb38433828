#!/usr/bin/env bash
# test-store.sh - what store-tokens writes into each kind of store, as others see it there: on moto,
# which verifies signatures and rights, on Amazon's own DynamoDB for tests, which judges conditions,
# and on an S3 server that verifies signatures, checksums and conditions. Two swarms, one name.
set -euo pipefail

if [ "${1-}" = --fetch ]; then
	TOP=$(dirname -- "${BASH_SOURCE[0]}")/../..
	"$TOP/scripts/python-tools" moto >/dev/null
	"$TOP/tests/store/dynamodb-local" || [ $? = 3 ]
	exec "$TOP/scripts/providers" versitygw
fi

CLUSTER=stor
SUBNET=10.208.40
HOSTS=3
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

# Hosts 1 and 2 are the managers of one swarm, host 3 of another one.
two_swarms() {
	new_swarm manager manager
	on 3 docker swarm init --advertise-addr "$(addr 3)" >"$WORK/said"
	OURS=$(cluster_id 1)
	OTHERS=$(cluster_id 3)
}

ours() { MANAGERS=$(addr 1),$(addr 2) "$@"; }
others() { MANAGERS=$(addr 3) "$@"; }

# ---- written ----

# mutant helpers/swarm/publish.c ask: condition manager_token => true
#   fails written: the token of managers is not there
test_written() {
	emptied
	local addresses
	addresses=$(addr 1):2377,$(addr 2):2377
	ours publish
	expect_done "written: done" outcome written cluster_id "$OURS" managers "$addresses"
	equal "written: the token of workers is there" "$(token 1 worker)" "$(stored worker)"
	equal "written: the token of managers is not there" '' "$(stored manager)"
	equal "written: all managers are" "$addresses" "$(stored managers)"
	ours publish
	expect_done "written: again: unchanged" outcome unchanged cluster_id "$OURS"
	check "written: no key is said" refuses grep -F "${KEY_OF[$WHO]}" "$WORK/out" "$WORK/err"
}

test_manager_token() {
	ours publish --with-manager-token true
	expect_done "the token of managers: written" outcome written
	equal "the token of managers: it is there" "$(token 1 manager)" "$(stored manager)"
	ours publish --with-manager-token true
	expect_done "the token of managers: unchanged" outcome unchanged
	ours publish
	expect_done "not any longer: written" outcome written
	equal "not any longer: it has gone" '' "$(stored manager)"
	equal "not any longer: that of workers is there" "$(token 1 worker)" "$(stored worker)"
}

test_changed() {
	on 1 docker swarm join-token --rotate -q worker >"$WORK/said"
	ours publish
	expect_done "a token is rotated: written" outcome written
	equal "a token is rotated: the new one is there" "$(token 1 worker)" "$(stored worker)"
}

# ---- another swarm ----

# mutant helpers/store/store.c change_once: condition was.found && !same => false
#   fails a name that is taken: refused
test_taken() {
	others publish
	expect_error "a name that is taken: refused" 1 "$PLACE: the name is taken by the swarm $OURS" "give another name"
	equal "a name that is taken: nothing is written" "$(token 1 worker)" "$(stored worker)"
	others publish --remove true
	expect_done "a name that is taken: nothing is removed" outcome other cluster_id "$OTHERS"
	equal "a name that is taken: it is there still" "$(token 1 worker)" "$(stored worker)"
}

test_removed() {
	ours publish --with-manager-token true
	unpublish "$OURS"
	expect_done "removed: without a manager" outcome removed cluster_id "$OURS" managers ''
	equal "removed: nothing is left" '' "$(stored worker)$(stored manager)$(stored managers)"
	unpublish "$OURS"
	expect_done "removed: again: nothing to do" outcome unchanged
	others publish
	expect_done "removed: another swarm has the name now" outcome written
	others publish --remove true
	expect_done "removed: by the ID that a manager tells" outcome removed
}

# Both write at once where nothing is; which of them is first is a matter of luck.
# mutant helpers/aws/dynamodb.c part: text attribute_not_exists(#key) OR => #key <> :text OR
#   fails both at once: one has it
test_at_once() {
	local round won first
	for round in $(seq "$ROUNDS"); do
		emptied
		ours launch one publish --with-manager-token true
		others launch other publish --with-manager-token true
		finish one
		won=$CODE first=$(jq -r .outcome "$WORK/out")
		finish other
		won+=$CODE first+=$(jq -r .outcome "$WORK/out")
		check "both at once: one has it, the other one is refused ($round)" grep -xE '01written|10written' <<<"$won$first"
		if [ "${won:0:1}" = 0 ]; then
			equal "both at once: all of it is the first one's ($round)" "$(token 1 worker) $(token 1 manager)" "$(stored worker) $(stored manager)"
		else
			equal "both at once: all of it is the other one's ($round)" "$(token 3 worker) $(token 3 manager)" "$(stored worker) $(stored manager)"
		fi
	done
}

# ---- damaged ----

test_damaged() {
	emptied
	put worker rubbish "$OURS"
	ours publish
	expect_done "a damaged token: written anew" outcome written
	equal "a damaged token: it is whole" "$(token 1 worker)" "$(stored worker)"
	put worker rubbish -
	ours publish
	case $WITH in
	*dynamodb*) expect_error "what tells of no swarm: refused" 1 "$PLACE: " "of several swarms, of an unknown one" ;;
	*) expect_error "what tells of no swarm: refused" 1 "$PLACE" "is no JSON object with cluster_id" ;;
	esac
	emptied
	put worker rubbish -
	ours publish
	case $WITH in
	*dynamodb*) expect_error "all that is there tells of no swarm: refused" 1 "$PLACE: " "does not tell of which swarm it is" ;;
	*) expect_error "all that is there tells of no swarm: refused" 1 "$PLACE" "is no JSON object with cluster_id" ;;
	esac
	emptied
}

# ---- refused ----

# refused NAME CODE TEXT...: as it was published last, with nothing of a key in it
refused() {
	expect_error "$@"
	check "$1: no key is said" refuses grep -F -e "${KEY_OF[$WHO]}" -e "$SECRET" "$WORK/err"
}

# What is the same of all services
test_refused() {
	local forger=forger unknown="the access key is not known there"
	[ "$WITH" != versitygw ] || forger=cheat unknown="No user exists with the provided access key"
	emptied
	AS=$forger ours publish
	refused "a wrong secret key" 1 "$PLACE" "the secret key does not belong to the access key" "keys of the environment"
	AS=nobody ours publish
	refused "an unknown access key" 1 "$PLACE" "$unknown"
	AS=keyless ours publish
	refused "no keys" 1 "no AWS keys: set AWS_ACCESS_KEY_ID"
	equal "refused: nothing is there" '' "$(stored worker)"
}

# mutant helpers/aws/reply_error.c is_denied: begins(s->code, "AccessDenied") => false
#   fails no right to write: refused
test_denied() {
	local right
	emptied
	AS=reader ours publish
	case $WITH in
	*dynamodb) right=dynamodb:PutItem ;;
	*ssm) right=ssm:PutParameter ;;
	*) right=s3:PutObject ;;
	esac
	refused "no right to write: refused" 1 "$PLACE" "$right is denied to the keys of the environment"
	equal "no right to write: nothing is there" '' "$(stored worker)"
}

test_missing() {
	case $WITH in
	*dynamodb) PLACE=dynamodb://Nowhere/dev ours publish && refused "no table" 1 "dynamodb://Nowhere/dev: there is no such table; make it first" ;;
	versitygw) PLACE=s3://nowhere/dev ours publish && refused "no bucket" 1 "s3://nowhere/dev" "there is no such bucket; make it first" ;;
	esac
}

# faults COUNT STATUS TYPE MESSAGE: of so many requests, behind those that there are
faults() {
	local n
	for ((n = 0; n < $1; n++)); do printf '%s %s %s\n' "$2" "$3" "$4"; done >>"$FAULTS"
}

# mutant helpers/aws/service.c try_again: retry_may(r, e) => false
#   fails a busy service: done
test_busy() {
	local throttled=ThrottlingException
	[ "$WITH" != moto-dynamodb ] || throttled=ProvisionedThroughputExceededException
	emptied
	faults 2 400 "$throttled" "Rate exceeded"
	faults 1 500 InternalServerError oops
	faults 1 400 "$throttled" "Rate exceeded"
	ours publish
	expect_done "a busy service: done" outcome written
	faults 1000 400 "$throttled" "Rate exceeded"
	ours publish --timeout 3s
	rm "$FAULTS"
	refused "a service that stays busy: the time runs out" 3 "$PLACE: the server is busy (status 400 $throttled)"
}

test_ended() {
	faults 5 400 ExpiredTokenException "The security token included in the request is expired"
	ours publish
	refused "a role that has expired" 1 "$PLACE: the keys have ended; get new ones"
	rm "$FAULTS"
	faults 1 400 InvalidSignatureException "Signature expired: 20261130T100000Z is now earlier than 20261130T105500Z"
	ours publish
	refused "a wrong clock, as it is told in JSON" 1 "$PLACE: the clock of this machine is wrong: it says" "set it"
	rm "$FAULTS"
}

# The executables see another time; the server does not.
test_clock() {
	printf '%s\n' '#define _GNU_SOURCE' '#include <dlfcn.h>' '#include <time.h>' 'time_t time(time_t *out) {' \
		'	time_t (*real)(time_t *) = (time_t(*)(time_t *))dlsym(RTLD_NEXT, "time"), now = real(NULL) + 7200;' \
		'	if (out) *out = now;' '	return now;' '}' >"$WORK/clock.c"
	gcc -shared -fPIC -o "$WORK/clock.so" "$WORK/clock.c" -ldl 2>"$WORK/said" || { failed "a clock that is wrong" "$WORK/said" && return; }
	LD_PRELOAD=$WORK/clock.so ours publish
	refused "a wrong clock" 1 "$PLACE" "the clock of this machine is wrong: it says" "set it"
}

test_usage() {
	PLACE=dynamodb://Swarms ours publish
	refused "a table without a name" 2 "store: expected dynamodb://TABLE/NAME"
	PLACE=ftp://swarms/dev ours publish
	refused "another kind of place" 2 "store: expected dynamodb://TABLE/NAME, ssm://PATH/NAME or s3://BUCKET/PREFIX/NAME"
	ours publish --kms-key alias/a
	refused "a KMS key of a table" 2 "kms_key: does not go with dynamodb://"
	ours publish --store-names '{"value":"TokenKey"}'
	refused "two columns of one name" 2 "store_names: two columns, or two items, have one name"
	AT=http://store.example ours publish
	refused "no TLS" 2 "endpoint: http://store.example has no TLS"
	ours publish --cluster-id "$OURS"
	refused "an ID to write" 2 "cluster_id: goes with remove"
	as writer run store-tokens --store "$PLACE" --endpoint "$AT" --region eu-west-1
	refused "no manager" 2 "host: required, or managers"
}

# ---- each kind ----

each_test() {
	place "$1"
	play test_written test_manager_token test_changed test_taken test_removed test_at_once test_damaged
	WITH=
}

each_fault() {
	place "$1"
	shift
	play "$@"
	WITH=
}

lab_begin "$HOSTS"
trap end EXIT
new_certificate
start_moto
start_versity
two_swarms
for kind in moto-dynamodb moto-ssm moto-s3 versitygw; do each_test "$kind"; done
each_fault moto-dynamodb test_refused test_denied test_missing test_busy test_ended test_usage
each_fault moto-ssm test_refused test_denied test_busy test_ended
each_fault moto-s3 test_refused test_denied
each_fault versitygw test_refused test_missing test_clock
if start_dynamodb; then
	each_test dynamodb-local
else
	echo "skip Amazon's DynamoDB for tests - $(tail -n 1 "$WORK/dynamodb.log")"
fi
finish_tests

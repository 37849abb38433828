#!/usr/bin/env bash
# test-join.sh - machines that join themselves by what a store has: nothing stored yet, a dead manager
# first, tokens and a CA that are rotated meanwhile, and what fetch-tokens reads there.
set -euo pipefail

if [ "${1-}" = --fetch ]; then
	TOP=$(dirname -- "${BASH_SOURCE[0]}")/../..
	"$TOP/scripts/python-tools" moto >/dev/null
	exec "$TOP/scripts/providers" versitygw
fi

CLUSTER=stjn
SUBNET=10.208.41
HOSTS=4
AWS_IS_AT=$SUBNET.1
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

# Hosts 1 to 3 are the managers; host 4 has join-node, and the rights of a reader.
fresh() {
	new_swarm manager manager manager
	place moto-dynamodb
	emptied
	WITH=
}

publish_now() {
	publish "$@" --allow-http true
	[ "$CODE" = 0 ] || failed "it is stored"
}

# self_join [OPTION...]: what host 4 does when it boots
self_join() {
	CODE=0
	timeout 240 "$LAB" exec "$CLUSTER" "$(name 4)" -- env "AWS_ACCESS_KEY_ID=${ID[reader]}" "AWS_SECRET_ACCESS_KEY=${KEY_OF[reader]}" \
		AWS_EC2_METADATA_DISABLED=true join-node --host unix:///var/run/docker.sock --store "$PLACE" --endpoint "$AT" --allow-http true \
		--region eu-west-1 "$@" >"$WORK/out" 2>"$WORK/err" </dev/null || CODE=$?
}

requests() { grep -c 'POST / HTTP' "$WORK/moto.log" || true; }
is_ready() { [ "$(nodes 2 | grep -cx "$(name 4) worker active ready")" = 1 ]; }
no_token_said() { ! grep -F SWMTKN "$WORK/out" "$WORK/err"; }

# mutant helpers/swarm/join_stored.c wait_active: condition info->state == DOCKER_ACTIVE && *info->node_id => true
#   fails joins: done
test_joins() {
	fresh
	publish_now
	local before id
	before=$(requests)
	self_join
	id=$(on 4 docker info --format '{{.Swarm.NodeID}}')
	expect_done "joins: done" node_id "$id" role worker state active
	check "joins: a manager sees it Ready" within 10 is_ready
	equal "joins: one request to the store" $((before + 1)) "$(requests)"
	check "joins: no token is said" no_token_said
	self_join
	expect_done "again: done" node_id "$id" role worker state active
	equal "again: the store is not asked" $((before + 1)) "$(requests)"
}

# mutant helpers/store/entry.c store_entry_check: condition !entry->found => false
#   fails nothing stored: the time runs out
test_waits() {
	fresh
	self_join --timeout 3s
	expect_error "nothing stored: the time runs out" 4 "$PLACE: no swarm has stored anything there; run store-tokens"
	launch early self_join
	check "nothing stored yet: it waits" within 20 said_by early "no swarm has stored anything there"
	publish_now
	finish early
	expect_done "nothing stored yet: done once it is" role worker state active
}

# An engine takes 20 s over it.
# mutant helpers/swarm/join_stored.c choose_manager: tcp_probe() => 0
#   fails a dead manager first: another one is joined through
test_dead_manager() {
	fresh
	publish_now
	"$LAB" kill "$CLUSTER" "$(name 1)"
	check "a dead manager first: the others have a leader" within 60 on 2 docker node ls
	BEGAN=$SECONDS
	self_join
	expect_done "a dead manager first: done" role worker state active
	check "a dead manager first: another one is joined through" refuses said "through $(addr 1):2377"
	check "a dead manager first: without a wait for it" took_at_most 15
	on 4 docker swarm leave --force >"$WORK/said"
	"$LAB" boot "$CLUSTER" "$(name 1)"
	check "a dead manager first: it is back" within 60 managers_reachable 2
}

test_rotated() {
	fresh
	publish_now
	on 1 docker swarm join-token --rotate -q worker >"$WORK/said"
	launch old self_join
	check "a token that was rotated: it is joined with the old one" within 30 said_by old "joining as worker through"
	check "a token that was rotated: which is refused" within 60 said_by old "looking again"
	publish_now
	finish old
	expect_done "a token that was rotated: done once the new one is stored" role worker state active

	# which waits for every node in the list
	on 4 docker swarm leave --force >"$WORK/said"
	on 1 docker node rm --force "$(name 4)" >"$WORK/said"
	on 1 timeout 100 docker swarm ca --rotate -q >"$WORK/said"
	launch old self_join
	check "a CA that was rotated: it is joined with the old one" within 30 said_by old "joining as worker through"
	publish_now
	finish old
	expect_done "a CA that was rotated: done once it is stored" role worker state active
}

test_refused() {
	fresh
	publish_now
	self_join --labels '{"a":"b"}'
	expect_error "labels: refused" 2 "labels: are set through a manager"
	self_join --role manager
	expect_error "a manager: refused" 2 "role: managers join through one another"
	self_join --managers "$(addr 1)"
	expect_error "managers and a store: refused" 2 "store: is read in place of managers"
	on 4 docker swarm init --advertise-addr "$(addr 4)" >"$WORK/said"
	self_join
	expect_error "a manager of another swarm: refused" 1 "is a manager of its swarm"
	on 4 docker swarm leave --force >"$WORK/said"
}

# ---- fetch-tokens ----

fetch() { as "${AS-reader}" run fetch-tokens --store "$PLACE" --endpoint "$AT" --allow-http true --region eu-west-1 "$@"; }

test_fetch() {
	fresh
	fetch
	expect_error "fetch: nothing is stored" 4 "$PLACE: no swarm has stored anything there"
	fetch --on-unreachable empty
	expect_done "fetch: nothing is stored, and that is fine" reachable false worker '' manager '' managers ''
	publish_now
	local before
	before=$(requests)
	fetch
	expect_done "fetch: what is stored" worker "$(token 1 worker)" manager '' cluster_id "$(cluster_id 1)" reachable true \
		managers "$(addr 1):2377,$(addr 2):2377,$(addr 3):2377"
	equal "fetch: one request" $((before + 1)) "$(requests)"
	fetch --with-manager-token true
	expect_error "fetch: the token of managers is not stored" 1 "the token of managers is not stored there"
	publish_now --with-manager-token true
	before=$(requests)
	fetch --with-manager-token true
	expect_done "fetch: both tokens" worker "$(token 1 worker)" manager "$(token 1 manager)"
	equal "fetch: both by one request" $((before + 1)) "$(requests)"
	AS=nobody fetch
	expect_error "fetch: keys that are not known" 1 "the access key is not known there"
	fetch --managers "$(addr 1)"
	expect_error "fetch: managers and a store: refused" 2 "store: is read in place of host and managers"
	run fetch-tokens
	expect_error "fetch: neither host nor store" 2 "host: required"
}

lab_begin "$HOSTS"
trap end EXIT
new_certificate
place moto-dynamodb
start_moto
place moto-dynamodb
on 4 sh -c 'cat >/usr/local/bin/join-node && chmod 755 /usr/local/bin/join-node' <"$BIN/join-node"
play test_fetch test_joins test_waits test_dead_manager test_rotated test_refused
finish_tests

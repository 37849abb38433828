#!/usr/bin/env bash
# test-addresses.sh - how a host may be written: IPv4, IPv6 and link-local literals, names,
# and names with several addresses of which some are dead.
set -euo pipefail

CLUSTER=hst-addr
SUBNET=10.209.2
PREFIX=fd10:209:2

# In a mount namespace of its own, where /etc/hosts is another one and all that is asked.
if [ -z "${OWN_NAMES-}" ]; then
	OWN_NAMES=yes exec unshare --mount --propagation private -- "$0"
fi
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

# names LINE...: what /etc/hosts says from now on.
names() {
	printf '%s\n' '127.0.0.1 localhost' "$@" >"$WORK/hosts"
	mountpoint -q /etc/hosts && return
	mount --bind "$WORK/hosts" /etc/hosts
	echo 'hosts: files' >"$WORK/nsswitch"
	mount --bind "$WORK/nsswitch" /etc/nsswitch.conf
}

lab_begin() {
	ssh-keygen -q -t ed25519 -N '' -f "$WORK/key"
	"$LAB" network-up "$CLUSTER" "$SUBNET.0/24,$PREFIX::/64"
	"$LAB" up "$CLUSTER" "$(name 1)" "$(addr 1)/24,$PREFIX::11/64" --authorized-keys "$WORK/key.pub"
}

# from HOST [OPTION...]: fetch-tokens from there.
from() {
	local host=$1
	shift
	run fetch-tokens --host "$host" --private-key "$WORK/key" --host-key-policy "${POLICY:-accept-new}" "$@"
}

# The zone is the operator's end of the cluster's network.
link_local() {
	local zone
	zone=$(ip -o route get "$(addr 1)" | sed 's/.* dev \([^ ]*\).*/\1/')
	printf '%s%%%s\n' "$(on 1 ip -o -6 addr show dev eth0 scope link | awk '{ sub("/.*", "", $4); print $4 }')" "$zone"
}

test_literals() {
	local local_name
	from "$(addr 1)"
	expect_tokens "an IPv4 literal"
	from "$PREFIX::11"
	expect_tokens "an IPv6 literal"
	check "known by that literal" ssh-keygen -F "$PREFIX::11" -f "$WORK/known_hosts"
	POLICY=strict from "$PREFIX:0:0:0:0:11"
	expect_tokens "known however it is written, as ssh has it"
	local_name=$(link_local)
	from "$local_name"
	expect_tokens "a link-local literal with its zone"
	POLICY=strict from "$local_name"
	expect_tokens "whose key is known the next time"
	from "${local_name%\%*}%nowhere0"
	expect_error "a zone that is no interface" 4 "${local_name%\%*}%nowhere0"
	from "$SUBNET.99" --managers "[$PREFIX::11]:2222,[$local_name]:22" --timeout 20s
	expect_tokens "managers as IPv6 literals with ports"
}

test_other_port() {
	echo 'AddressFamily inet6' | sshd_on 2222
	from "$PREFIX::11" --port 2222
	expect_tokens "an IPv6 literal with another port"
	check "known by literal and port" ssh-keygen -F "[$PREFIX::11]:2222" -f "$WORK/known_hosts"
	sshd_off 2222
	from "$PREFIX::11" --port 2222
	expect_error "nobody there" 4 "$PREFIX::11: port 2222: nothing listens there"
}

# A dead address gives no answer: its packets go nowhere.
# mutant helpers/net/tcp.c wait_any: condition r->n => false
#   fails which took no second each
test_names() {
	local begin
	names "$SUBNET.98 many.test" "$PREFIX::98 many.test" "$(addr 1) many.test" "$PREFIX::99 many.test"
	begin=$(date +%s%N)
	from many.test --timeout 15s
	expect_tokens "a name whose first addresses are dead"
	check "which took no second each" [ $((($(date +%s%N) - begin) / 1000000)) -lt 2500 ]
	names "$SUBNET.98 dead.test" "$SUBNET.99 dead.test"
	from dead.test --timeout 2s
	expect_error "a name whose addresses are all dead" 4 "dead.test: port 22: no answer within"
	names
	from none.test --timeout 10s
	expect_error "a name without an address" 4 "none.test: no host of this name is known"
}


swarm_begin
each_library test_literals test_names
play test_other_port
finish_tests

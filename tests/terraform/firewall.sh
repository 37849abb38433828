#!/usr/bin/env bash
# The firewall that a new machine makes for the swarm's ports (modules/user_data), in a network
# namespace of its own: members come through and others do not, by IPv4 and by IPv6, and what
# is no port of the swarm's stays open.
set -euo pipefail
# shellcheck source=tests/terraform/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

copy_tree
STARTED=()
clean_up() {
	local pid
	for pid in "${STARTED[@]}"; do kill "$pid" 2>/dev/null || true; done
	rm -rf "$TREE"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

# render CIDR...: the script as a machine gets it, with port 7946 for members
render() {
	local cidrs
	cidrs=$(printf ',"%s"' "$@")
	"$TF" -chdir="$TREE/modules/user_data" console -var 'names=["a"]' \
		-var "host_firewall={cidrs=[${cidrs#,}],rules={g={protocol=\"tcp\",from=7946,to=7946},e={protocol=\"50\",from=0,to=0}}}" \
		<<<'base64encode(local.firewall)' | tr -d '"' | base64 -d >"$TREE/firewall.sh"
}

# Beside the one that this script is in, which is the peer's
machine() { nsenter --net="/proc/$MACHINE/ns/net" "$@"; }

start_machine() {
	unshare --net sleep infinity &
	MACHINE=$!
	STARTED+=("$MACHINE")
	until [ "$(readlink "/proc/$MACHINE/ns/net")" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.1; done
	ip link add tsh-peer type veth peer name tsh-machine netns "$MACHINE"
	add_addresses here tsh-peer 10.1.0.1/24 10.9.0.1/24 fd00:1::1/64 fd00:9::1/64
	machine ip link set lo up
	machine sysctl -qw net.ipv6.conf.all.disable_ipv6=0
	add_addresses machine tsh-machine 10.1.0.2/24 10.9.0.2/24 fd00:1::2/64 fd00:9::2/64
}

here() { "$@"; }

# add_addresses WHERE LINK ADDRESS...: at once, without looking for duplicates
add_addresses() {
	local where=$1 link=$2 address nodad
	shift 2
	"$where" sysctl -qw "net.ipv6.conf.$link.disable_ipv6=0"
	for address; do
		case $address in *:*) nodad=(nodad) ;; *) nodad=() ;; esac
		"$where" ip addr add "$address" dev "$link" "${nodad[@]}"
	done
	"$where" ip link set "$link" up
}

# Both families by one socket each, as dockerd does it
start_listeners() {
	local port
	for port in 7946 8022; do
		nsenter --net="/proc/$MACHINE/ns/net" python3 -c 'import socket, sys, time
s = socket.create_server(("::", int(sys.argv[1])), family=socket.AF_INET6, dualstack_ipv6=True)
time.sleep(600)' "$port" &
		STARTED+=("$!")
	done
	until [ "$(machine ss -Hlnt | wc -l)" -eq 2 ]; do sleep 0.1; done
}

# reaches FROM TO PORT
reaches() {
	python3 -c 'import socket, sys
socket.create_connection((sys.argv[2], int(sys.argv[3])), timeout=1, source_address=(sys.argv[1], 0))' "$@"
}
closed() { ! reaches "$@" 2>/dev/null; }

# A link is usable a moment after it is up.
reaches_soon() {
	for _ in 1 2 3 4 5 6 7 8 9; do if reaches "$@" 2>/dev/null; then return; fi; done
	reaches "$@"
}

test_before() {
	check "firewall: without it a stranger gets there by IPv4" reaches_soon 10.9.0.1 10.9.0.2 7946
	check "firewall: without it a stranger gets there by IPv6" reaches_soon fd00:9::1 fd00:9::2 7946
}

# mutant modules/user_data/host-firewall.sh.tftpl fill_both: /proc/net/if_inet6 => /nowhere
#   with test_before
#   fails firewall: a stranger does not by IPv6
test_members_by_ipv4() {
	render 10.1.0.0/24
	check "firewall: it is made" machine sh "$TREE/firewall.sh"
	check "firewall: a member gets there" reaches 10.1.0.1 10.1.0.2 7946
	check "firewall: a stranger does not by IPv4" closed 10.9.0.1 10.9.0.2 7946
	check "firewall: a stranger does not by IPv6" closed fd00:9::1 fd00:9::2 7946
	check "firewall: another port stays open by IPv4" reaches 10.9.0.1 10.9.0.2 8022
	check "firewall: another port stays open by IPv6" reaches fd00:9::1 fd00:9::2 8022
	check "firewall: the machine itself gets there" machine python3 -c 'import socket
for host in ("127.0.0.1", "::1"): socket.create_connection((host, 7946), timeout=1)'
}

test_members_by_both() {
	render 10.1.0.0/24 fd00:1::/64
	check "firewall: it is made anew" machine sh "$TREE/firewall.sh"
	check "firewall: a member gets there by IPv6" reaches fd00:1::1 fd00:1::2 7946
	check "firewall: a stranger still does not by IPv6" closed fd00:9::1 fd00:9::2 7946
	equal "firewall: made twice it is there once" "1 1" \
		"$(for t in iptables ip6tables; do machine $t -S INPUT | grep -c SWARM-MEMBERS; done | paste -sd' ' -)"
}

"$ROOT/scripts/providers" init "$TREE/modules/user_data" "$TF" 2>"$TREE/init" || { cat "$TREE/init"; exit 1; }
start_machine
start_listeners
play test_before test_members_by_ipv4 test_members_by_both
finish_tests

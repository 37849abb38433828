# shellcheck shell=bash
# network.sh - the bridge of a cluster, and the links from it to the operator and the hosts.
#
# The bridge is in the switch's network namespace, so that two clusters cannot touch each
# other and the machine's own firewall sees nothing of them. The only link out of it is the
# operator's, which ends in the namespace where network-up ran.

BRIDGE=tsh-br
OPERATOR_PORT=tsh-operator

# Runs a command in the network namespace of the switch of CLUSTER.
in_switch() {
	local keeper cluster=$1
	shift
	keeper=$(keeper_pid "$(network_dir "$cluster")") || return 1
	nsenter --net="/proc/$keeper/ns/net" "$@"
}

# The first usable address of an IPv4 network, as ADDRESS/LEN.
first_address4() {
	local a b c d len bits
	IFS=./ read -r a b c d len <<<"$1"
	bits=$(((a << 24 | b << 16 | c << 8 | d) & (0xffffffff << (32 - len))))
	bits=$((bits + 1))
	printf '%d.%d.%d.%d/%d\n' $((bits >> 24 & 255)) $((bits >> 16 & 255)) \
		$((bits >> 8 & 255)) $((bits & 255)) "$len"
}

# Writes an IPv6 address out as eight groups.
expand_address6() {
	local head=${1%%::*} tail='' groups fill
	[ "$head" = "$1" ] || tail=${1#*::}
	groups=$(printf '%s:%s' "$head" "$tail" | tr ':' '\n' | grep -c . || true)
	fill=$(printf '0 %.0s' $(seq 1 $((8 - groups))))
	[ "$groups" -lt 8 ] || fill=
	printf '%s\n' "${head//:/ } $fill ${tail//:/ }"
}

# The first usable address of an IPv6 network, as ADDRESS/LEN.
first_address6() {
	local len=${1##*/} group left out='' mask
	left=$len
	for group in $(expand_address6 "${1%/*}"); do
		mask=$((left >= 16 ? 0xffff : left <= 0 ? 0 : 0xffff << (16 - left) & 0xffff))
		out+=$(printf '%x:' $((16#$group & mask)))
		left=$((left - 16))
	done
	out=${out%:}
	printf '%s:%x/%d\n' "${out%:*}" $((16#${out##*:} | 1)) "$len"
}

first_address() {
	case $1 in
	*:*) first_address6 "$1" ;;
	*) first_address4 "$1" ;;
	esac
}

# Refuses a network that this namespace can already reach in another way.
check_route_free() {
	local cidr=$1 taken
	taken=$({
		ip -o route show root "$cidr"
		ip -o route show match "$cidr"
	} 2>/dev/null | grep -v -e '^default' -e '^::/0' | head -n 1 || true)
	[ -z "$taken" ] || die "network $cidr overlaps a route of this machine ($taken); choose another CIDR"
}

# Connects the operator's namespace to the bridge of CLUSTER.
link_operator() {
	local cluster=$1 link=$2 switch cidr
	switch=$(keeper_pid "$(network_dir "$cluster")") || die "$cluster: its switch is gone"
	for cidr in ${3//,/ }; do
		check_route_free "$cidr"
	done
	ip link add "$link" type veth peer name "$OPERATOR_PORT" netns "$switch"
	for cidr in ${3//,/ }; do
		enable_address "$link" "$(first_address "$cidr")"
	done
	in_switch "$cluster" ip link set "$OPERATOR_PORT" master "$BRIDGE" up
	ip link set "$link" up
}

# Gives interface LINK an address, at once: no detection of duplicates.
enable_address() {
	case $2 in
	*:*)
		echo 0 >"/proc/sys/net/ipv6/conf/$1/disable_ipv6"
		ip addr add "$2" dev "$1" nodad
		;;
	*) ip addr add "$2" dev "$1" ;;
	esac
}

network_up() {
	[ -z "${LAB_MADE-}" ] || printf '%s.\n' "$LAB_PREFIX" >>"$LAB_MADE"
	local cluster=$1 cidrs=$2 dir link
	dir=$(network_dir "$cluster")
	link=$(link_of "$cluster")
	lock "$cluster" network --exclusive
	if is_powered "$dir" && [ "$(cat "$dir/cidrs")" != "$cidrs" ]; then
		die "$cluster has the network $(cat "$dir/cidrs") already; take it down first"
	fi
	mkdir -p "$dir"
	echo "$cidrs" >"$dir/cidrs"
	cgroup_locked cgroup_sweep
	if ! is_powered "$dir"; then
		keeper_start "$dir" "$(group_of "$cluster")" \
			unshare --net -- "$LAB_PARTS/switch-on"
	fi
	keeper_wait_ready "$dir" || die "$cluster: no network: $(tail -n 1 "$dir/console.log")"
	if ! operator_link_complete "$cluster" "$link" "$cidrs"; then
		unlink_operator "$cluster"
		link_operator "$cluster" "$link" "$cidrs"
	fi
}

# Whether the last step of link_operator was reached.
operator_link_complete() {
	ip -o link show "$2" up 2>/dev/null | grep . >/dev/null &&
		in_switch "$1" ip -o link show "$OPERATOR_PORT" up | grep . >/dev/null
}

unlink_operator() {
	ip link del "$(link_of "$1")" 2>/dev/null || true
	in_switch "$1" ip link del "$OPERATOR_PORT" 2>/dev/null || true
}

network_down() {
	local cluster=$1 left
	[ -d "$(cluster_dir "$cluster")" ] || return 0
	lock "$cluster" network --exclusive
	left=$(hosts_of "$cluster")
	[ -z "$left" ] || die "$cluster still has hosts: ${left//$'\n'/ }; take them down first"
	unlink_operator "$cluster"
	keeper_stop "$(network_dir "$cluster")"
	cgroup_remove "$(group_of "$cluster")"
	cgroup_locked cgroup_sweep
	rm -rf --one-file-system "$(cluster_dir "$cluster")"
	rmdir "$LAB_STATE" 2>/dev/null || true
}

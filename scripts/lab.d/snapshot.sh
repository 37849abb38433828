# shellcheck shell=bash
# snapshot.sh - what a lab could leave behind, one line each, sorted, with nothing in it
# that changes by itself (process ids, counters, times), so that two can be compared.

# Marks each line of a command's output with what it is about; a command that this
# machine does not have adds none.
about() {
	local topic=$1
	shift
	command -v "$1" >/dev/null || return 0
	{ "$@" 2>/dev/null || true; } | sed -e "s|^|$topic: |" -e 's/ *$//'
}

snapshot_mounts() {
	awk '{ print $5, $4 }' /proc/self/mountinfo
}

snapshot_links() {
	ip -o addr show | awk '{ print $2, $3, $4 }'
	ip -o link show | awk '{ sub(/@.*/, "", $2); sub(/:$/, "", $2); print $2 }'
	ip route show
	ip -6 route show
}

# The daemons of a lab, and its own scripts, by what they were started with.
snapshot_processes() {
	ps -e -o comm=,args= | awk '
		$1 ~ /^(dockerd|containerd|docker-proxy|runc|sshd|switch-on|host-on|host-root)/ { print }
		/tsh-supervisor|scripts\/lab|service [a-z]+ supervise/ && !/snapshot/ { print }'
}

# The old tables exist only once somebody used them; asking would make them.
snapshot_old_rules() {
	[ ! -s /proc/net/ip_tables_names ] || iptables-legacy-save | grep -v '^[#:]'
	[ ! -s /proc/net/ip6_tables_names ] || ip6tables-legacy-save | grep -v '^[#:]'
}

snapshot_cgroups() {
	local mount
	for mount in $(cgroup_mounts); do
		find "$mount" -type d -path '*/tsh-*'
	done
}

snapshot() {
	{
		about namespace lsns --noheadings --type net --output NS
		about namespace ip netns list
		about mount snapshot_mounts
		about process snapshot_processes
		about link snapshot_links
		about rule nft --stateless list ruleset
		about rule snapshot_old_rules
		about cgroup snapshot_cgroups
		about file find "$LAB_STATE"
		about file find /tmp /run /var/run -maxdepth 1 -name 'tsh-*'
	} | LC_ALL=C sort -u
}

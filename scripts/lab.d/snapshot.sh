# shellcheck shell=bash
# snapshot.sh - what a lab could leave behind, one line each, sorted, with nothing in it
# that changes by itself (process ids, counters, times), so that two can be compared.
# What belongs to another lab on the same machine is left out.

# Marks each line of a command's output with what it is about; a command that this
# machine does not have adds none.
about() {
	local topic=$1
	shift
	command -v "$1" >/dev/null || return 0
	{ "$@" 2>/dev/null || true; } | sed -e "s|^|$topic: |" -e 's/ *$//'
}

# Drops the lines that name a link or group of another lab.
without_foreign() {
	sed -e "/tsh-/{/$LAB_PREFIX/!d}"
}

snapshot_mounts() {
	awk '{ print $5, $4 }' /proc/self/mountinfo
}

snapshot_links() {
	{
		ip -o addr show | awk '{ print $2, $3, $4 }'
		ip -o link show | awk '{ sub(/@.*/, "", $2); sub(/:$/, "", $2); print $2 }'
		ip route show
		ip -6 route show
	} | without_foreign
}

# Prints the /proc folder of each process that is a host's or a switch's ("own"), or that
# is in no lab's control group ("none").
processes_in() {
	local process groups found
	for process in /proc/[0-9]*; do
		# A zombie has no command line; it is gone but for its parent.
		read -r -d '' _ 2>/dev/null <"$process/cmdline" || continue
		groups=$(cat "$process/cgroup" 2>/dev/null) || continue
		found=none
		[[ $groups != */tsh-* ]] || found=foreign
		[[ $groups != */"$LAB_PREFIX".* ]] || found=own
		[ "$found" != "$1" ] || printf '%s\n' "$process"
	done
}

# All processes of this lab, and daemons like those of a host in whatever mount namespace
# but ours: there they are the machine's own, where somebody may log in at any time.
snapshot_processes() {
	local process here
	here=$(readlink /proc/self/ns/mnt)
	processes_in own | while read -r process; do
		tr '\0' ' ' <"$process/cmdline"
		echo
	done
	processes_in none | while read -r process; do
		[ "$(readlink "$process/ns/mnt")" != "$here" ] || continue
		grep -xE 'dockerd|containerd.*|docker-proxy|runc|sshd|switch-on|host-on|host-root' "$process/comm"
	done
}

snapshot_namespaces() {
	local process
	processes_in own | while read -r process; do
		readlink "$process/ns/net"
	done
	ip netns list
}

# The old tables exist only once somebody used them; asking would make them.
snapshot_old_rules() {
	[ ! -s /proc/net/ip_tables_names ] || iptables-legacy-save | grep -v '^[#:]'
	[ ! -s /proc/net/ip6_tables_names ] || ip6tables-legacy-save | grep -v '^[#:]'
}

snapshot() {
	{
		about namespace snapshot_namespaces
		about mount snapshot_mounts
		about process snapshot_processes
		about link snapshot_links
		about rule nft --stateless list ruleset
		about rule snapshot_old_rules
		about cgroup cgroup_own ""
		about file find "$LAB_STATE"
	} | LC_ALL=C sort -u
}

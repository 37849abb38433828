# shellcheck shell=bash
# common.sh - messages, names, folders and locks of the lab.
#
#   $LAB_STATE/CLUSTER/locks/             one lock for the network, one for each host
#   $LAB_STATE/CLUSTER/network/           the switch: a keeper's files (keeper.sh), cidrs
#   $LAB_STATE/CLUSTER/hosts/HOST/        a host: a keeper's files, its settings and its disk

# How long one operation may wait for another on the same host or network, seconds.
LOCK_WAIT=120

die() {
	printf 'lab: %s\n' "$*" >&2
	exit 1
}

die_usage() {
	printf 'lab: %s; see scripts/lab --help\n' "$*" >&2
	exit 2
}

check_names() {
	local name
	for name; do
		[[ $name =~ ^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$ ]] ||
			die_usage "$COMMAND: '$name' is no name: expected up to 63 letters, digits and dashes"
	done
}

check_addresses() {
	local address
	for address in ${1//,/ }; do
		[[ $address =~ ^[0-9a-fA-F.:]+/[0-9]+$ ]] ||
			die_usage "$COMMAND: '$address' is no address: expected for example 10.0.0.11/24"
	done
}

# Says whether the FILE given to OPTION can be read, and ends the script if not.
need_file() {
	[ -r "$2" ] || die_usage "$COMMAND: $1 needs a file that can be read, got '$2'"
}

cluster_dir() { printf '%s/%s\n' "$LAB_STATE" "$1"; }
network_dir() { printf '%s/%s/network\n' "$LAB_STATE" "$1"; }
host_dir() { printf '%s/%s/hosts/%s\n' "$LAB_STATE" "$1" "$2"; }

# LENGTH hex digits that stand for the given words.
short_hash() {
	local length=$1 sum
	shift
	sum=$(printf '%s\n' "$@" | sha256sum)
	printf '%s\n' "${sum:0:length}"
}

# What the names of this lab's control groups and links begin with. Two labs on a machine
# differ in their state folder or, in tests, in the process namespace they are made in.
lab_prefix() {
	printf 'tsh-%s\n' "$(short_hash 5 "$LAB_STATE" "$(readlink /proc/self/ns/pid)")"
}

# The control group of a cluster's switch, or of a host of it.
group_of() { printf '%s.%s\n' "$LAB_PREFIX" "$1${2:+.$2}"; }

# The link of a cluster's operator, or of a host: an interface has 15 characters.
link_of() { printf '%s%s\n' "$LAB_PREFIX" "$(short_hash 6 "$@")"; }

LAB_PREFIX=$(lab_prefix)

# The names (not paths) of the folders in DIR, one a line.
folders_in() {
	local path
	for path in "$1"/*/; do
		[ -d "$path" ] || continue
		path=${path%/}
		printf '%s\n' "${path##*/}"
	done
}

hosts_of() { folders_in "$(cluster_dir "$1")/hosts"; }
clusters() { folders_in "$LAB_STATE"; }

# Takes the lock NAME of CLUSTER until the script ends. MODE: --exclusive or --shared.
# A lock file goes with its cluster; whoever waited for a removed one starts again.
lock() {
	local cluster=$1 name=$2 mode=$3 fd path
	path=$(cluster_dir "$cluster")/locks/$name
	while :; do
		mkdir -p "${path%/*}"
		exec {fd}>>"$path"
		flock "$mode" -w "$LOCK_WAIT" "$fd" ||
			die "$cluster: $name has been busy for $LOCK_WAIT s; see which lab command still runs"
		[ ! "$path" -ef "/proc/self/fd/$fd" ] || return 0
		exec {fd}>&-
	done
}

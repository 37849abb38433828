# shellcheck shell=bash
# cgroups.sh - a control group for each host and switch, in every hierarchy of the machine.
#
# The groups are how the processes of a lab are told from all others. A host sees its own group as the root (a cgroup namespace), so its dockerd needs no
# settings for that. Process 1 and its services live in the child "init", since version
# 2 allows no processes in a group that hands controllers to its children. Works on
# version 1, version 2 and the mix of both.

# Where the machine has its hierarchies mounted.
cgroup_mounts() {
	awk '/ - cgroup2? / { print $5 }' /proc/self/mountinfo
}

# Runs a command while no other lab on the machine makes or sweeps groups.
cgroup_locked() {
	(
		flock -w 120 7 || {
			printf 'lab: other labs on this machine have held the lock on /sys/fs/cgroup for 120 s\n' >&2
			exit 1
		}
		"$@"
	) 7</sys/fs/cgroup
}

# Makes one group. On version 1 a new cpuset is empty and takes no process.
cgroup_make() {
	mkdir -p "$1"
	[ -e "$1/cpuset.cpus" ] && [ -e "$1/cgroup.clone_children" ] || return 0
	echo 1 >"$1/cgroup.clone_children"
	cat "${1%/*}/cpuset.cpus" >"$1/cpuset.cpus"
	cat "${1%/*}/cpuset.mems" >"$1/cpuset.mems"
}

# Moves process PID into the group NAME of every hierarchy.
cgroup_enter() {
	local mount
	for mount in $(cgroup_mounts); do
		cgroup_make "$mount/$1"
		echo "$2" >"$mount/$1/cgroup.procs"
	done
}

# Hands all controllers that the group NAME has to its children (version 2 only).
cgroup_delegate() {
	local mount controller
	for mount in $(cgroup_mounts); do
		[ -e "$mount/$1/cgroup.subtree_control" ] || continue
		# shellcheck disable=SC2013 # words of one line
		for controller in $(cat "$mount/$1/cgroup.controllers"); do
			echo "+$controller" >"$mount/$1/cgroup.subtree_control"
		done
	done
}

# Removes the group PATH with its children; false while a process is in any of them.
cgroup_remove_tree() {
	[ -d "$1" ] || return 0
	find "$1" -depth -type d -exec rmdir {} + 2>/dev/null
	[ ! -d "$1" ]
}

# Removes the group NAME everywhere. Its processes have been killed, but one that is
# still being torn down keeps a group busy, and version 1 has no event for that.
cgroup_remove() {
	local mount tries
	for mount in $(cgroup_mounts); do
		for tries in {1..100}; do
			cgroup_remove_tree "$mount/$1" && continue 2
			sleep 0.05
		done
		die "$mount/$1 still has processes after $tries tries; see its cgroup.procs"
	done
}

# The groups of this lab, or of its cluster CLUSTER.
cgroup_own() {
	local mount group
	for mount in $(cgroup_mounts); do
		# shellcheck disable=SC2231 # a name or all of them
		for group in "$mount/$LAB_PREFIX".${1:-*} "$mount/$LAB_PREFIX".${1:-*}.*; do
			[ ! -d "$group" ] || printf '%s\n' "${group##*/}"
		done
	done | sort -u
}

# Kills what is left in the group NAME: hosts whose folder somebody deleted.
cgroup_kill() {
	local mount pid
	for mount in $(cgroup_mounts); do
		[ -d "$mount/$1" ] || continue
		find "$mount/$1" -name cgroup.procs -exec cat {} + | sort -u | while read -r pid; do
			[ "$pid" = 0 ] || kill -KILL "$pid" 2>/dev/null || true
		done
	done
}

# Removes the groups of hosts that died with their whole namespace, so that nobody was
# left to remove them. Whether a group is in use is asked by removing it, as its processes
# cannot be seen from another process namespace; "init" first, since a living host has
# empty groups beside that one.
cgroup_sweep() {
	local mount group
	for mount in $(cgroup_mounts); do
		for group in "$mount"/tsh-*/; do
			cgroup_remove_tree "${group}init" || continue
			cgroup_remove_tree "${group%/}" || continue
		done
	done
}

# shellcheck shell=bash
# host.sh - powering hosts on and off, and what is done on them.
#
# Beside its keeper's files the folder of a host has: settings (addresses, docker, engine), the
# layers of its root (upper, work, root, mounted only inside), and the folders that lie
# beside the overlay: docker, containerd, home of root, /home.

# How many lines of a log an error shows.
LOG_LINES=5

# The value of NAME in the settings of a host.
setting() {
	sed -n "s/^$2=//p" "$1/settings"
}

# Process 1 of the host in DIR, as a process id out here.
host_init() {
	local keeper
	keeper=$(keeper_pid "$1") && pgrep -P "$keeper" | head -n 1
}

need_host() {
	[ -e "$(host_dir "$1" "$2")/settings" ] || die "$1 has no host $2; see scripts/lab list $1"
}

need_network() {
	is_powered "$(network_dir "$1")" ||
		die "$1 has no network; run scripts/lab network-up $1 CIDR first"
}

lock_host() {
	lock "$1" network --shared
	lock "$1" "host-$2" --exclusive
}

# Makes the folder of a new host, or checks that the host that is on is the wanted one.
host_prepare() {
	local dir=$1 wanted
	wanted=$(printf 'addresses=%s\ndocker=%s\nengine=%s' "$2" "$UP_DOCKER" "${LAB_ENGINE-}")
	if is_powered "$dir" && [ "$(cat "$dir/settings")" != "$wanted" ]; then
		die "${dir##*/} is on with $(tr '\n' ' ' <"$dir/settings"); take it down before changing that"
	fi
	mkdir -p "$dir"/{upper,work,mount,docker,containerd,users}
	# shellcheck disable=SC2174 # both are named
	mkdir -p -m 0700 "$dir/home" "$dir/home/.ssh"
	if [ -n "$UP_KEYS" ]; then
		install -m 0600 "$UP_KEYS" "$dir/home/.ssh/authorized_keys"
	fi
	if [ -n "$UP_USER_DATA" ]; then
		install -m 0700 "$UP_USER_DATA" "$dir/user-data"
	fi
	if [ -n "$UP_HOST_KEY" ]; then
		install -m 0600 "$UP_HOST_KEY" "$dir/host-key"
	fi
	printf '%s\n' "$wanted" >"$dir/settings"
}

# Powers the host on unless it is, and waits until it is ready.
host_power_on() {
	local cluster=$1 host=$2 dir said
	dir=$(host_dir "$cluster" "$host")
	if ! is_powered "$dir"; then
		host_clear "$cluster" "$host"
		keeper_start "$dir" "$(group_of "$cluster" "$host")" \
			unshare --cgroup --net -- "$LAB_PARTS/host-on" "$LAB_STATE" "$cluster" "$host"
		host_watch "$cluster" "$host"
	fi
	keeper_wait_ready "$dir" || die "$host did not come up: $(last_words "$dir" boot)"
	said=$(cat "/proc/$(host_init "$dir")/root/run/tsh/boot")
	[ "$said" = ready ] ||
		die "$host is on, but $said: $(last_words "$dir" "${said%% *}")"
}

# What powers the host on again once it has rebooted.
host_watch() {
	(
		exec </dev/null >/dev/null 2>&1
		close_other_descriptors
		exec 8>&- 9>&-
		exec setsid "$LAB_PARTS/host-again" "$LAB_STATE" "$1" "$2"
	) &
}

# The end of what was written before the host had a root, and of its log NAME.
last_words() {
	cat "$1/console.log" "$1/upper/var/log/$2.log" 2>/dev/null | tail -n "$LOG_LINES"
}

# Takes away what a host that is off may have left: its port (a machine without power
# does not answer) and its control groups.
host_clear() {
	in_switch "$1" ip link del "$(link_of "$1" "$2")" 2>/dev/null || true
	cgroup_remove "$(group_of "$1" "$2")"
}

# One that is just rebooting stays off.
host_power_off() {
	rm -f "$(host_dir "$1" "$2")/upper/var/lib/tsh/reboot"
	keeper_stop "$(host_dir "$1" "$2")"
	host_clear "$1" "$2"
}

host_up() {
	lock_host "$1" "$2"
	need_network "$1"
	host_prepare "$(host_dir "$1" "$2")" "$3"
	host_power_on "$1" "$2"
}

host_boot() {
	lock_host "$1" "$2"
	need_network "$1"
	need_host "$1" "$2"
	host_power_on "$1" "$2"
}

host_kill() {
	lock_host "$1" "$2"
	need_host "$1" "$2"
	host_power_off "$1" "$2"
}

# The folder gets another name before it is deleted: one that is half deleted must not
# be powered on again.
host_down() {
	local dir gone
	dir=$(host_dir "$1" "$2")
	gone=${dir%/*}/.gone-$2
	[ -d "$dir" ] || [ -d "$gone" ] || return 0
	lock_host "$1" "$2"
	rm -rf --one-file-system "$gone"
	[ -d "$dir" ] || return 0
	host_power_off "$1" "$2"
	mv -T "$dir" "$gone"
	rm -rf --one-file-system "$gone"
}

# A host that is starting is waited for: its process 1 has the machine's root at first.
host_exec() {
	local cluster=$1 host=$2 dir init
	shift 2
	need_host "$cluster" "$host"
	dir=$(host_dir "$cluster" "$host")
	if ! keeper_wait_ready "$dir" || ! init=$(host_init "$dir"); then
		die "$host is off; run scripts/lab boot $cluster $host"
	fi
	[ $# -gt 0 ] || set -- bash -l
	exec nsenter --target "$init" --mount --uts --ipc --net --pid --cgroup --root -- \
		env -i -C /root HOME=/root USER=root TERM="${TERM:-dumb}" LANG=C.UTF-8 container=tsh-lab \
		PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

host_image() {
	host_exec "$1" "$2" sh -eu -s -- "${3:-lab/busybox}" <"$LAB_PARTS/make-image"
}

host_state() {
	if is_powered "$1"; then echo on; else echo off; fi
}

list() {
	local cluster host dir
	for cluster in ${1:-$(clusters)}; do
		for host in $(hosts_of "$cluster"); do
			dir=$(host_dir "$cluster" "$host")
			printf '%s\t%s\t%s\t%s\n' "$cluster" "$host" "$(host_state "$dir")" \
				"$(setting "$dir" addresses)"
		done
	done
}

# Each host in a process of its own: they go at the same time, as they came.
purge_cluster() {
	local cluster=$1 host jobs=() job
	for host in $(hosts_of "$cluster"); do
		(host_down "$cluster" "$host") &
		jobs+=($!)
	done
	for job in "${jobs[@]}"; do
		wait "$job" || die "$cluster: not all hosts could be taken down"
	done
	network_down "$cluster"
}

# What still runs although its folder is gone: somebody deleted the state by hand.
purge_strays() {
	local group
	for group in $(cgroup_own "$1"); do
		cgroup_kill "$group"
		cgroup_remove "$group"
	done
}

purge() {
	local cluster
	for cluster in ${1:-$(clusters)}; do
		purge_cluster "$cluster"
	done
	purge_strays "${1-}"
	cgroup_locked cgroup_sweep
}

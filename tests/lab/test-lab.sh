#!/usr/bin/env bash
# test-lab.sh - proves that hosts of the lab behave like machines and leave nothing behind.
#
# Prints "ok NAME" or "not ok NAME" for each check; ends non-zero if one failed. Needs root.
# Everything is in a state folder of its own. In a network namespace with only loopback it
# reaches nothing but its own hosts; elsewhere too, as long as 10.201.0.0/16 is free.
set -euo pipefail

TESTS=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
LAB=${TESTS%/*/*}/scripts/lab
WORK=$(mktemp -d /tmp/tsh-test-lab.XXXXXX)
export LAB_STATE=$WORK/state
CLUSTER=laba
OTHER=laba-other
# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
. "$TESTS/../lib/check.sh"

finish() {
	"$LAB" purge || true
	rm -rf --one-file-system "$WORK"
}
trap finish EXIT

# Whether a command ends with exit code CODE.
ends_with() {
	local code=$1 got=0
	shift
	"$@" || got=$?
	[ "$got" = "$code" ]
}

on() {
	local host=$1
	shift
	"$LAB" exec "$CLUSTER" "$host" -- "$@"
}

over_ssh() {
	local address=$1
	shift
	ssh -o UserKnownHostsFile="$WORK/known_hosts" -o StrictHostKeyChecking=accept-new \
		-o BatchMode=yes -o ConnectTimeout=10 -i "$WORK/key" "root@$address" "$@"
}

# ---- network ----

operator_has() { ip -o addr show | grep -F " $1 "; }

test_network() {
	check "network-up makes the cluster's network" \
		"$LAB" network-up "$CLUSTER" 10.201.0.0/24,fd00:201:0:7::/64
	check "network-up again changes nothing" \
		"$LAB" network-up "$CLUSTER" 10.201.0.0/24,fd00:201:0:7::/64
	check "the operator has the first IPv4 address" operator_has 10.201.0.1/24
	check "the operator has the first IPv6 address" operator_has fd00:201:0:7::1/64
	check "an overlapping network is refused" refuses "$LAB" network-up "$OTHER" 10.201.0.128/25
	"$LAB" purge "$OTHER"
	check "a cluster's network is not changed under it" \
		refuses "$LAB" network-up "$CLUSTER" 10.201.9.0/24
}

# ---- hosts ----

up() {
	local n=$1
	shift
	"$LAB" up "$CLUSTER" "h$n" "10.201.0.1$n/24,fd00:201:0:7::1$n/64" \
		--authorized-keys "$WORK/key.pub" "$@"
}

three_up() {
	local n jobs=()
	for n in 1 2 3; do
		up "$n" &
		jobs+=($!)
	done
	for n in "${jobs[@]}"; do
		wait "$n"
	done
}

three_keys() {
	local type n
	for type in ed25519 ecdsa rsa; do
		for n in 1 2 3; do
			on "h$n" cat "/etc/ssh/ssh_host_${type}_key.pub"
		done
	done | cut -d ' ' -f 2 | sort -u >"$WORK/keys"
	[ "$(wc -l <"$WORK/keys")" = 9 ] || return 1
	! cat /etc/ssh/ssh_host_*_key.pub 2>/dev/null | grep -F -f "$WORK/keys"
}

hostname_is() { [ "$(over_ssh "$1" hostname)" = "$2" ]; }

sees_nothing_of_the_machine() {
	[ -z "$(on h1 sh -c "ls -A '${TESTS%/*/*}' '$LAB_STATE' 2>/dev/null | grep -v :")" ] &&
		[ "$(on h1 ls -A /root)" = .ssh ] &&
		refuses on h1 touch "${TESTS%/*/*}/x" &&
		[ "$(on h1 sh -c 'ls /dev | grep -c -e ^vd -e ^sd -e ^nvme')" = 0 ] &&
		refuses on h1 ls "/sys/class/net/$(ip -o link show | awk '{sub(/@.*/, "", $2)} $2 ~ /^tsh/ {print $2; exit}')"
}

listed() { "$LAB" list "$CLUSTER" | grep -Px "$CLUSTER\t$1\t$2\t.*"; }

test_hosts() {
	check "three hosts power on at the same time" three_up
	check "up again changes nothing" up 1
	check "up with other addresses is refused while the host is on" \
		refuses "$LAB" up "$CLUSTER" h1 10.201.0.99/24
	check "list shows a host that is on" listed h1 on
	check "each host has host keys of its own" three_keys
	check "a host is reached over IPv4" hostname_is 10.201.0.12 h2
	check "a host is reached over IPv6" hostname_is fd00:201:0:7::12 h2
	check "a host sees neither the checkout nor other hosts" sees_nothing_of_the_machine
	check "network-down is refused while there are hosts" refuses "$LAB" network-down "$CLUSTER"
	check "exec passes the exit code on" ends_with 7 on h1 sh -c 'exit 7'
	check "exec passes standard input on" [ "$(echo hello | on h1 cat)" = hello ]
}

# ---- swarm ----

swarm_forms() {
	local token
	over_ssh 10.201.0.11 docker swarm init --advertise-addr 10.201.0.11 || return 1
	token=$(over_ssh 10.201.0.11 docker swarm join-token -q worker)
	over_ssh 10.201.0.12 docker swarm join --token "$token" 10.201.0.11:2377 &&
		over_ssh 10.201.0.13 docker swarm join --token "$token" 10.201.0.11:2377
}

ready_nodes() { [ "$(on h1 docker node ls --format '{{.Status}}' | grep -c Ready)" = "$1" ]; }

images_made() {
	"$LAB" image "$CLUSTER" h1 && "$LAB" image "$CLUSTER" h2 && "$LAB" image "$CLUSTER" h3
}

service_made() {
	on h1 docker network create --driver overlay net &&
		on h1 docker service create --detach --no-resolve-image --name web --network net \
			--endpoint-mode dnsrr --replicas 3 lab/busybox \
			sh -c 'hostname >/tmp/index.html; exec httpd -f -p 8000 -h /tmp'
}

replicas_running() { [ "$(on h1 docker service ls --format '{{.Replicas}}')" = 3/3 ]; }

container_on() { on "$1" docker ps --quiet --filter label=com.docker.swarm.service.name=web; }

# The addresses that the name of the service has, asked from HOST's replica.
addresses_seen_on() {
	on "$1" docker exec "$(container_on "$1")" nslookup web 127.0.0.11 |
		sed -n '/^Name:/,$s/^Address[^:]*: *\([0-9.]*\).*/\1/p' | sort -u
}

# From every host the name has three addresses, and a replica answers on each of them.
replicas_find_each_other() {
	local host address
	for host in h1 h2 h3; do
		addresses_seen_on "$host" >"$WORK/addresses"
		[ "$(wc -l <"$WORK/addresses")" = 3 ] || return 1
		while read -r address; do
			on "$host" docker exec "$(container_on "$host")" \
				sh -c "echo 'GET / HTTP/1.0' | nc -w 5 $address 8000 | grep '200 OK'" </dev/null || return 1
		done <"$WORK/addresses"
	done
}

test_swarm() {
	check "a swarm forms over ssh" swarm_forms
	check "its three nodes are ready" within 60 ready_nodes 3
	check "image gives every host something to run" images_made
	check "a service starts on an overlay network" service_made
	check "its three replicas run" within 60 replicas_running
	check "the replicas find and reach each other by name" within 60 replicas_find_each_other
}

# ---- power ----

answers() { timeout 2 bash -c ": </dev/tcp/$1/22"; }

node_state() { on h1 docker node inspect "$1" --format '{{.Status.State}}'; }

state_is() { [ "$(node_state h3)" = "$1" ]; }

test_power() {
	local id
	id=$(on h3 docker info --format '{{.Swarm.NodeID}}')
	check "kill cuts the power" "$LAB" kill "$CLUSTER" h3
	check "list shows a host that is off" listed h3 off
	check "a host without power does not answer" refuses answers 10.201.0.13
	check "exec on it is refused" refuses on h3 true
	check "the swarm sees it down" within 40 state_is down
	check "boot" "$LAB" boot "$CLUSTER" h3
	check "it is the same node again" \
		[ "$(on h3 docker info --format '{{.Swarm.NodeID}}')" = "$id" ]
	check "the swarm sees it ready" within 40 state_is ready
	check "it kept its host keys" hostname_is 10.201.0.13 h3
	"$LAB" kill "$CLUSTER" h1
	check "a manager boots" "$LAB" boot "$CLUSTER" h1
	check "a manager keeps its swarm" within 60 ready_nodes 3
}

# ---- services of a host ----

label_is() { [ "$(over_ssh 10.201.0.12 docker info --format '{{.Labels}}')" = "[$1]" ]; }

settings_changed() {
	echo '{"labels": ["rack=7"]}' | over_ssh 10.201.0.12 'cat >/etc/docker/daemon.json' &&
		over_ssh 10.201.0.12 service docker restart && label_is rack=7
}

daemon_pid() { over_ssh 10.201.0.12 cat /run/tsh/docker.pid; }

restarted() { [ "$(daemon_pid)" != "$1" ] && label_is rack=7; }

daemon_crashes() {
	local pid
	pid=$(daemon_pid)
	over_ssh 10.201.0.12 kill -KILL "$pid" && within 60 restarted "$pid"
}

test_services() {
	check "service docker restart takes new settings" settings_changed
	check "a dockerd that dies is started again" daemon_crashes
	check "service docker stop stops it" over_ssh 10.201.0.12 service docker stop
	check "service docker status says so" ends_with 3 over_ssh 10.201.0.12 service docker status
	check "service docker start starts it" over_ssh 10.201.0.12 service docker start
	check "service docker status says that too" over_ssh 10.201.0.12 service docker status
	check "service ssh restart keeps the session" \
		[ "$(over_ssh 10.201.0.12 'service ssh restart && echo kept')" = kept ]
	check "sshd answers after that" hostname_is 10.201.0.12 h2
}

ran_once() { [ "$(on h4 cat /root/ran)" = once ]; }

test_first_boot() {
	printf '#!/bin/sh\necho once >>/root/ran\n' >"$WORK/user-data"
	check "a host without dockerd powers on" up 4 --no-docker --user-data "$WORK/user-data"
	check "its dockerd does not run" refuses on h4 docker version
	check "its user data ran" within 60 ran_once
	check "its dockerd starts when asked" on h4 service docker start
	check "its dockerd answers then" on h4 docker version
	"$LAB" kill "$CLUSTER" h4
	"$LAB" boot "$CLUSTER" h4
	check "its user data did not run again" ran_once
}

# ---- clusters and clean-up ----

clusters_are_apart() {
	"$LAB" network-up "$OTHER" 10.201.1.0/24 &&
		"$LAB" up "$OTHER" h1 10.201.1.11/24 --no-docker &&
		answers 10.201.1.11 &&
		refuses "$LAB" exec "$OTHER" h1 timeout 2 bash -c ': </dev/tcp/10.201.0.11/22' &&
		"$LAB" purge "$OTHER" && refuses answers 10.201.1.11 && answers 10.201.0.11
}

gone() { [ ! -e "$LAB_STATE/$CLUSTER/hosts/$1" ] && refuses listed "$1" '.*'; }

# Starts a host and kills the command with SIGKILL after DELAY seconds, then takes it down.
killed_after() {
	local pid
	setsid "$LAB" up "$CLUSTER" h5 10.201.0.15/24 >/dev/null 2>&1 &
	pid=$!
	sleep "$1"
	kill -KILL -- "-$pid" 2>/dev/null || kill -KILL "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || true
	"$LAB" down "$CLUSTER" h5 && gone h5
}

unchanged() { "$LAB" snapshot | diff "$WORK/before" -; }

test_clean_up() {
	local delay
	check "two clusters do not reach each other" clusters_are_apart
	check "down deletes a host" "$LAB" down "$CLUSTER" h4
	check "the deleted host is gone" gone h4
	check "down again changes nothing" "$LAB" down "$CLUSTER" h4
	for delay in 0.01 0.05 0.1 0.2 0.5; do
		check "a host whose start was killed after $delay s can be taken down" killed_after "$delay"
	done
	check "purge takes everything" "$LAB" purge
	check "nothing is left behind" unchanged
}

# The processes in the control groups of any lab with this cluster name.
inner_processes() {
	find /sys/fs/cgroup -path "*/tsh-*.$CLUSTER.*/cgroup.procs" -exec cat {} + | grep .
}

inner_groups() { find /sys/fs/cgroup -name "tsh-*.$CLUSTER*" | grep .; }

# A lab in namespaces of its own, killed as a whole: nothing but empty control groups may
# be left, and the next command takes those.
namespace_killed() {
	local pid
	"$LAB" snapshot >"$WORK/before"
	# shellcheck disable=SC2016 # the inner shell expands its own arguments
	unshare --mount --pid --net --fork --mount-proc --kill-child bash -euc '
		mount -t tmpfs tmpfs "$2"
		export LAB_STATE=$2/state
		"$1" network-up "$3" 10.201.0.0/24
		"$1" up "$3" h1 10.201.0.11/24
		touch "$4"
		sleep infinity' _ "$LAB" "$WORK/inner" "$CLUSTER" "$WORK/inner-up" &
	pid=$!
	within 60 test -e "$WORK/inner-up" && inner_processes || return 1
	rm -f "$WORK/inner-up"
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null || true
	within 60 refuses inner_processes && "$LAB" purge && refuses inner_groups && unchanged
}

# Somebody deletes the state folder while hosts are on.
state_deleted() {
	"$LAB" network-up "$CLUSTER" 10.201.0.0/24 && up 1 && inner_processes || return 1
	rm -rf "$LAB_STATE"
	"$LAB" purge && within 60 refuses inner_processes && unchanged
}

test_killed_namespace() {
	mkdir "$WORK/inner"
	check "a lab whose namespace is killed leaves nothing" namespace_killed
	check "a lab whose state was deleted can be purged" state_deleted
}

test_usage() {
	check "an unknown command is refused with exit 2" ends_with 2 "$LAB" explode
	check "a bad name is refused with exit 2" ends_with 2 "$LAB" up ../x h1 10.201.0.11/24
	check "a bad address is refused with exit 2" ends_with 2 "$LAB" up "$CLUSTER" h1 10.201.0.11
	check "a host without a network is refused" refuses "$LAB" up "$CLUSTER" h1 10.201.0.11/24
	"$LAB" purge
}

main() {
	ssh-keygen -q -t ed25519 -N '' -f "$WORK/key"
	play test_usage
	"$LAB" snapshot >"$WORK/before"
	play test_network test_hosts test_swarm test_power test_services test_first_boot test_clean_up \
		test_killed_namespace
	finish_tests
}

main

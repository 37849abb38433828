# restores.sh - what the tests of restore-swarm share: archives, hosts with new disks, and whether
# what comes out is a swarm. Sourced after lib.sh; THERE is restore-swarm's folder on a host, and
# host 4 is the worker.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2153 # SWARM and NODE are of those who source it, CODE is of lib.sh

THERE=/var/lib/restore-swarm
ARCHIVES=$WORK/archives

# ---- what is asked ----

# managed_by N...: these hosts are the managers that a backup is told of.
managed_by() { MANAGERS=$(for n; do addr "$n"; done | paste -sd ,); }

# archived [OPTION...]: the swarm's state into $ARCHIVE, of $NODE of $SWARM.
archived() {
	rm -rf "$ARCHIVES"
	mkdir "$ARCHIVES"
	ask backup-swarm --to "$ARCHIVES" "$@"
	[ "$CODE" = 0 ] || { failed "an archive is made" && return 1; }
	ARCHIVE=$(result file) NODE=$(result node_id) SWARM=$(result cluster_id)
}

# restore N [OPTION...]: $ARCHIVE onto host N.
restore() {
	local n=$1
	shift
	helper restore-swarm "$n" --from "$ARCHIVE" "$@"
}

peers() { for n; do addr "$n"; done | paste -sd ,; }
dockerd_of() { on "$1" pgrep -x dockerd; }
answers() { on "$1" timeout 5 docker version >/dev/null 2>&1; }
tokens() { for role in manager worker; do on "$1" docker swarm join-token -q "$role"; done; }
configs() { on "$1" docker config ls --format '{{.Name}}' | sort | paste -sd ' '; }
containers() { on "$1" docker ps -q --no-trunc | sort; }
config() { echo "$2" | on "$1" docker config create "$2" - >"$WORK/said"; }
host_of() { for n in $(seq "$HOSTS"); do [ "$(on "$n" docker info --format '{{.Swarm.NodeID}}')" != "$1" ] || echo "$n"; done; }

# lost N...: these hosts have new disks.
lost() {
	local n
	for n; do
		on "$n" service docker stop >/dev/null
		on "$n" rm -rf /var/lib/docker/swarm
	done
	for n; do
		on "$n" service docker start >/dev/null
		within 30 in_no_swarm "$n" || failed "host $n has a new disk"
	done
}

restart() { on "$1" service docker restart >/dev/null && within 60 answers "$1"; }

# What finds a manager that tells a wrong address: one joins, then every engine starts anew.
# grows FIRST NEW: and still they are a swarm.
grows() {
	local n
	on "$2" docker swarm join --token "$(on "$1" docker swarm join-token -q manager)" --advertise-addr "$(addr "$2")" "$(addr "$1"):2377" >/dev/null || return 1
	within 60 all_ready "$1" || return 1
	for n in "$2" 4 "$1"; do restart "$n" || return 1; done
	within 60 all_ready "$1" && config "$1" after-all && within 60 all_ready "$2"
}

# without_managers N: what manager N has of others that do not live any more.
without_managers() {
	on "$1" sh -c "docker node ls --filter role=manager --format '{{.ID}} {{.Self}}' | sed -n 's/ false//p' | xargs -r -n 1 sh -c 'docker node demote \$0; docker node rm --force \$0'" >"$WORK/said" 2>&1 || true
}

nothing_left() { on "$1" test ! -e "$THERE" && on "$1" test ! -e /var/lib/docker/swarm.restore; }

# What a restore that is refused must not change
picture() { on "$1" sh -c "pgrep -x dockerd; ls -laR /var/lib/docker/swarm $THERE /var/lib/docker/swarm.restore 2>&1; docker ps -q"; }

# only_old IDS: the containers of the worker are these.
only_old() { [ "$(containers 4)" = "$1" ]; }

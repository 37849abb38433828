#!/usr/bin/env bash
# test-backup-systemd.sh - that systemd as process 1 starts Docker again whatever is killed of
# the scripts which copy a swarm's state and put it back: with the scripts alone, and a stand-in
# for docker.service, in namespaces. The hosts of the lab have no systemd.
set -euo pipefail

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
SYSTEMD=/lib/systemd/systemd
WORK=$(mktemp -d /tmp/tsh-test-backup.XXXXXX)
INIT=
# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
. "$ROOT/tests/lib/check.sh"
# shellcheck source=tests/readme.sh
. "$ROOT/tests/readme.sh"

clean_up() {
	[ -z "$INIT" ] || kill -KILL "$INIT" 2>/dev/null || true
	wait
	rm -rf --one-file-system "$WORK"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

# ---- the machine ----

# write_script NAME: the script of helpers/docker/NAME.c as the executable has it.
write_script() {
	printf '#include "docker/%s.h"\n#include <stdio.h>\nint main(void) { return fputs(docker_%s, stdout) < 0; }\n' "$1" "$1" |
		gcc -I"$ROOT/helpers" -o "$WORK/print" -xc - "$ROOT/helpers/docker/$1.c"
	"$WORK/print"
}

# An engine that needs a second to stop, which may be started as often as Docker's own.
write_units() {
	local units=$1/etc/systemd/system unit
	rm -rf "$units"/*.wants "$units"/docker.*
	for unit in systemd-udevd.service systemd-udevd-control.socket systemd-udevd-kernel.socket systemd-resolved.service \
		systemd-networkd.service systemd-timesyncd.service systemd-logind.service getty@tty1.service console-getty.service; do
		ln -sf /dev/null "$units/$unit"
	done
	cat >"$units/docker.service" <<-'END'
		[Unit]
		Requires=docker.socket
		StartLimitBurst=3
		StartLimitIntervalSec=60s
		[Service]
		ExecStart=/bin/sh -c 'trap "sleep 1; exit 0" TERM; while :; do sleep 0.1; done'
	END
	printf '[Socket]\nListenStream=/run/docker.sock\n' >"$units/docker.socket"
	printf '#!/bin/sh\nexec systemctl --quiet is-active docker.service\n' >"$1/usr/local/bin/docker"
	chmod +x "$1/usr/local/bin/docker"
	mkdir -p "$units/multi-user.target.wants" "$1/srv/docker/swarm/raft/wal" "$1/srv/docker/swarm/certificates"
	ln -sf ../docker.service "$units/multi-user.target.wants/"
	ln -sf "$SYSTEMD/../system/multi-user.target" "$units/default.target"
	head -c 100000000 /dev/zero >"$1/srv/docker/swarm/raft/wal/0.wal"
}

# In its namespaces; becomes process 1.
become_machine() {
	local root=$WORK/root folder
	hostname backup-systemd
	mount -t tmpfs tmpfs "$WORK/disk"
	mkdir "$WORK/disk/upper" "$WORK/disk/work"
	mount -t overlay overlay -o "lowerdir=/,upperdir=$WORK/disk/upper,workdir=$WORK/disk/work,index=off" "$root"
	write_units "$root"
	cp "$WORK/copy" "$WORK/place" "$WORK/schedule" "$root/srv"
	cd "$root"
	mount -t proc proc proc
	mount -t sysfs sysfs sys
	mount --rbind /dev dev
	for folder in run tmp sys/fs/cgroup; do mount -t tmpfs tmpfs "$folder"; done
	mkdir sys/fs/cgroup/systemd
	mount -t cgroup -o none,name=systemd,xattr cgroup sys/fs/cgroup/systemd || mount -t cgroup2 cgroup2 sys/fs/cgroup
	pivot_root . .
	umount -l .
	exec env -i container=lab PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		"$SYSTEMD" --log-target=console --show-status=0
}

on() { nsenter -t "$INIT" --mount --pid --uts --ipc --net -- "$@"; }
is_up() { [ "$(on systemctl is-active docker.service docker.socket 2>&1 | paste -sd ' ')" = 'active active' ]; }

machine_begin() {
	write_script state_script >"$WORK/copy"
	write_script state_place_script >"$WORK/place"
	cp "$ROOT/modules/swarm/schedule-backup.sh" "$WORK/schedule"
	mkdir "$WORK/root" "$WORK/disk"
	unshare --mount --uts --ipc --net --pid --cgroup --fork --kill-child --propagation private -- \
		"${BASH_SOURCE[0]}" --machine "$WORK" >"$WORK/boot" 2>&1 &
	within 30 has_init "$!"
	check "systemd has started the stand-in for Docker" within 60 is_up || cat "$WORK/boot"
}

has_init() { INIT=$(pgrep -P "$1") && [ "$(tr '\0' ' ' <"/proc/$INIT/cmdline" | cut -d ' ' -f 1)" = "$SYSTEMD" ]; }

# ---- by hand ----

# A stand-in, since the machine has no sshd: writes down what runs as each command begins.
write_ssh() {
	mkdir "$WORK/programs"
	cat >"$WORK/programs/ssh" <<-END
		#!/bin/sh
		shift
		on() { nsenter -t $INIT --mount --pid --uts --ipc --net -- "\$@"; }
		on systemctl is-active docker.service docker.socket </dev/null | paste -sd ' ' >>"$WORK/states"
		on sh -c "\$*"
	END
	chmod +x "$WORK/programs/ssh"
}

# The commands of docs/backup.md are for the init of the lab's hosts and for this one.
test_by_hand() {
	local engine
	mkdir -p "$WORK/mine/swarm"
	touch "$WORK/mine/swarm/is-new"
	tar -C "$WORK/mine" -czf "$WORK/mine/swarm.tar.gz" swarm
	on mkdir -p /var/lib/docker
	write_ssh
	engine=$(on systemctl show -p MainPID docker.service)
	PATH=$WORK/programs:$PATH check "put back by hand, word for word" \
		readme_run "$ROOT/docs/backup.md" 'ssh root@10.0.1.11' "$WORK/mine" ''
	equal "by hand: neither the engine nor its socket runs meanwhile" 'active active,inactive inactive,inactive inactive' "$(paste -sd , "$WORK/states")"
	check "by hand: Docker is up" within 30 is_up
	check "by hand: it is another engine" refuses test "$engine" = "$(on systemctl show -p MainPID docker.service)"
	check "by hand: the state is there" on test -e /var/lib/docker/swarm/is-new
}

# ---- copies ----

THERE=/var/lib/backup-swarm JOB=copy UNIT=backup-swarm-copy.service

copy() { on env ROOT=/srv/docker SOCKET=/run/docker.sock COPY=stopped sh /srv/copy; }
unit_is_gone() { ! on systemctl show -p ActiveState "$UNIT" | grep -E '=(active|activating|deactivating)$'; }

# Four in a minute are more than systemd takes of itself.
test_often() {
	local n
	for n in 1 2 3 4 5; do
		copy >"$WORK/said" 2>&1 || true
		equal "copy $n of a minute: done" copied "$(tail -n 1 "$WORK/said" | cut -d ' ' -f 1)"
		check "copy $n of a minute: Docker is up" is_up
	done
}

# shellcheck disable=SC2016 # the machine's shell
end_of() {
	case $1 in
	job) on sh -c 'kill -KILL $(cat "$0")' "$THERE/$JOB.pid" ;;
	step) on sh -c 'pkill -KILL -P $(cat "$0")' "$THERE/$JOB.pid" ;;
	shell) on pkill -KILL -f "^sh /srv/$JOB" ;;
	unit) on systemctl kill -s KILL "$UNIT" ;;
	esac >/dev/null 2>&1
}

# One that has not begun to end yet is up, too.
stays_up() { is_up && sleep 2 && is_up; }

# killed WHOM SECONDS: so long after $JOB has begun
killed() {
	"$JOB" >"$WORK/said" 2>&1 &
	local working=$!
	within 30 on test -e "$THERE/$JOB.pid" || { failed "killed: $1 after $2 s: it has begun" && return; }
	sleep "$2"
	# at its end there may be nothing left to kill
	end_of "$1" || true
	check "$JOB killed: $1 after $2 s: Docker is back" within 30 stays_up
	wait "$working" || true
	within 30 unit_is_gone
}

# mutant helpers/docker/state_shell.h STATE_SHELL_CONTROL: text systemctl reset-failed => true
#   with test_often
# mutant helpers/docker/state_shell.h STATE_SHELL_GUARDED: text start $units => --version
test_killed() {
	local whom at
	for whom in job step shell unit; do
		for at in 0 0.3 0.8 1.2; do
			killed "$whom" "$at"
			on rm -rf "$THERE"
		done
	done
}

# ---- put back ----

# The state that is put in its place, as large as that which it takes the place of
pack() {
	on mkdir -p /srv/new/swarm/certificates "$THERE"
	on cp -r /srv/docker/swarm/raft /srv/new/swarm
	on touch /srv/new/swarm/is-new /srv/new/swarm/certificates/swarm-root-ca.crt
	on tar -C /srv/new -czf /srv/state.tar.gz swarm
	on rm -r /srv/new
	SUM=$(on sha256sum /srv/state.tar.gz | cut -d ' ' -f 1)
	CA_SUM=$(sha256sum </dev/null | cut -d ' ' -f 1)
}

# How it is sent
state_arrives() {
	on rm -rf /srv/docker/swarm/is-new
	on mkdir -p "$THERE"
	on cp /srv/state.tar.gz "$THERE"
}

asked() { on env ROOT=/srv/docker SOCKET=/run/docker.sock SUM="$SUM" CA_SUM="$CA_SUM" ADDR=127.0.0.1 DO="$1" sh /srv/place; }
place() { asked place; }
is_new() { on test -e /srv/docker/swarm/is-new; }

# mutant helpers/docker/state_place_script.c docker_state_place_script: text ! put => false
#   fails place killed: job after 0 s: the state is there, and Docker up
test_place_killed() {
	local THERE=/var/lib/restore-swarm JOB=place UNIT=restore-swarm-place.service SUM CA_SUM whom at
	pack
	for whom in job step shell unit; do
		for at in 0 0.3 0.8 1.2; do
			state_arrives
			killed "$whom" "$at"
			state_arrives
			place >"$WORK/said" 2>&1 || true
			equal "place killed: $whom after $at s: the next run ends it" "the state is in its place" "$(tail -n 1 "$WORK/said")"
			check "place killed: $whom after $at s: the state is there, and Docker up" eval 'is_new && is_up'
			asked forget
		done
	done
	check "place: nothing else is left there" on test ! -e "$THERE" -a ! -e /srv/docker/swarm.restore
}

# ---- a timer ----

# schedule yes|no: as modules/swarm has a manager run it.
schedule() { on env SCHEDULE="$1" PROGRAM=/usr/local/bin/backup-swarm QUERY='{"to":"/srv"}' CERTIFICATE= sh /srv/schedule; }

# An engine that knows of one manager, and an executable that keeps what it is asked
write_stand_ins() {
	on sh -c 'cp /usr/local/bin/docker /srv/docker-before && cat >/usr/local/bin/docker && cat /usr/local/bin/docker' <<-'END'
		#!/bin/sh
		case $1 in info) echo 'n1 true' ;; *) echo 'Leader n1' ;; esac
	END
	on sh -c 'cat >/usr/local/bin/backup-swarm && chmod 755 /usr/local/bin/backup-swarm' <<-'END'
		#!/bin/sh
		[ "$1" = --version ] || printf '%s\n' "$SWARM_QUERY" >/srv/asked
	END
}

timer() { on systemctl show -p LoadState -p ActiveState -p UnitFileState --value swarm-backup.timer | grep . | paste -sd ' '; }

# mutant modules/swarm/schedule-backup.sh by_systemd: systemctl restart => true
#   fails a timer: it waits
test_timer() {
	write_stand_ins >"$WORK/said"
	check "a timer: put there" schedule yes
	equal "a timer: it waits" 'loaded active enabled' "$(timer)"
	check "a timer: what it starts ends well" on systemctl start swarm-backup.service
	equal "a timer: backup-swarm is asked as written" '{"to":"/srv"}' "$(on cat /srv/asked)"
	check "a timer: put there once more" schedule yes
	check "a timer: taken away" schedule no
	equal "a timer: it is not known any more" 'not-found inactive' "$(timer)"
	check "a timer: nothing else of it is left" on sh -c '! find /etc -name "swarm-backup*" | grep .'
	check "a timer: taken away once more" schedule no
	on cp /srv/docker-before /usr/local/bin/docker
}

if [ "${1-}" = --machine ]; then
	trap - EXIT HUP INT TERM
	rmdir "$WORK"
	WORK=$2
	become_machine
fi
if [ ! -x "$SYSTEMD" ]; then
	echo "skip Docker under systemd - this machine has no systemd"
	exit
fi
machine_begin
play test_by_hand test_often test_killed test_place_killed test_timer
finish_tests

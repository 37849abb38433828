#!/bin/sh
# Run on a manager as root: makes archives of the swarm a matter of its own timer, or with
# SCHEDULE=no takes that away again. Each manager has one, and one of them acts (below).
#
# PROGRAM is backup-swarm there, QUERY what it is asked, CERTIFICATE the text of the one that archives are
# encrypted to, or nothing.
set -eu

name=swarm-backup
folder=/etc/$name
units=/etc/systemd/system

fail() {
	echo "$1"
	exit 1
}

has_systemd() { [ -d /run/systemd/system ]; }

remove() {
	if has_systemd; then
		systemctl stop $name.timer 2>/dev/null || true
		systemctl --quiet disable $name.timer 2>/dev/null || true
	fi
	rm -rf $units/$name.service $units/$name.timer /etc/cron.d/$name /etc/periodic/15min/$name $folder
	if has_systemd; then
		systemctl daemon-reload
		systemctl reset-failed $name.timer $name.service 2>/dev/null || true
	fi
}

# The reachable manager of the lowest ID, or the one that is alone: a leader of several is not copied.
write_files() {
	umask 077
	mkdir -p $folder
	printf '%s\n' "$QUERY" >$folder/query.json
	[ -z "$CERTIFICATE" ] || printf '%s\n' "$CERTIFICATE" >$folder/certificate.pem
	printf '#!/bin/sh\nprogram=%s\n' "$PROGRAM" >$folder/run.new
	cat >>$folder/run.new <<'END'
# Makes an archive of the swarm, where that is due and this manager's turn. Keys of S3, where the
# machine has no role, are in /etc/default/swarm-backup.
set -eu
PATH=$PATH:/usr/local/bin:/snap/bin
if [ -r /etc/default/swarm-backup ]; then
	set -a
	. /etc/default/swarm-backup
	set +a
fi
self=$(docker info --format '{{.Swarm.NodeID}} {{.Swarm.ControlAvailable}}')
[ "$self" != "${self% true}" ] || exit 0
managers=$(docker node ls --filter role=manager --format '{{.ManagerStatus}} {{.ID}}' | sort)
turn=$(printf '%s\n' "$managers" | sed -n 's/^Reachable //p' | head -n 1)
[ -n "$turn" ] || turn=$(printf '%s\n' "$managers" | sed -n '2q; s/^Leader //p')
[ "$turn" = "${self% true}" ] || exit 0
SWARM_QUERY=$(cat /etc/swarm-backup/query.json)
export SWARM_QUERY
exec "$program" --query-env SWARM_QUERY
END
	chmod 700 $folder/run.new
	mv $folder/run.new $folder/run
}

# Docker is stopped meanwhile, so nothing here may depend on it.
by_systemd() {
	umask 022
	cat >$units/$name.service <<-END
		[Unit]
		Description=Archive of the swarm's state, where that is due
		Wants=network-online.target
		After=network-online.target docker.service

		[Service]
		Type=oneshot
		TimeoutStartSec=20min
		ExecStart=/bin/sh $folder/run
	END
	cat >$units/$name.timer <<-END
		[Unit]
		Description=Looks whether an archive of the swarm's state is due

		[Timer]
		OnCalendar=*:0/15
		RandomizedDelaySec=2min
		Persistent=true

		[Install]
		WantedBy=timers.target
	END
	systemctl daemon-reload
	systemctl --quiet enable $name.timer
	systemctl restart $name.timer
}

by_cron() {
	umask 022
	if [ -d /etc/cron.d ]; then
		echo "*/15 * * * * root $folder/run 2>&1 | logger -t $name" >/etc/cron.d/$name
	elif [ -d /etc/periodic/15min ]; then
		printf '#!/bin/sh\n%s/run 2>&1 | logger -t %s\n' $folder $name >/etc/periodic/15min/$name
		chmod 755 /etc/periodic/15min/$name
	else
		fail "there is neither systemd nor cron (/etc/cron.d, /etc/periodic/15min); install one of them there"
	fi
}

if [ "$SCHEDULE" = no ]; then
	remove
	exit
fi
"$PROGRAM" --version >/dev/null 2>&1 || fail "$PROGRAM is not there, or does not run; install the executables there (scripts of prepare may), or name their folder in backup.helpers_path"
write_files
if has_systemd; then by_systemd; else by_cron; fi

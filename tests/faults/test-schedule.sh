#!/usr/bin/env bash
# test-schedule.sh - terraform/lab with a timer on every manager that makes archives of the swarm: one
# of them acts, never the leader of several; what it makes can be restored; and nothing is left of it
# once the setting has gone.
set -euo pipefail

CLUSTER=fltsched
SUBNET=10.208.18
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=terraform.sh
. "$ROOT/tests/faults/terraform.sh"

MANAGERS=("$CLUSTER-manager-1" "$CLUSTER-manager-2" "$CLUSTER-manager-3")
W=$CLUSTER-worker-1

# The hosts have backup-swarm, a folder for archives, and what cron reads: none of them runs it.
begin_hosts() {
	begin_root lab
	mv "$TREE/scripts/lab" "$TREE/scripts/lab-itself"
	cat >"$TREE/scripts/lab" <<-EOF
		#!/bin/sh
		"$TREE/scripts/lab-itself" "\$@" || exit
		[ "\$1" != up ] || "$TREE/scripts/lab-itself" exec "\$2" "\$3" -- sh -c '
			mkdir -p /srv/archives /srv/metrics /etc/cron.d && cat >/usr/local/bin/backup-swarm && chmod 755 /usr/local/bin/backup-swarm' <"$BIN/backup-swarm"
	EOF
	chmod +x "$TREE/scripts/lab"
}

# cluster MANAGERS [BACKUP]: what the cluster's file says.
cluster() {
	cat >"$DIR/clusters/$CLUSTER.yaml" <<-EOF
		groups: { manager: { count: $1 }, worker: { count: 1 } }
		swarm: { ${2-} }
		lab: { subnet: $SUBNET.0/24 }
	EOF
}

# every DURATION
every() { echo "backup: { to: /srv/archives, metrics_dir: /srv/metrics, encrypt_to: $WORK/to-whom.crt, schedule: $1 }"; }

apply() { tf apply -auto-approve; }
nothing_to_do() {
	tf plan -detailed-exitcode
	expect "$1: nothing is left to do" 0
}

has_timer() { at "$1" test -e /etc/cron.d/swarm-backup && at "$1" test -x /etc/swarm-backup/run; }
has_none() { at "$1" sh -c '! ls -d /etc/cron.d/swarm-backup /etc/swarm-backup 2>/dev/null'; }
all_have() { for host in "${MANAGERS[@]}"; do has_timer "$host" || return 1; done; }
none_has() { for host in "${MANAGERS[@]}" "$W"; do has_none "$host" || return 1; done; }

# What cron would run, on every manager, one after the other
due() { for host in "${MANAGERS[@]}"; do at "$host" /etc/swarm-backup/run || return 1; done; }

# "HOST NAME" of every archive
archives() { for host in "${MANAGERS[@]}"; do at "$host" find /srv/archives -name 'swarm-*' -printf "$host %f\n"; done; }
leader() { at "${MANAGERS[0]}" docker node ls --format '{{.Hostname}} {{.ManagerStatus}}' | sed -n 's/ Leader$//p'; }
dockerd_of() { at "$1" pgrep -x dockerd; }
opens() { at "$1" cat "/srv/archives/$2" | openssl cms -decrypt -inform DER -inkey "$WORK/to-whom.key" -out "$WORK/opened" && tar -tzf "$WORK/opened" >"$WORK/names"; }

# mutant modules/swarm/schedule-backup.sh -: [ "$turn" = "${self% true}" ] => true
#   fails when it is due: every manager ends well
# mutant helpers/ssh/root_read.c read_here: take() => 0
#   fails when it is due: every manager ends well
test_three() {
	local led engine made
	cluster 3 "$(every 1h)"
	apply
	expect "three managers: made" 0 "Apply complete!"
	check "three managers: each has a timer" all_have
	check "three managers: a worker has none" has_none "$W"
	nothing_to_do "three managers"
	led=$(leader) engine=$(dockerd_of "$(leader)")
	check "when it is due: every manager ends well" due
	made=$(archives)
	equal "when it is due: one archive is made" 1 "$(wc -l <<<"$made")"
	check "when it is due: not of the leader" test "${made% *}" != "$led"
	equal "when it is due: whose engine runs on" "$engine" "$(dockerd_of "$led")"
	# shellcheck disable=SC2086 # host and name
	check "when it is due: it opens with the key" opens $made
	check "when it is due: the metric is there" at "${made% *}" grep -r swarm_backup_last_success_timestamp_seconds /srv/metrics
	check "when it is not due: every manager ends well" due
	equal "when it is not due: none is made" "$made" "$(archives)"
	cluster 3 "$(every 1ms)"
	apply
	expect "another schedule: applied" 0 "6 added, 0 changed, 6 destroyed"
	check "another schedule: every manager ends well" due
	equal "another schedule: one more is made" 2 "$(archives | wc -l)"
	cluster 3
	apply
	expect "no schedule any more: applied" 0 "9 destroyed"
	check "no schedule any more: nothing of it is left" none_has
	nothing_to_do "no schedule any more"
	tf destroy -auto-approve
	expect "three managers: destroyed" 0 "Destroy complete!"
}

test_sole() {
	cluster 1 "$(every 1h)"
	MANAGERS=("$CLUSTER-manager-1")
	apply
	expect "a sole manager: made" 0 "Apply complete!"
	check "a sole manager: when it is due: it ends well" due
	equal "a sole manager: when it is due: one archive is made" 1 "$(archives | wc -l)"
	at "${MANAGERS[0]}" rm /usr/local/bin/backup-swarm
	cluster 1 "$(every 2h)"
	apply
	expect "no executable there: refused" 1 "/usr/local/bin/backup-swarm is not there, or does not run"
	"$LAB" down "$CLUSTER" "${MANAGERS[0]}"
	tf destroy -auto-approve
	expect "a manager that is gone: destroyed all the same" 0 "Destroy complete!"
}

openssl req -x509 -newkey rsa:2048 -nodes -keyout "$WORK/to-whom.key" -out "$WORK/to-whom.crt" -subj /CN=backup -days 2 2>"$WORK/openssl"
begin_hosts
play test_three test_sole
finish_tests

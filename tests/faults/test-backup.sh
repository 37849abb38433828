#!/usr/bin/env bash
# test-backup.sh - archives of a swarm's state: from which manager, what is refused, what is in
# them and that an engine takes them back; what is kept; and that Docker runs again whatever is
# killed meanwhile.
set -euo pipefail

CLUSTER=fltback
SUBNET=10.208.17
HOSTS=3
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

lab_begin "$HOSTS"
THERE=/var/lib/backup-swarm
CERTIFICATE=$WORK/to-whom.crt
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$WORK/to-whom.key" -out "$CERTIFICATE" -subj /CN=backup -days 2 2>"$WORK/openssl"

# ---- what is asked ----

# backup [OPTION...]: into the folder $TO.
backup() {
	ask backup-swarm --to "$TO" "$@"
	cp "$WORK/out" "$WORK/result"
}

fresh() {
	local n
	TO=$WORK/archives
	rm -rf "$TO"
	mkdir "$TO"
	MANAGERS=$(for n in $(seq $#); do addr "$n"; done | paste -sd ,)
	new_swarm "$@"
}

of_result() { jq -er ".$1" "$WORK/result"; }
archives() { find "$TO" -type f -printf '%f\n' | sort; }
cluster_id() { on 1 docker info --format '{{.Swarm.Cluster.ID}}'; }
id_of() { on "$1" docker info --format '{{.Swarm.NodeID}}'; }
leader() { on 1 docker node ls --format '{{.Hostname}} {{.ManagerStatus}}' | sed -n "s/^$CLUSTER-\(.*\) Leader$/\1/p"; }
dockerd_of() { on "$1" pgrep -x dockerd; }
answers() { on "$1" timeout 5 docker version >/dev/null 2>&1; }
tokens() { for role in manager worker; do on 1 docker swarm join-token -q "$role"; done; }
manifest() { tar -xzOf "$1" manifest.json; }

# Nothing but archives is left, here and there.
nothing_left() {
	local n
	[ -z "$(find "$TO" -name '.*' -type f)" ] || { ls -la "$TO" && return 1; }
	for n in $(seq "$HOSTS"); do on "$n" test ! -e "$THERE" || return 1; done
}

# ---- a sole manager ----

# takes_back NAME: the swarm of the last archive has what it had then, not what came later.
takes_back() {
	local id before file
	id=$(cluster_id)
	before=$(tokens)
	file=$(of_result file)
	echo later | on 1 docker config create later - >"$WORK/said"
	check "$1: an engine takes it back" restored "$file"
	equal "$1: it is the same swarm" "$id" "$(cluster_id)"
	equal "$1: with the same tokens" "$before" "$(tokens)"
	equal "$1: with what it had then" "$2" "$(on 1 docker config ls --format '{{.Name}}' | sort | paste -sd ' ')"
}

# mutant helpers/swarm/backup_write.c swarm_backup_write: archive_writer_finish() => 0
#   fails a sole manager: the file is the one in the result
# mutant helpers/docker/state_copy.c docker_state_forget: text rm -rf => true
#   fails a sole manager: nothing else is left
test_sole() {
	fresh manager
	echo kept | on 1 docker config create kept - >"$WORK/said"
	local id file
	id=$(cluster_id)
	backup
	expect_done "a sole manager: done" cluster_id "$id" node_id "$(id_of 1)"
	file=$(of_result file)
	equal "a sole manager: the file is the one in the result" "$(of_result sha256)" "$(sha256sum <"$file" | cut -d ' ' -f 1)"
	equal "a sole manager: for its owner alone" 600 "$(stat -c %a "$file")"
	equal "a sole manager: the manifest comes first" manifest.json "$(tar -tzf "$file" | head -n 1)"
	check "a sole manager: nothing else is left" nothing_left
	check "a sole manager: Docker was stopped for some seconds" stopped_for 300 60000
	manifest "$file" >"$WORK/manifest"
	equal "a sole manager: the manifest says of what it is" "$id $(id_of 1) $(name 1) $(addr 1) false stopped" \
		"$(jq -r '"\(.cluster_id) \(.node_id) \(.hostname) \(.advertise_addr) \(.autolock) \(.copy)"' "$WORK/manifest")"
	equal "a sole manager: and until when" "$(of_result usable_until)" "$(jq -r .usable_until "$WORK/manifest")"
	check "a sole manager: no token is in the manifest" refuses grep SWMTKN "$WORK/manifest"
	check "a sole manager: the manifest has the sums of the files" sums_are_right "$file"
	takes_back "a sole manager" kept
}

stopped_for() { [ "$(of_result stopped_ms)" -gt "$1" ] && [ "$(of_result stopped_ms)" -lt "$2" ]; }

sums_are_right() {
	rm -rf "$WORK/unpacked"
	mkdir "$WORK/unpacked"
	tar -C "$WORK/unpacked" -xzf "$1"
	jq -r '.files | to_entries[] | "\(.value.sha256)  \(.key)"' "$WORK/manifest" >"$WORK/sums"
	[ "$(wc -l <"$WORK/sums")" = "$(find "$WORK/unpacked/swarm" -type f | wc -l)" ] && (cd "$WORK/unpacked" && sha256sum --quiet -c "$WORK/sums")
}

keep_writing() {
	local n=0
	while [ ! -e "$WORK/enough" ]; do
		n=$((n + 1))
		on "$1" timeout 10 sh -c "echo $n | docker config create write-$n -" >/dev/null 2>&1 || echo "write $n failed"
		sleep 0.2
	done
	echo "$n writes"
}

start_writing() {
	rm -f "$WORK/enough"
	keep_writing "$1" >"$WORK/writes" &
	WRITING=$!
}

# written: every one was taken.
written() {
	touch "$WORK/enough"
	wait "$WRITING"
	cat "$WORK/writes"
	[ "$(tail -n 1 "$WORK/writes" | cut -d ' ' -f 1)" -gt 5 ] && [ "$(wc -l <"$WORK/writes")" = 1 ]
}

has_config() { on 1 docker config ls --format '{{.Name}}' | grep -x "$1"; }

# The engine is the same process throughout.
test_running() {
	fresh manager
	local engine
	engine=$(dockerd_of 1)
	start_writing 1
	sleep 2
	backup --copy running
	expect_done "a copy of an engine that runs: done" stopped_ms 0
	check "a copy of an engine that runs: every write was taken" written
	equal "a copy of an engine that runs: it was not stopped" "$engine" "$(dockerd_of 1)"
	check "a copy of an engine that runs: nothing else is left" nothing_left
	equal "a copy of an engine that runs: the manifest says so" running "$(manifest "$(of_result file)" | jq -r .copy)"
	on 1 sh -c 'docker config ls -q | xargs docker config rm' >"$WORK/said"
	check "a copy of an engine that runs: an engine takes it back" restored "$(of_result file)"
	check "a copy of an engine that runs: with what was written before" has_config write-2
}

# ---- several managers ----

# mutant helpers/swarm/backup_choose.c pick: term n->leader => n->leader
#   fails three managers: it is not the leader's
test_three() {
	fresh manager manager manager
	local leads
	leads=$(leader)
	start_writing "$leads"
	sleep 1
	backup
	expect_done "three managers: done" cluster_id "$(cluster_id)"
	check "three managers: every write at the leader was taken" written
	check "three managers: it is not the leader's" refuses test "$(of_result node_id)" = "$(id_of "$leads")"
	equal "three managers: the leader still leads" "$leads" "$(leader)"
	check "three managers: all are reachable" all_ready 1
	equal "three managers: the manifest names them" "$(for n in 1 2 3; do id_of "$n"; done | sort | paste -sd ' ')" \
		"$(manifest "$(of_result file)" | jq -r '[.managers[].id] | sort | join(" ")')"
	equal "three managers: the lease is given back" '' \
		"$(on 1 docker info --format '{{index .Swarm.Cluster.Spec.Labels "terraform-swarm-helpers.rolling"}}')"

	MANAGERS=$(addr "$leads") backup
	expect_error "none but the leader is named: refused" 1 "none but the leader $(name "$leads")" "managers"
}

# The second waits for the first, as long as it does not know whether that one goes on.
# mutant helpers/swarm/backup.c with_lease: swarm_roll_lease_acquire() => 0
#   fails two at once: the second sees the first
test_at_once() {
	fresh manager manager manager
	start_writing "$(leader)"
	launch first backup
	check "two at once: the first copies" within 30 said_by first "copying the state"
	launch second backup
	check "two at once: the second sees the first" within 60 said_by second "whether a roll or backup that was started on $(hostname)"
	finish first
	expect_done "two at once: the first is done" cluster_id "$(cluster_id)"
	finish second
	if [ "$CODE" = 0 ]; then
		expect_done "two at once: the second is done after it, or refused" cluster_id "$(cluster_id)"
	else
		expect_error "two at once: the second is done after it, or refused" 1 "another roll or backup of this swarm is under way"
	fi
	check "two at once: every write at the leader was taken" written
}

third_unreachable() { on "$1" docker node ls --format '{{.Hostname}} {{.ManagerStatus}}' | grep -x "$(name 3) Unreachable" >/dev/null; }

# mutant helpers/swarm/backup_choose.c swarm_backup_pick: swarm_quorum_may_restart() => 0
#   fails two managers: refused
test_quorum() {
	fresh manager manager
	local engines
	engines="$(dockerd_of 1) $(dockerd_of 2)"
	backup
	expect_error "two managers: refused" 1 "nothing was stopped" "2 managers, 0 unreachable" "1 of 2"
	equal "two managers: nothing was stopped" "$engines" "$(dockerd_of 1) $(dockerd_of 2)"
	backup --copy running
	expect_done "two managers: a copy of one that runs" stopped_ms 0

	fresh manager manager manager
	on 3 service docker stop
	within 30 third_unreachable 1
	backup
	expect_error "one of three is away: refused" 1 "nothing was stopped" "3 managers, 1 unreachable" "1 of 3"
	on 3 service docker start
}

# mutant helpers/swarm/backup_choose.c swarm_backup_pick: check_lock() => 0
#   fails several managers that lock: refused
test_lock() {
	fresh manager manager manager
	on 1 docker swarm update --autolock=true >"$WORK/said"
	backup --copy running
	expect_error "several managers that lock: refused" 1 "3 managers of this swarm lock themselves" "could not be restored"
	on 1 docker swarm update --autolock=false >"$WORK/said"

	fresh manager
	on 1 docker swarm update --autolock=true >"$WORK/said"
	backup
	expect_error "a sole manager that locks: not stopped" 1 "unlock" "copy to running"
	backup --copy running
	expect_done "a sole manager that locks: copied running" stopped_ms 0
	equal "a sole manager that locks: the manifest says so" true "$(manifest "$(of_result file)" | jq -r .autolock)"
}

# ---- encrypted ----

opened() { openssl cms -decrypt -inform DER -in "$1" -inkey "$WORK/to-whom.key" -out "$WORK/opened" && tar -tzf "$WORK/opened" >"$WORK/listed" && grep -x 'swarm/certificates/swarm-node.key' "$WORK/listed"; }

flip() {
	local at byte
	at=$(($(stat -c %s "$1") / 2))
	byte=$(od -An -tu1 -j "$at" -N 1 "$1")
	# shellcheck disable=SC2059 # an octal number
	printf "\\$(printf %o $((byte ^ 1)))" | dd of="$1" bs=1 seek="$at" conv=notrunc 2>/dev/null
}

# mutant helpers/swarm/backup_write.c open_writer: archive_writer_open() => archive_writer_open(w, p->folder, name, NULL, e)
#   fails encrypted: nothing of it can be read
test_encrypted() {
	fresh manager
	backup --copy running --encrypt-to "$CERTIFICATE"
	expect_done "encrypted: done" cluster_id "$(cluster_id)"
	local file
	file=$(of_result file)
	equal "encrypted: its name says so" .tar.gz.cms "${file: -11}"
	check "encrypted: nothing of it can be read" refuses tar -tzf "$file"
	check "encrypted: OpenSSL opens it" opened "$file"
	equal "encrypted: the file is the one in the result" "$(of_result sha256)" "$(sha256sum <"$file" | cut -d ' ' -f 1)"
	flip "$file"
	check "encrypted: OpenSSL notices a bit that is another one" refuses opened "$file"
	backup --encrypt-to "$WORK/to-whom.key"
	expect_error "encrypted to what is no certificate: refused" 2 "encrypt_to" "has no certificate"
}

# ---- which are kept ----

# mutant helpers/archive/folder.c archive_folder_kept: condition usable => ++usable_ones == keep
#   fails kept: what has expired is no one of them
test_kept() {
	fresh manager
	local first old engine
	backup --copy running
	first=$(basename "$(of_result file)")
	# as if its certificate had ended
	old=${first/until-2???/until-2001}
	cp "$TO/$first" "$TO/$old"
	: >"$TO/not-ours.tar.gz"
	: >"$TO/.$first.part"
	backup --copy running --keep 2
	expect_done "kept: done"
	equal "kept: what has expired is no one of them" "$(printf '%s\n' "$first" "$(basename "$(of_result file)")" not-ours.tar.gz | sort)" \
		"$(archives | grep -vx "$old")"
	backup --copy running --keep 2
	equal "kept: the older ones go" "$(basename "$(of_result file)")" "$(archives | grep -v not-ours | tail -n 1)"
	equal "kept: as many as are wanted" 2 "$(archives | grep -vc -e not-ours -e until-2001)"
	check "kept: the first has gone" test ! -e "$TO/$first"
	check "kept: files of others stay" test -e "$TO/not-ours.tar.gz"

	engine=$(dockerd_of 1)
	first=$(of_result file)
	backup --if-older-than 1h
	expect_done "young enough: done" file "$first" sha256 "$(sha256sum <"$first" | cut -d ' ' -f 1)" stopped_ms 0 node_id "$(id_of 1)"
	equal "young enough: nothing was stopped" "$engine" "$(dockerd_of 1)"
	backup --copy running --if-older-than 1ms
	check "too old: another one is made" refuses test "$(of_result file)" = "$first"
}

# ---- refused, or no room ----

test_folder() {
	fresh manager
	local engine
	engine=$(dockerd_of 1)
	TO=$WORK/missing backup
	expect_error "no folder: refused" 1 "to:" "$WORK/missing" "No such file"
	equal "no folder: nothing was stopped" "$engine" "$(dockerd_of 1)"

	mkdir "$WORK/small"
	mount -t tmpfs -o size=32k tmpfs "$WORK/small"
	TO=$WORK/small
	backup
	expect_error "no room: refused" 1 "$WORK/small" "No space left on device"
	check "no room: Docker answers" within 30 answers 1
	check "no room: nothing is left" nothing_left
	umount "$WORK/small"
}

# As a user who becomes root with sudo.
test_who() {
	fresh manager
	on 1 useradd -m -s /bin/bash -G docker admin
	on 1 install -d -o admin -m 700 /home/admin/.ssh
	on 1 install -o admin -m 600 /root/.ssh/authorized_keys /home/admin/.ssh/authorized_keys
	backup --user admin
	expect_error "a user without sudo: refused" 1 "user admin is not root"
	echo 'admin ALL=(ALL) NOPASSWD: ALL' | on 1 tee /etc/sudoers.d/admin >"$WORK/said"
	backup --user admin
	expect_done "a user with sudo: done" node_id "$(id_of 1)"
}

# ---- killed ----

# end_of WHOM: kills one part of a backup that is under way.
# shellcheck disable=SC2016 # the host's shell
end_of() {
	case $1 in
	helper) kill -KILL "$(process_of killed)" ;;
	connection) on 1 pkill -KILL -f 'sshd: root@notty' ;;
	shell) on 1 sh -c 'kill -KILL $(ps -o ppid= -p "$(cat /var/lib/backup-swarm/guard.pid)")' ;;
	copy) on 1 sh -c 'kill -KILL $(cat /var/lib/backup-swarm/copy.pid)' ;;
	step) on 1 sh -c 'pkill -KILL -P $(cat /var/lib/backup-swarm/copy.pid)' ;;
	guard) on 1 sh -c 'kill -KILL $(cat /var/lib/backup-swarm/guard.pid)' ;;
	esac >/dev/null 2>&1
}

# Nothing that was left behind stops it again; one that has not begun to end yet answers, too.
stays_up() { answers 1 && sleep 3 && answers 1; }

# killed WHOM SECONDS: so long after the copy has begun
killed() {
	launch killed backup
	within 30 on 1 test -e "$THERE/copy.pid" || { failed "killed: $1 after $2 s: it has begun" && return; }
	sleep "$2"
	# at its end there may be nothing left to kill
	end_of "$1" || true
	check "killed: $1 after $2 s: Docker is back" within 30 stays_up
	wait "${LAUNCHED[killed]}" || true
	within 60 all_ready 1 || failed "killed: $1 after $2 s: the swarm is whole"
}

each_killed() {
	local whom at
	fresh manager
	for whom; do
		for at in 0 0.7 1.6 3; do killed "$whom" "$at"; done
	done
}

# mutant helpers/docker/state_shell.h STATE_SHELL_GUARD: text [ -e $dir/result ] || up 3 => true
test_copy_killed() {
	each_killed copy step
}

test_killed() {
	each_killed helper connection shell guard
	backup
	expect_done "killed: the next one is done" node_id "$(id_of 1)"
	check "killed: nothing is left" nothing_left
	check "killed: an engine takes the last one back" restored "$(of_result file)"
}

play test_sole test_running test_three test_at_once test_quorum test_lock test_encrypted test_kept test_folder test_who test_copy_killed test_killed
finish_tests

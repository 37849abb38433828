#!/usr/bin/env bash
# test-restore.sh - the state of a swarm put back from an archive, at the address that it had: of
# a sole manager and of several, encrypted and locked; what is refused with the host untouched;
# and that Docker runs again, and the next run goes on, whatever is killed meanwhile.
set -euo pipefail

CLUSTER=fltrest
SUBNET=10.208.18
HOSTS=4
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=restores.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/restores.sh"

lab_begin "$HOSTS"
for pair in to-whom another; do
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$WORK/$pair.key" -out "$WORK/$pair.crt" -subj /CN=backup -days 2 2>"$WORK/openssl"
done

# ---- a sole manager ----

# mutant helpers/swarm/restore_workers.c is_back: term n->updated => true
# mutant helpers/docker/state_place.c docker_state_place_forget: run() => 0
#   fails a sole manager: nothing else is left there
test_sole() {
	local before work
	managed_by 1
	new_swarm manager - - worker
	images 4
	service work --mode global --constraint node.role==worker -- sleep 1000
	config 1 kept
	archived
	before=$(tokens 1) work=$(containers 4)
	config 1 later
	service younger --constraint node.role==worker -- sleep 1000
	lost 1
	restore 1
	expect_done "a sole manager: done" outcome restored address kept cluster_id "$SWARM" node_id "$NODE" workers_back 1 workers_missing ''
	equal "a sole manager: the same tokens" "$before" "$(tokens 1)"
	equal "a sole manager: what it had then" kept "$(configs 1)"
	equal "a sole manager: containers on workers go on, but for those of younger services" "$work" "$(within 60 only_old "$work" && containers 4)"
	check "a sole manager: nothing else is left there" nothing_left 1
	check "a sole manager: a manager joins, and all engines start anew" grows 1 2
	restore 1
	expect_done "a sole manager: once more changes nothing" outcome member cluster_id "$SWARM" node_id "$NODE" workers_back 1
}

# mutant helpers/archive/envelope.c archive_envelope_open: decrypt() => 0
#   fails encrypted: done
test_encrypted() {
	managed_by 1
	new_swarm manager - - worker
	config 1 kept
	archived --copy running --encrypt-to "$WORK/to-whom.crt"
	lost 1
	local was middle
	was=$(picture 1) middle=$(($(stat -c %s "$ARCHIVE") / 2))
	restore 1
	expect_error "encrypted, without a key: refused" 2 "$ARCHIVE" "decrypt_with"
	restore 1 --decrypt-with "$WORK/another.key"
	expect_error "encrypted, another key: refused" 1 "does not open with $WORK/another.key"
	restore 1 --decrypt-with "$WORK/to-whom.crt"
	expect_error "encrypted, no key: refused" 2 "decrypt_with" "has no private key"
	flipped "$middle"
	restore 1 --decrypt-with "$WORK/to-whom.key"
	expect_error "encrypted, a bit is another one: refused" 1 "it is damaged"
	flipped "$middle"
	equal "encrypted, refused: the host is untouched" "$was" "$(picture 1)"
	restore 1 --decrypt-with "$WORK/to-whom.key"
	expect_done "encrypted: done" outcome restored workers_back 1
	equal "encrypted: what it had then" kept "$(configs 1)"
}

# flipped AT: a bit of this byte of the archive is the other one.
flipped() {
	local at=$1 byte
	byte=$(od -An -tu1 -j "$at" -N 1 "$ARCHIVE")
	# shellcheck disable=SC2059 # an octal number
	printf "\\$(printf %o $((byte ^ 1)))" | dd of="$ARCHIVE" bs=1 seek="$at" conv=notrunc 2>/dev/null
}

# mutant helpers/swarm/restore_judge.c check_lock: condition p->unlock_key => false
#   fails locked, without its key: refused
test_locked() {
	local key was
	managed_by 1
	new_swarm manager - - worker
	on 1 docker swarm update --autolock=true >"$WORK/said"
	key=$(on 1 docker swarm unlock-key -q)
	config 1 kept
	archived --copy running
	lost 1
	was=$(picture 1)
	restore 1
	expect_error "locked, without its key: refused" 2 "unlock_key_env"
	equal "locked, refused: the host is untouched" "$was" "$(picture 1)"
	on 4 service docker stop >"$WORK/said"
	UNLOCK=$key restore 1 --unlock-key-env UNLOCK --timeout 1m
	expect_done "locked: done, and the worker that is off is named" outcome restored workers_back 0 workers_missing "$(name 4)"
	on 4 service docker start >"$WORK/said"
	equal "locked: what it had then" kept "$(configs 1)"
	check "locked: the key is in no output" refuses grep -F "$key" "$WORK/out" "$WORK/err"
}

# ---- several managers ----

# mutant helpers/swarm/restore_take_up.c swarm_restore_take_up: become_the_only_one() => 0
#   fails three managers: done
test_three() {
	local first others was
	managed_by 1 2 3
	new_swarm manager manager manager worker
	config 1 kept
	archived
	first=$(host_of "$NODE")
	others=$(for n in 1 2 3; do [ "$n" = "$first" ] || echo "$n"; done | paste -sd ' ')
	within 60 all_ready 1
	lost "$first"
	was=$(picture "$first")
	# shellcheck disable=SC2086 # two hosts
	restore "$first" --peers "$(peers $others)"
	expect_error "three managers, two live: refused" 1 "is a manager of this swarm and lives" "join-node"
	restore "$first" --peers "$(addr "${others% *}")"
	expect_error "three managers, one is named and lives: refused" 1 "is a manager of this swarm and lives"
	# shellcheck disable=SC2086
	lost $others
	restore "$first"
	expect_error "three managers, none is named: refused" 1 "it cannot be ruled out that it runs" "peers" "gone"
	restore "$first" --gone "$(name "${others% *}")"
	expect_error "three managers, one is named: refused" 1 "$(name "${others#* }")" "cannot be ruled out"
	equal "three managers, refused: the host is untouched" "$was" "$(picture "$first")"
	restore "$first" --peers "$(addr "${others% *}")" --gone "$(name "${others#* }")" --timeout 4m
	expect_done "three managers: done" outcome restored address kept cluster_id "$SWARM" node_id "$NODE"
	equal "three managers: the worker is back" "1 " "$(result workers_back) $(result workers_missing)"
	equal "three managers: what it had then" kept "$(configs "$first")"
	without_managers "$first"
	check "three managers: a manager joins, and all engines start anew" grows "$first" "${others% *}"
}

# ---- refused ----

# A copy of the archive that is not what it was; each becomes $ARCHIVE.
damage() {
	local whole=$1 kind=$2 to=$WORK/damaged.tar.gz
	rm -rf "$WORK/parts" "$to"
	mkdir "$WORK/parts"
	case $kind in
	empty) : >"$to" ;;
	text) echo 'this is no archive' >"$to" ;;
	half) head -c $(($(stat -c %s "$whole") / 2)) "$whole" >"$to" ;;
	end) head -c -1 "$whole" >"$to" ;;
	# in the sum at the end: elsewhere another bit may unpack to the same, as in a run of zeros
	bit) cp "$whole" "$to" && ARCHIVE=$to flipped $(($(stat -c %s "$to") - 8)) ;;
	no-manifest) tar -C "$WORK/parts" -xzf "$whole" swarm && tar -C "$WORK/parts" -czf "$to" swarm ;;
	*)
		tar -C "$WORK/parts" -xzf "$whole"
		(cd "$WORK/parts" && "part_$kind")
		{ tar -C "$WORK/parts" -cf - manifest.json | head -c "$(to_its_end "$WORK/parts/manifest.json")" | gzip -n && packed_state "$WORK/parts" | gzip -n; } >"$to"
		;;
	esac
	ARCHIVE=$to
}

# A tar with one file, without the zeros behind it.
to_its_end() { echo $((512 + ($(stat -c %s "$1") + 511) / 512 * 512)); }

# The file "outside", if there is one, goes somewhere else when it is unpacked.
packed_state() { tar -C "$1" -cPf - --transform 's|/outside$|/../../outside|' swarm; }

part_no-certificate() { rm swarm/certificates/swarm-node.crt; }
part_no-key() { rm swarm/certificates/swarm-node.key; }
part_other-key() { sed -i 's/^M/N/' swarm/certificates/swarm-node.key; }
part_no-log() { rm -r swarm/raft/wal-*; }
part_log() { printf '\377' | dd of="$(ls swarm/raft/wal-*/*.wal)" bs=1 seek=200 conv=notrunc 2>/dev/null; }
part_format() { sed -i 's/"format":1/"format":2/' manifest.json; }
part_node() { sed -i "s/\"node_id\":\"$NODE\"/\"node_id\":\"aaaaaaaaaaaaaaaaaaaaaaaaa\"/" manifest.json; }
part_link() { ln -s /etc/passwd swarm/link; }
part_outside() { echo >swarm/outside; }
part_newer() { sed -i 's/"engine":"[^"]*"/"engine":"99.0.0"/' manifest.json; }
part_elsewhere() { sed -i 's/"advertise_addr":"[^"]*"/"advertise_addr":"10.9.9.9"/' manifest.json; }

# refused KIND CODE TEXT...
refused() {
	local kind=$1 code=$2
	damage "$WHOLE" "$kind"
	restore 1
	expect_error "an archive that cannot be used ($kind): refused" "$code" "${@:3}"
}

# mutant helpers/archive/manifest.c check_facts: condition json_equal => true
#   fails an archive that cannot be used (other-key): refused
# mutant helpers/archive/reader.c check_names: condition strncmp => false
#   fails an archive that cannot be used (outside): refused
# mutant helpers/swarm/restore_judge.c swarm_restore_judge_engine: condition version_of => true
#   fails an archive that cannot be used (newer): refused
test_damaged() {
	local was WHOLE
	managed_by 1
	new_swarm manager
	archived
	WHOLE=$ARCHIVE
	lost 1
	was=$(picture 1)
	refused empty 1 "first gzip member is none"
	refused text 1 "first gzip member is none"
	refused half 1 "it is damaged"
	refused end 1 "the gzip stream ends too early"
	refused bit 1 "from: $WORK/damaged.tar.gz" "incorrect data check"
	refused no-manifest 1 "not made by backup-swarm"
	refused no-certificate 1 "it lacks swarm/certificates/swarm-node.crt"
	refused no-key 1 "it lacks swarm/certificates/swarm-node.key"
	refused other-key 1 "not those that its manifest has sums of"
	refused no-log 1 "no raft log"
	refused log 1 ".wal"
	refused format 1 "format 2"
	refused node 1 "its manifest is of another state"
	refused link 1 "an entry that is no file"
	refused outside 1 "outside of its folder swarm: swarm/../../outside"
	refused newer 1 "Docker 99.0.0"
	refused elsewhere 1 "10.9.9.9, which this host has not"
	ARCHIVE=$WHOLE
	restore 1 --advertise-addr "$(addr 2)"
	expect_error "an address that it has not: refused" 1 "advertise_addr: this host has not the address $(addr 2)"
	restore 1 --advertise-addr eth0
	expect_error "an interface: refused" 2 "advertise_addr: eth0: expected an IP address" "$(addr 1)"
	ARCHIVE=$WORK/missing restore 1
	expect_error "no archive: refused" 2 "$WORK/missing" "No such file"
	ARCHIVE=s3://bucket/ restore 1
	expect_error "a bucket: refused" 2 "from: s3://bucket/: expected s3://bucket/key"
	equal "refused: the host is untouched" "$was" "$(picture 1)"
	restore 1
	expect_done "the whole archive: done" outcome restored
}

# mutant helpers/swarm/restore.c judge_host: is_ours() => true
test_other_swarm() {
	local was
	managed_by 1
	new_swarm manager
	archived
	on 1 docker swarm leave --force >"$WORK/said"
	on 1 docker swarm init --advertise-addr "$(addr 1)" >"$WORK/said"
	was=$(picture 1)
	restore 1
	expect_error "the host is in another swarm: refused" 1 "it is in a swarm already" "from_other_swarm"
	equal "the host is in another swarm: untouched" "$was" "$(picture 1)"
	on 1 docker swarm leave --force >"$WORK/said"
	on 2 docker swarm init --advertise-addr "$(addr 2)" >"$WORK/said"
	restore 1 --peers "$(addr 2)"
	expect_error "a peer is in another swarm: refused" 1 "$(addr 2) is in another swarm" "from_other_swarm"
	restore 1 --peers "$(addr 2)" --from-other-swarm leave
	expect_done "a peer is in another swarm, as was meant: done" outcome restored cluster_id "$SWARM"
	on 1 docker swarm leave --force >"$WORK/said"
	on 1 docker swarm init --advertise-addr "$(addr 1)" >"$WORK/said"
	restore 1 --from-other-swarm leave
	expect_done "the host leaves another swarm: done" outcome restored cluster_id "$SWARM"
}

# Whoever reaches Docker by its group is not root.
test_who() {
	local was
	managed_by 1
	new_swarm manager
	config 1 kept
	archived --copy running
	lost 1
	on 1 useradd -m -s /bin/bash -G docker admin
	on 1 install -d -o admin -m 700 /home/admin/.ssh
	on 1 install -o admin -m 600 /root/.ssh/authorized_keys /home/admin/.ssh/authorized_keys
	was=$(picture 1)
	restore 1 --user admin
	expect_error "a user without sudo: refused" 1 "user admin is not root"
	equal "a user without sudo: the host is untouched" "$was" "$(picture 1)"
	echo 'admin ALL=(ALL) NOPASSWD: ALL' | on 1 tee /etc/sudoers.d/admin >"$WORK/said"
	restore 1 --user admin
	expect_done "a user with sudo: done" outcome restored node_id "$NODE"
	equal "a user with sudo: what it had then" kept "$(configs 1)"
}

# ---- killed ----

# end_of WHOM: kills one part of a restore that is under way.
# shellcheck disable=SC2016 # the host's shell
end_of() {
	case $1 in
	helper) kill -KILL "$(process_of killed)" ;;
	connection) on 1 pkill -KILL -f 'sshd: root@notty' ;;
	shell) on 1 sh -c 'kill -KILL $(ps -o ppid= -p "$(cat /var/lib/restore-swarm/guard.pid)")' ;;
	place) on 1 sh -c 'kill -KILL $(cat /var/lib/restore-swarm/place.pid)' ;;
	step) on 1 sh -c 'pkill -KILL -P $(cat /var/lib/restore-swarm/place.pid)' ;;
	guard) on 1 sh -c 'kill -KILL $(cat /var/lib/restore-swarm/guard.pid)' ;;
	esac >/dev/null 2>&1
}

# One that has not begun to end yet answers, too.
stays_up() { answers 1 && sleep 3 && answers 1; }

# killed WHOM SECONDS: so long after the engine has begun to stop; the next run ends it.
killed() {
	lost 1
	launch killed restore 1
	within 60 on 1 test -e "$THERE/place.pid" || { failed "killed: $1 after $2 s: it has begun" && return; }
	sleep "$2"
	# at its end there may be nothing left to kill
	end_of "$1" || true
	check "killed: $1 after $2 s: Docker is back" within 30 stays_up
	wait "${LAUNCHED[killed]}" || true
	restore 1
	if [ "$CODE" = 0 ] && [ "$(configs 1)" = kept ] && nothing_left 1; then
		passed "killed: $1 after $2 s: the next run ends it"
	else
		failed "killed: $1 after $2 s: the next run ends it"
	fi
}

each_killed() {
	local whom at
	managed_by 1
	new_swarm manager
	config 1 kept
	archived
	for whom; do
		for at in 0 0.7 1.6; do killed "$whom" "$at"; done
	done
}

test_place_killed() { each_killed place step; }
test_killed() { each_killed helper connection shell guard; }

play test_sole test_encrypted test_locked test_three test_damaged test_other_swarm test_who test_place_killed test_killed
finish_tests

#!/usr/bin/env bash
# test-backup-page.sh - the commands of docs/backup.md as they stand there, by somebody whose home folder
# holds a key and the host keys: archives in a folder and in S3, opened with openssl and tar alone,
# and put back by hand, at the same address and at another one. Those that have Terraform are in
# test-restore-from.sh.
set -euo pipefail

if [ "${1-}" = --fetch ]; then exec "$(dirname -- "${BASH_SOURCE[0]}")/../../scripts/providers" versitygw; fi
# A mount namespace of its own, for a home folder and an /etc/hosts of its own: ssh goes by
# the user's entry in /etc/passwd and not by HOME.
[ "${1-}" = --inside ] || exec unshare --mount --propagation private -- "$0" --inside

CLUSTER=dev
# That of the page
SUBNET=10.0.1
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=restores.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/restores.sh"
# shellcheck source=tests/readme.sh
. "$ROOT/tests/readme.sh"

PAGE=$ROOT/docs/backup.md
MINE=$WORK/mine
# Where the page's bucket is without an `endpoint`
S3_NAME=s3.eu-west-1.amazonaws.com
BUCKET=$WORK/objects/backups
S3=

# ---- machines, by the last number of their address ----

addr() { echo "$SUBNET.$1"; }

name() {
	case $1 in
	1[123]) echo "$CLUSTER-manager-${1#1}" ;;
	2[12]) echo "$CLUSTER-worker-${1#2}" ;;
	*) echo "$CLUSTER-new" ;;
	esac
}

MANAGERS=$(addr 11),$(addr 12),$(addr 13)

machines_begin() {
	local n
	install -d -m 700 "$HOME/.ssh"
	ssh-keygen -q -t ed25519 -N '' -f "$HOME/.ssh/id_ed25519"
	cp "$HOME/.ssh/id_ed25519" "$WORK/key"
	cp "$HOME/.ssh/id_ed25519.pub" "$WORK/key.pub"
	"$LAB" network-up "$CLUSTER" "$SUBNET.0/24"
	for n in 11 12 13 15 21 22; do lab_up "$n" & done
	wait
	for n in 11 12 13 15 21 22; do
		ssh -o StrictHostKeyChecking=accept-new "root@$(addr "$n")" true </dev/null || return 1
	done
}

# No connection comes to host N from outside of the swarm, or one does again.
unreachable() { on "$1" iptables -I INPUT -p tcp --dport 22 -j REJECT --reject-with tcp-reset; }
reachable() { on "$1" iptables -D INPUT -p tcp --dport 22 -j REJECT --reject-with tcp-reset; }

# ---- the S3 server, at the name that Amazon's has ----

s3_answers() { curl -s -o /dev/null --max-time 2 --cacert "$WORK/tls.crt" "https://$S3_NAME/"; }

s3_begin() {
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$WORK/tls.key" -out "$WORK/tls.crt" -subj "/CN=$S3_NAME" \
		-addext "subjectAltName=DNS:$S3_NAME" -days 2 2>"$WORK/openssl"
	mkdir -p "$BUCKET"
	{ cat /etc/hosts && echo "127.0.0.1 $S3_NAME"; } >"$WORK/hosts"
	mount --bind "$WORK/hosts" /etc/hosts
	ROOT_ACCESS_KEY=$AWS_ACCESS_KEY_ID ROOT_SECRET_KEY=$AWS_SECRET_ACCESS_KEY "$SERVER" --port 127.0.0.1:443 --region eu-west-1 \
		--cert "$WORK/tls.crt" --key "$WORK/tls.key" posix "$WORK/objects" >>"$WORK/s3.log" 2>&1 &
	S3=$!
	within 30 s3_answers
}

end() {
	[ -z "$S3" ] || kill "$S3" 2>/dev/null || true
	umount /etc/hosts 2>/dev/null || true
	clean_up
}

# ---- what is typed ----

# typed BEGINNING: the page's block that begins so; what it prints as JSON is the result.
typed() {
	readme_run "$PAGE" "$1" "$MINE" '' || return 1
	cat "$WORK/said"
	sed -n '/^{/p' "$WORK/said" >"$WORK/result"
}

of_result() { jq -er ".$1" "$WORK/result"; }
in_s3() { find "$BUCKET" -type f -printf '%P\n'; }
opens() { openssl cms -decrypt -inform DER -in "$1" -inkey "$MINE/backup.key" -out "$WORK/opened" && tar -tzf "$WORK/opened" | grep -x swarm/certificates/swarm-node.key; }

# ---- tests ----

test_by_hand() {
	local before
	init 11
	expect_done "by hand: a sole manager"
	config 11 kept
	before=$(tokens 11)
	mkdir -p "$HOME/backups/dev"
	run backup-swarm --host "$(addr 11)" --private-key "$WORK/key" --host-key-policy accept-new --to "$HOME/backups/dev" --encrypt-to "$MINE/backup.crt"
	expect_done "by hand: an archive"
	config 11 later
	check "opened with openssl and tar alone, word for word" typed 'openssl cms'
	check "opened: the key of the node is there" grep -x swarm/certificates/swarm-node.key "$WORK/said"
	equal "opened: the manifest has the address" "$(addr 11)" "$(of_result advertise_addr)"
	lost 11
	check "put back by hand, word for word" typed 'ssh root@10.0.1.11'
	check "by hand: it is a swarm again" within 30 all_ready 11
	equal "by hand: with the same tokens" "$before" "$(tokens 11)"
	equal "by hand: what it had then" kept "$(configs 11)"
	on 11 docker swarm leave --force >"$WORK/left"
}

# The swarm of the page; the leader is the first.
three_managers() {
	local n
	init 11
	for n in 12 13; do join "$n" manager; done
	for n in 21 22; do join "$n" worker; done
	within 30 all_ready 11
}

archives() {
	check "a swarm at the addresses of the page" three_managers
	config 11 kept
	BEFORE=$(tokens 11)
	# so that it is not the third which is copied, but the one that the page puts back
	unreachable 13
	check "a backup to a folder, word for word" typed 'mkdir -p ~/backups/dev'
	reachable 13
	check "a folder: the archive is where the result says" test -s "$(of_result file)"
	equal "a folder: it is of the second manager" 12 "$(host_of "$(of_result node_id)")"
	within 30 all_ready 11
	check "a backup to S3, word for word" typed 'backup-swarm --host'
	equal "S3: it is in the bucket" "$(of_result file)" "s3://backups/$(in_s3)"
	check "S3: the key opens it" opens "$BUCKET/$(in_s3)"
	config 11 later
}

host_of() { for n in 11 12 13; do [ "$(on "$n" docker info --format '{{.Swarm.NodeID}}')" != "$1" ] || echo "$n"; done; }

# outcome address workers
of_restore() { printf '%s %s %s\n' "$(of_result outcome)" "$(of_result address)" "$(of_result workers_back)"; }

put_back() {
	local n
	lost 11 12 13
	check "put back at the same address, word for word" typed 'restore-swarm --host 10.0.1.12'
	equal "the same address: what the page says of it" 'restored kept 2' "$(of_restore)"
	equal "the same address: with the same tokens" "$BEFORE" "$(tokens 12)"
	equal "the same address: what it had then" kept "$(configs 12)"
	for n in 11 12 13; do "$LAB" kill "$CLUSTER" "$(name "$n")"; done
	check "put back at another address, word for word" typed 'restore-swarm --host 10.0.1.15'
	equal "another address: what the page says of it" 'restored moved 2' "$(of_restore)"
	equal "another address: with the same tokens" "$BEFORE" "$(tokens 15)"
	equal "another address: what it had then" kept "$(configs 15)"
}

test_three_managers() {
	archives
	put_back
}

main() {
	SERVER=$("$ROOT/scripts/providers" versitygw)
	readme_home
	unset "${!AWS_@}"
	trap end EXIT
	export PATH=$BIN:$PATH AWS_ACCESS_KEY_ID=AKTEST AWS_SECRET_ACCESS_KEY=a-secret-key-of-the-test AWS_CA_BUNDLE=$WORK/tls.crt
	mkdir "$MINE"
	check "machines at the addresses of the page" machines_begin
	check "the S3 server answers" s3_begin
	check "a certificate and its key, word for word" typed 'openssl req'
	play test_by_hand test_three_managers
	finish_tests
}

main

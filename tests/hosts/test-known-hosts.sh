#!/usr/bin/env bash
# test-known-hosts.sh - files of known hosts of every form, read against real servers; new
# hosts recorded side by side; a changed key refused each time before anything is sent.
set -euo pipefail

CLUSTER=hst-known
SUBNET=10.209.4
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

ROUNDS=${ROUNDS:-20}      # of two helpers that record the same new host
REFUSALS=${REFUSALS:-100} # of a changed key
FILE=$WORK/known_hosts

# key_of TYPE: the public key of host 1, "type base64".
key_of() { on 1 cut -d ' ' -f 1,2 "/etc/ssh/ssh_host_$1_key.pub"; }

fingerprint() { ssh-keygen -lf - <<<"$1" | cut -d ' ' -f 2; }

# ask OPTION...: fetch-tokens, which adds nothing to the file.
ask() { run fetch-tokens --host "$(addr 1)" --private-key "$WORK/key" "$@"; }

# known NAME TEXT [OPTION...] / unknown NAME TEXT [OPTION...]: the file holds TEXT.
known() {
	printf '%b' "$2" >"$FILE"
	ask "${@:3}"
	expect_tokens "$1"
}

unknown() {
	printf '%b' "$2" >"$FILE"
	ask "${@:3}"
	expect_error "$1" 1 "host key unknown" "SHA256:"
}

# ---- forms ----

hashed() {
	printf '%s %s\n' "$1" "$2" >"$FILE.plain"
	ssh-keygen -q -H -f "$FILE.plain" >"$WORK/out" 2>&1
	cat "$FILE.plain"
}

test_forms() {
	local a
	a=$(addr 1)
	known "plain" "$a $ED25519\n"
	known "hashed" "$(hashed "$a" "$ED25519")\n"
	known "hashed, with a port" "$(hashed "[$a]:2201" "$ED25519")\n" --port 2201
	known "among others in one line" "other,$a,another $ED25519\n"
	known "a wildcard" "10.209.*.1? $ED25519\n"
	unknown "a wildcard that does not fit" "10.209.*.2? $ED25519\n"
	unknown "negated" "10.209.*,!$a $ED25519\n"
	known "negated for another" "!10.209.4.12,10.209.* $ED25519\n"
	known "a port" "[$a]:2201 $ED25519\n" --port 2201
	unknown "another port" "[$a]:2202 $ED25519\n" --port 2201
	unknown "a plain name stands for port 22 only" "$a $ED25519\n" --port 2201
	known "a comment and blank lines" "# servers\n\n  \n$a $ED25519 our first manager\n"
	known "CRLF" "# servers\r\n$a $ED25519\r\n"
	known "no final newline" "$a $ED25519"
	known "lines that make no sense" "garbage\n$a ssh-ed25519 !!!\n|1|x|y $ED25519\n$a $ED25519\n"
	known "a line of 100 KB before" "$(head -c 100000 /dev/zero | tr '\0' x) ssh-ed25519 AAAA\n$a $ED25519\n"
}

test_several_keys() {
	local a other
	a=$(addr 1)
	other=$(cut -d ' ' -f 1,2 "$WORK/other.pub")
	known "several keys of several types" "$a $ECDSA\n$a $RSA\n$a $ED25519\n"
	known "only the ECDSA key" "$a $ECDSA\n"
	known "an old key beside the new one" "$a $other\n$a $ED25519\n"
	printf '%s %s\n' "$a" "$RSA" >"$FILE"
	ask
	if library_since 1.11; then
		expect_tokens "only the RSA key"
	else
		expect_error "only the RSA key: one line with the version that can" 1 \
			"known only by its RSA key" "from version 1.11 on" "ED25519"
	fi
	known "a pinned key in place of the file's" "$a $other\n" --host-key "$ED25519"
	known "a pinned fingerprint" "" --host-key "$(fingerprint "$ED25519")"
}

test_markers() {
	local a other
	a=$(addr 1)
	other=$(cut -d ' ' -f 1,2 "$WORK/other.pub")
	printf '%s\n' "@revoked * $ED25519" "$a $ED25519" >"$FILE"
	ask
	expect_error "a revoked key" 1 "revoked" "line 1 of $FILE" "$(fingerprint "$ED25519")"
	known "a pinned key that the file marks as revoked: the file is not read" "@revoked * $ED25519\n" --host-key "$ED25519"
	known "another key is revoked" "@revoked * $other\n$a $ED25519\n"
	printf '%s\n' "$a $ED25519" "@revoked * ${ED25519%????}" >"$FILE"
	ask
	expect_error "a revoked key that cannot be read" 1 "line 2 of $FILE marks a key @revoked that is none"
	printf '%s\n' "$a $ED25519" "@revokd * $ED25519" >"$FILE"
	ask
	expect_error "a marker that is mistyped" 1 "line 2 of $FILE has a marker that is neither @revoked nor @cert-authority"
	printf '%s\n' "@cert-authority * $other" >"$FILE"
	ask
	expect_error "a certificate authority alone" 1 "host key unknown"
	cp "$WORK/err" "$WORK/told"
	check "which is said" grep -qF "@cert-authority" "$WORK/told"
	known "a certificate authority beside the key" "@cert-authority * $other\n$a $ED25519\n"
}

# ---- a server that has an RSA key alone ----

rsa_server() { echo 'HostKeyAlgorithms rsa-sha2-512,rsa-sha2-256' | sshd_on 2203; }

# Seen for the first time: with libssh2 1.10 no record would help, and that is said.
test_rsa_only() {
	rm -f "$FILE"
	ask --port 2203 --host-key-policy accept-new
	if library_since 1.11; then
		expect_tokens "a server with an RSA key only, seen for the first time"
	else
		expect_error "a server with an RSA key only, seen for the first time" 1 \
			"has only an RSA key (rsa-sha2-512,rsa-sha2-256)" "from version 1.11 on" "give the host an ED25519 key"
		check "and nothing is recorded" test ! -e "$FILE"
	fi
}

# ---- the file itself ----

test_files() {
	rm -f "$FILE"
	ask
	expect_error "no file" 1 "host key unknown" "$FILE"
	mkdir "$FILE"
	ask
	expect_error "a folder" 1 "cannot read known hosts $FILE"
	rmdir "$FILE"
	head -c 17000000 /dev/zero >"$FILE"
	ask
	expect_error "no such file has 17 MB" 1 "larger than 16 MiB"
	rm -f "$FILE"
	mkfifo "$FILE"
	ask --timeout 5s
	expect_error "a pipe" 1 "$FILE"
	rm -f "$FILE"
}

# As a user of this machine: root may read everything.
test_unreadable() {
	printf '%s %s\n' "$(addr 1)" "$ED25519" >"$FILE"
	chmod 711 "$WORK"
	chown nobody "$WORK/key"
	chmod 000 "$FILE"
	CODE=0
	setpriv --reuid nobody --clear-groups "$BIN/fetch-tokens" --host "$(addr 1)" --private-key "$WORK/key" \
		--known-hosts "$FILE" >"$WORK/out" 2>"$WORK/err" || CODE=$?
	expect_error "a file that may not be read" 1 "cannot read known hosts $FILE: Permission denied"
	chown root "$WORK/key"
	rm -f "$FILE"
}

# ---- recording ----

# record ID: fetch-tokens that accepts new hosts, its exit code in a file.
record() {
	local code=0
	"$BIN/fetch-tokens" --host "$(addr 1)" --private-key "$WORK/key" --known-hosts "$FILE" \
		--host-key-policy accept-new >"$WORK/out-$1" 2>"$WORK/err-$1" || code=$?
	echo "$code" >"$WORK/code-$1"
}

# mutant helpers/hostkey/record.c known_hosts_record: known_hosts_check() => KNOWN_HOSTS_NEW
#   fails two helpers record a new host at once
test_recorded_at_once() {
	local round good=0
	for ((round = 0; round < ROUNDS; round++)); do
		printf '%s' "other.test $ECDSA" >"$FILE" # no newline at its end
		record a &
		record b
		wait $!
		[ "$(cat "$WORK/code-a" "$WORK/code-b" | paste -sd ' ')" = '0 0' ] &&
			[ "$(wc -l <"$FILE")" = 2 ] && [ "$(grep -c "^$(addr 1) ssh-ed25519 " "$FILE")" = 1 ] &&
			good=$((good + 1))
	done
	cp "$WORK/err-a" "$WORK/err"
	check "two helpers record a new host at once, $good of $ROUNDS rounds right" [ "$good" = "$ROUNDS" ]
	check "ssh reads what was recorded" ssh-keygen -F "$(addr 1)" -f "$FILE"
	check "nobody else may write it" [ "$(stat -c %a "$FILE")" = 644 ]
}

# ---- changed ----

# mutant helpers/ssh/handshake.c ssh_handshake: check_key() => 0
#   fails a changed key is refused
test_changed() {
	local other i good=0 before after
	other=$(cut -d ' ' -f 1,2 "$WORK/other.pub")
	printf '# ours\n%s %s\n' "[$(addr 1)]:2201" "$other" >"$FILE"
	before=$(log_of 2201 | wc -l)
	for ((i = 0; i < REFUSALS; i++)); do
		ask --port 2201 --host-key-policy "$(if ((i % 2)); then echo strict; else echo accept-new; fi)"
		[ "$CODE" = 1 ] && said "host key changed: known $(fingerprint "$other"), offered $(fingerprint "$ED25519"); remove line 2 of $FILE" &&
			[ ! -s "$WORK/out" ] && good=$((good + 1))
	done
	check "a changed key is refused, $good of $REFUSALS times" [ "$good" = "$REFUSALS" ]
	check "the file is as it was" [ "$(wc -l <"$FILE")" = 2 ]
	log_of 2201 | tail -n "+$((before + 1))" >"$WORK/log"
	after=$(grep -c 'Connection from' "$WORK/log")
	check "the server saw every connection" [ "$after" = "$REFUSALS" ]
	check "and no attempt to log in" sh -c "! grep -m 3 -E 'publickey|user |Accepted|Failed|Postponed' '$WORK/log'"
	rm "$FILE"
	ask --port 2201 --host-key-policy accept-new
	log_of 2201 | tail -n 20 >"$WORK/log"
	check "as it would have shown" grep -q 'Accepted publickey for root' "$WORK/log"
}

swarm_begin
ED25519=$(key_of ed25519) ECDSA=$(key_of ecdsa) RSA=$(key_of rsa)
ssh-keygen -q -t ed25519 -N '' -f "$WORK/other"
echo 'MaxStartups 100' | sshd_on 2201
rsa_server
each_library test_forms test_several_keys test_markers test_rsa_only
play test_files test_unreadable test_recorded_at_once test_changed
finish_tests

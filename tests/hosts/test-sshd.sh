#!/usr/bin/env bash
# test-sshd.sh - servers as the field sets them up: hardened, with forwarding forbidden,
# without root, talkative, and dropbear. Each gives the tokens, or one line that says why
# it does not.
set -euo pipefail

CLUSTER=hst-sshd
SUBNET=10.209.1
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

swarm_begin

# ---- algorithms ----

HARDENED='KexAlgorithms curve25519-sha256,curve25519-sha256@libssh.org
HostKeyAlgorithms ssh-ed25519,rsa-sha2-512,rsa-sha2-256
PubkeyAcceptedAlgorithms ssh-ed25519,rsa-sha2-512,rsa-sha2-256
MaxAuthTries 3
MaxStartups 10:30:100'
ETM='MACs hmac-sha2-512-etm@openssh.com,hmac-sha2-256-etm@openssh.com'

# mutant helpers/ssh/kex.c no_common: condition find_common => false
#   fails AEAD ciphers only
test_hardened() {
	fetch 2201
	expect_tokens "a hardened server with CTR ciphers"
	fetch 2202
	if library_since 1.11; then
		expect_tokens "a hardened server with AEAD ciphers only"
		fetch 2203
		expect_tokens "a hardened server with encrypt-then-MAC only"
	else
		expect_error "AEAD ciphers only: one line with the version that can" 1 \
			"no common cipher" "aes256-gcm@openssh.com from version 1.11 on and this is $LIBSSH2" "Ciphers"
		fetch 2203
		expect_error "encrypt-then-MAC only: one line with the version that can" 1 \
			"no common MAC" "from version 1.11 on and this is $LIBSSH2" "MACs"
	fi
	fetch 2204
	expect_error "chacha20 only: what to allow" 1 "no common cipher" \
		"allows only chacha20-poly1305@openssh.com;" "aes256-ctr" "Ciphers"
}

test_refused_early() {
	check "nothing was sent to a server without common algorithms" sh -c \
		"! grep -E 'Connection from .* user|userauth|Accepted|Failed|Postponed' '$WORK/log-2204'"
	check "which saw the connections" grep -q 'no matching cipher found' "$WORK/log-2204"
}

hardened_servers() {
	printf '%s\n' "$HARDENED" "Ciphers aes256-ctr,aes128-ctr" | sshd_on 2201
	printf '%s\n' "$HARDENED" "Ciphers chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com" | sshd_on 2202
	printf '%s\n' "$HARDENED" "Ciphers aes256-ctr" "$ETM" | sshd_on 2203
	printf '%s\n' "$HARDENED" "Ciphers chacha20-poly1305@openssh.com" "$ETM" | sshd_on 2204
}

# ---- forwarding ----

# mutant helpers/docker/tunnel.c open_channel: without open_again()
#   fails AllowStreamLocalForwarding no
test_forwarding() {
	fetch 2205
	expect_tokens "AllowStreamLocalForwarding no"
	fetch 2206
	expect_tokens "AllowTcpForwarding no"
	fetch 2207
	expect_tokens "DisableForwarding yes"
}

forwarding_servers() {
	echo 'AllowStreamLocalForwarding no' | sshd_on 2205
	echo 'AllowTcpForwarding no' | sshd_on 2206
	echo 'DisableForwarding yes' | sshd_on 2207
}

# ---- users ----

user_servers() {
	echo 'PermitRootLogin no' | sshd_on 2222
	user_on member docker
	user_on sudoer
	user_on asked
	on 1 sh -c 'echo "sudoer ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/sudoer
		echo "asked ALL=(ALL) ALL" >/etc/sudoers.d/asked; chmod 440 /etc/sudoers.d/*'
}

# mutant helpers/docker/tunnel.c write_command: "sudo -n " => ""
#   fails a user with sudo without a password
test_users() {
	fetch 2222
	expect_error "PermitRootLogin no: whose key was refused" 1 "refused user root's key" "$WORK/key" "PermitRootLogin"
	fetch 2222 --user member
	expect_tokens "a user in group docker"
	fetch 2222 --user sudoer
	expect_tokens "a user with sudo without a password"
	fetch 2222 --user asked
	expect_error "a user whose sudo asks" 1 "user asked may not open /var/run/docker.sock" \
		"group docker" "sudo without a password"
}

test_prepare() {
	printf '#!/bin/sh\nid -un\n' >"$WORK/script"
	helper prepare-node 1 --port 2222 --user sudoer --script "$WORK/script"
	expect_done "prepare-node as a user with sudo becomes root" last_line root
	helper prepare-node 1 --port 2222 --user asked --script "$WORK/script"
	expect_error "prepare-node as a user whose sudo asks" 1 "user asked is not root" "sudo without a password"
}

# prepare_beside TAG: runs $WORK/script beside the test, with its output in $WORK/TAG.*.
declare -A BESIDE
prepare_beside() {
	"$BIN/prepare-node" --host "$(addr 1)" --private-key "$WORK/key" --known-hosts "$WORK/known_hosts" \
		--host-key-policy accept-new --script "$WORK/script" --timeout 90s \
		>"$WORK/$1.out" 2>"$WORK/$1.err" </dev/null &
	BESIDE[$1]=$!
}

waits() { grep -q "another run of prepare-node is under way here" "$WORK/$1.err"; }

# A run that is killed leaves its script behind. The next one waits until that has ended;
# one that is killed while it waits, or whose time ends, runs nothing later.
# mutant helpers/ssh/root_shell.c FIRST_LINE_FORMAT: text flock -n 9 => true
#   fails prepare-node cut off: the next run waits for it
test_prepare_alone() {
	cat >"$WORK/script" <<-'SCRIPT'
		mkdir /run/only || echo overlap >>/run/ends
		echo started >>/run/starts
		until [ -e /run/enough ]; do sleep 0.1; done
		sleep 60 >/dev/null 2>&1 &
		rmdir /run/only
		echo ended >>/run/ends
		echo ended
	SCRIPT
	prepare_beside first
	check "prepare-node cut off: the script runs" within 30 on 1 test -e /run/starts
	kill -KILL "${BESIDE[first]}"
	prepare_beside second
	check "prepare-node cut off: the next run waits for it" within 30 waits second
	prepare_beside third
	check "prepare-node cut off: so does a third" within 30 waits third
	kill -KILL "${BESIDE[third]}"
	helper prepare-node 1 --script "$WORK/script" --timeout 6s
	expect_error "prepare-node cut off: a wait ends with its time" 3 "did not get its turn" "another run"
	on 1 touch /run/enough
	check "prepare-node cut off: then the next one runs" wait "${BESIDE[second]}"
	check "prepare-node cut off: and says so" grep -q '"last_line": *"ended"' "$WORK/second.out"
	check "prepare-node cut off: two scripts ran, one after the other" \
		[ "$(on 1 cat /run/starts /run/ends | paste -sd ' ')" = "started started ended ended" ]
}

# ---- talk ----

# A banner before the login, a motd after it, and shells that print on every start.
talkative_server() {
	on 1 sh -c 'yes "Authorised use only, and much more to read." | head -n 700 >/etc/banner
		cat /etc/banner /etc/banner >/etc/motd; cp /etc/motd /etc/long-banner'
	printf '%s\n' 'Banner /etc/banner' 'PrintMotd yes' | sshd_on 2208
	{
		echo 'Banner /etc/banner'
		echo 'PrintMotd yes'
		echo 'AllowStreamLocalForwarding no'
	} | sshd_on 2209
	echo 'Banner /etc/long-banner' | sshd_on 2212
	user_on chatty docker
	printf '%s\n' 'echo Hello and welcome' 'cat /etc/motd' 'echo {} >&2' |
		on 1 tee /home/chatty/.bashrc /home/chatty/.bash_profile >"$WORK/out"
}

# mutant helpers/docker/tunnel.c dial: condition DOCKER_FORWARD => true
#   fails a long banner and motd (port 2209)
test_talk() {
	local port
	for port in 2208 2209; do
		fetch "$port"
		expect_tokens "a long banner and motd (port $port)"
		fetch "$port" --user chatty
		expect_tokens "a login shell that prints on every start (port $port)"
	done
	fetch 2212
	expect_error "a banner that libssh2 cannot take" 1 "longer than libssh2 takes" "Banner"
}

test_lang() {
	local lang
	for lang in tr_TR.UTF-8 de_DE.ISO-8859-1 C; do
		LANG=$lang fetch 22
		expect_tokens "LANG=$lang here"
	done
}

# The messages of the other side's programs are in its users' language.
lang_server() {
	on 1 sh -c 'echo "LANG=ja_JP.UTF-8" >/etc/default/locale; echo "LC_ALL=ja_JP.UTF-8" >>/etc/environment'
	printf '%s\n' 'AllowStreamLocalForwarding no' 'SetEnv LC_ALL=ja_JP.UTF-8' | sshd_on 2210
}

test_lang_there() {
	fetch 2210
	expect_tokens "another language there"
}

# ---- dropbear ----

dropbear_server() {
	on 1 sh -c 'mkdir -p /etc/dropbear && /usr/sbin/dropbear -R -E -p 2211 -P /run/dropbear.pid 2>/var/log/ssh-2211.log'
	within 60 on 1 test -s /run/dropbear.pid
}

test_dropbear() {
	fetch 2211
	expect_tokens "dropbear"
	fetch 2211 --user member
	expect_tokens "dropbear, a user in group docker"
	fetch 2211 --user asked
	expect_error "dropbear, a user without rights" 1 "asked" "/var/run/docker.sock"
}

hardened_servers
forwarding_servers
user_servers
talkative_server
lang_server
dropbear_server
each_library test_hardened test_forwarding test_users test_talk test_dropbear
log_of 2204 >"$WORK/log-2204"
play test_refused_early test_prepare test_prepare_alone test_lang test_lang_there
finish_tests

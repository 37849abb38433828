#!/usr/bin/env bash
# test-keys.sh - users' keys of every kind and file format, in files and in ssh-agent:
# each lets its user in, or one line says what to do before anything is sent.
set -euo pipefail

CLUSTER=hst-keys
SUBNET=10.209.3
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

# shellcheck disable=SC2016 # no variable
export PASSPHRASE='correct horse, "battery" $taple'
KEYS=$WORK/keys
mkdir -m 700 "$KEYS" "$WORK/home"

# ---- keys ----

# make_key NAME SSH-KEYGEN-OPTION...
make_key() {
	local name=$1
	shift
	ssh-keygen -q -C "$name" -f "$KEYS/$name" "$@"
}

# variant NAME OF PASSPHRASE [SSH-KEYGEN-OPTION...]: the same key, written otherwise.
variant() {
	local name=$1 of=$2 passphrase=$3
	shift 3
	cp "$KEYS/$of" "$KEYS/$name"
	cp "$KEYS/$of.pub" "$KEYS/$name.pub"
	ssh-keygen -q -p -P '' -N "$passphrase" -f "$KEYS/$name" "$@" >"$WORK/out"
}

# What ssh-keygen does not write: an Ed25519 key in PKCS#8.
make_pkcs8_ed25519() {
	local prefix='\0\0\0\013ssh-ed25519\0\0\0\040'
	openssl genpkey -algorithm ed25519 -out "$KEYS/$1" "${@:2}" 2>/dev/null
	chmod 600 "$KEYS/$1"
	{
		# shellcheck disable=SC2059 # the prefix is a format
		printf "$prefix"
		openssl pkey -in "$KEYS/$1" -passin env:PASSPHRASE -pubout -outform DER | tail -c 32
	} | base64 -w 0 | sed "s/.*/ssh-ed25519 & $1\n/" >"$KEYS/$1.pub"
}

# In the formats that other kinds of key have besides OpenSSH's own.
old_formats() {
	local key=$1 format
	for format in PEM PKCS8; do
		variant "$key-$format" "$key" '' -m "$format"
		variant "$key-$format-locked" "$key" "$PASSPHRASE" -m "$format"
	done
}

make_keys() {
	local key cipher
	for key in ed25519-256 ecdsa-256 ecdsa-384 ecdsa-521 rsa-2048 rsa-4096; do
		make_key "$key" -t "${key%-*}" -b "${key#*-}" -N ''
		variant "$key-locked" "$key" "$PASSPHRASE" -a 4
	done
	old_formats ecdsa-256
	old_formats ecdsa-521
	old_formats rsa-2048
	make_pkcs8_ed25519 ed25519-256-PKCS8
	make_pkcs8_ed25519 ed25519-256-PKCS8-locked -aes-256-cbc -pass env:PASSPHRASE
	for cipher in aes256-cbc aes256-gcm@openssh.com; do
		variant "ed25519-256-${cipher%%@*}-locked" ed25519-256 "$PASSPHRASE" -a 4 -Z "$cipher"
		variant "rsa-2048-${cipher%%@*}-locked" rsa-2048 "$PASSPHRASE" -a 4 -Z "$cipher"
	done
	sed 's/$/\r/' "$KEYS/ed25519-256" >"$KEYS/ed25519-256-crlf"
	cp "$KEYS/ed25519-256.pub" "$KEYS/ed25519-256-crlf.pub"
	head -c -1 "$KEYS/rsa-2048" >"$KEYS/rsa-2048-no-newline"
	cp "$KEYS/rsa-2048.pub" "$KEYS/rsa-2048-no-newline.pub"
	chmod 600 "$KEYS"/*
	for n in {1..6}; do make_key "stranger-$n" -t ed25519 -N ''; done
}

# authorize KEY...: these alone may log in.
authorize() {
	local key
	for key; do cat "$KEYS/$key.pub"; done | on 1 tee /root/.ssh/authorized_keys >"$WORK/out"
}

# The names of the keys that may log in, as grep filters them.
names_of() { (cd "$KEYS" && printf '%s\n' *.pub) | sed 's/\.pub$//' | grep -v stranger | grep "$@"; }

# ---- files ----

test_files() {
	local key
	for key in $(names_of -v locked); do
		KEY=$KEYS/$key fetch 22
		expect_tokens "$key"
	done
	for key in $(names_of locked); do
		KEY=$KEYS/$key fetch 22 --passphrase-env PASSPHRASE
		expect_tokens "$key"
	done
}

test_newer_server() {
	[ -n "$NEWER" ] || { echo "skip keys on a newer sshd - this machine has none; see tests/hosts/newer" && return; }
	local key
	for key in ed25519-256 ecdsa-256 rsa-2048 rsa-2048-PEM-locked; do
		KEY=$KEYS/$key fetch 2210 --passphrase-env PASSPHRASE
		expect_tokens "$key, sshd 10.0"
	done
}

# Servers that take RSA by one algorithm only.
test_rsa_algorithms() {
	KEY=$KEYS/rsa-2048 fetch 2201
	expect_tokens "RSA where only rsa-sha2-512 is accepted"
	KEY=$KEYS/rsa-2048 fetch 2202
	expect_tokens "RSA where only rsa-sha2-256 is accepted"
	KEY=$KEYS/rsa-2048 fetch 2203
	expect_error "RSA where only SHA-1 is accepted" 1 "$KEYS/rsa-2048"
}

# A key that is in no file: what a file would hold, in a variable.
test_in_variable() {
	SWARM_KEY=$(cat "$KEYS/ed25519-256") KEY=$KEYS/none fetch 22 --private-key-env SWARM_KEY
	expect_tokens "a key in a variable, and the file is not looked at"
	SWARM_KEY=$(cat "$KEYS/ed25519-256-locked") fetch 22 --private-key-env SWARM_KEY --passphrase-env PASSPHRASE
	expect_tokens "an encrypted key in a variable"
	SWARM_KEY=$(cat "$KEYS/ed25519-256.pub") early ed25519-256 --private-key-env SWARM_KEY
	expect_error "a public key in a variable" 1 "SWARM_KEY is a public key"
	early ed25519-256 --private-key-env NOT_SET
	expect_error "a variable that is not set" 2 "private_key_env: the environment variable that it names is not set"
}

# What can be known without the host is said without it: nothing listens there.
early() { KEY=$KEYS/$1 helper join-node 1 --port 2999 --timeout 20s --managers "$SUBNET.99" --advertise-addr "$(addr 1)" "${@:2}"; }

test_early() {
	early ed25519-256-locked
	expect_error "an encrypted key without a passphrase" 1 "ed25519-256-locked is encrypted" "passphrase_env"
	WRONG=sesame early rsa-2048-PEM-locked --passphrase-env WRONG
	expect_error "a wrong passphrase" 1 "passphrase does not open private key $KEYS/rsa-2048-PEM-locked"
	variant other-cipher ed25519-256 "$PASSPHRASE" -Z chacha20-poly1305@openssh.com
	early other-cipher --passphrase-env PASSPHRASE
	expect_error "an OpenSSH cipher that is not supported" 1 "chacha20-poly1305@openssh.com, which is not supported" \
		"ssh-keygen -p -Z aes256-ctr"
	early ed25519-256.pub
	expect_error "a public key in place of the private one" 1 "ed25519-256.pub" "public"
	early none
	expect_error "no such file" 1 "$KEYS/none" "No such file"
	head -n 3 "$KEYS/rsa-2048" >"$KEYS/torn"
	chmod 600 "$KEYS/torn"
	early torn
	expect_error "a torn file" 1 "$KEYS/torn" "cut off"
	install -m 640 "$KEYS/ed25519-256" "$KEYS/group"
	early group
	expect_error "a file that the group may read" 1 "mode 0640" "chmod 600 $KEYS/group"
	rm "$KEYS"/{torn,group,other-cipher*}
}

# ---- certificates ----

# certify KEY SSH-KEYGEN-OPTION...: its certificate lies beside it, where ssh looks too.
certify() { ssh-keygen -q -s "$KEYS/stranger-authority" -I test "${@:2}" "$KEYS/$1.pub" 2>"$WORK/err"; }

make_certificates() {
	local kind
	make_key stranger-authority -t ed25519 -N ''
	for kind in ed25519 ecdsa rsa; do
		make_key "stranger-$kind" -t "$kind" -N ''
		certify "stranger-$kind" -n root
	done
	make_key stranger-other -t ed25519 -N ''
	certify stranger-other -n somebody
	on 1 tee /etc/ssh/authority.pub <"$KEYS/stranger-authority.pub" >"$WORK/out"
	printf '%s\n' 'TrustedUserCAKeys /etc/ssh/authority.pub' 'AuthorizedKeysFile none' | sshd_on 2205
}

# mutant helpers/ssh/auth.c try_cert: ssh_key_cert_usable() => true
#   fails a certificate of an ed25519 key
test_certificates() {
	local kind
	for kind in ed25519 ecdsa rsa; do
		KEY=$KEYS/stranger-$kind fetch 2205
		if [ "$kind" = ecdsa ] || library_since 1.11; then
			expect_tokens "a certificate of an $kind key"
		else
			expect_error "a certificate of an $kind key: one line with the version that can" 1 \
				"stranger-$kind-cert.pub" "from version 1.11 on and this is $LIBSSH2"
		fi
	done
	KEY=$KEYS/stranger-other fetch 2205
	expect_error "a certificate for another user" 1 "refused user root's key" "stranger-other"
}

test_bad_certificates() {
	variant with-cert ed25519-256 ''
	cp "$KEYS/stranger-ecdsa-cert.pub" "$KEYS/with-cert-cert.pub"
	early with-cert
	expect_error "another key's certificate" 1 "with-cert-cert.pub is not one of this key"
	echo 'ssh-ed25519-cert-v01@openssh.com AAAA!' >"$KEYS/with-cert-cert.pub"
	early with-cert
	expect_error "a damaged certificate" 1 "with-cert-cert.pub is damaged"
	certify with-cert -n nobody-here
	KEY=$KEYS/with-cert fetch 22
	expect_tokens "the key itself where its certificate is refused"
	rm "$KEYS"/with-cert*
}

# ---- ssh-agent ----

# agent_with KEY...: a new agent that holds these.
agent_with() {
	local key
	agent_off
	eval "$(ssh-agent -s)" >/dev/null
	for key; do ssh-add -q "$KEYS/$key"; done
}

agent_off() { [ -z "${SSH_AGENT_PID-}" ] || eval "$(ssh-agent -k)" >/dev/null; }

# by_agent OPTION...: fetch-tokens with what the agent holds and no key file.
by_agent() {
	HOME=$WORK/home run fetch-tokens --host "$(addr 1)" --host-key-policy accept-new "$@"
}

# mutant helpers/ssh/auth.c try_agent: MOST_KEYS => 4
#   fails the fifth of the agent's keys
test_agent() {
	local key
	for key in ed25519-256 ecdsa-384 rsa-2048 rsa-4096; do
		agent_with "$key"
		by_agent
		expect_tokens "ssh-agent with $key"
	done
	agent_with stranger-1 stranger-2 stranger-3 stranger-4 rsa-2048
	by_agent
	expect_tokens "the fifth of the agent's keys"
	agent_with stranger-{1..6} ed25519-256
	by_agent
	expect_error "more keys than may be tried" 1 "refused user root's keys" "stranger-1" "set private_key" \
		"more keys than may be tried"
}

test_agent_refusals() {
	by_agent --port 2204
	expect_error "MaxAuthTries 3 and too many keys" 1 "stranger-3" "private_key"
	agent_with ed25519-256
	ssh-add -q -D
	by_agent
	expect_error "an empty agent" 1 "ssh-agent holds no key" "set private_key"
	agent_off
	by_agent
	expect_error "no agent" 1 "no ssh-agent" "set private_key"
	SSH_AUTH_SOCK=$WORK/no-agent by_agent
	expect_error "an agent that has gone" 1 "$WORK/no-agent" "set private_key"
}

# The agent holds the key that the encrypted file would have: the file is not needed.
test_default_files() {
	mkdir -m 700 "$WORK/home/.ssh"
	cp "$KEYS/rsa-2048" "$WORK/home/.ssh/id_rsa"
	by_agent
	expect_tokens "the default file id_rsa"
	rm -r "$WORK/home/.ssh"
}

# ---- everything ----

servers() {
	echo 'PubkeyAcceptedAlgorithms rsa-sha2-512' | sshd_on 2201
	echo 'PubkeyAcceptedAlgorithms rsa-sha2-256' | sshd_on 2202
	echo 'PubkeyAcceptedAlgorithms ssh-rsa' | sshd_on 2203
	echo 'MaxAuthTries 3' | sshd_on 2204
	[ -z "$NEWER" ] || newer_sshd_on 2210 </dev/null
}

swarm_begin
make_keys
# shellcheck disable=SC2046 # one word a key
authorize $(names_of .)
servers
trap 'agent_off; clean_up' EXIT
make_certificates
each_library test_files test_certificates test_newer_server test_rsa_algorithms test_agent test_agent_refusals test_default_files
play test_early test_in_variable test_bad_certificates
finish_tests

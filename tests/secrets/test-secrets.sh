#!/usr/bin/env bash
# test-secrets.sh - a cluster's life with everything watched that can be: Terraform's trace,
# `set -x`, every system call of the executables, the command line and environment of every
# process, states, plans, logs and disks. Then the join tokens, the private keys and their
# passphrase are looked for in all of it and found nowhere but where they may be: in the
# conversation with Docker's socket, in the read of the key file, on the stdout of
# fetch-tokens, in the variables of passphrase_env and token_env, and with
# token_delivery = "state" in Terraform's state, plan and trace.
set -euo pipefail

# shellcheck source=tests/e2e/lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../e2e/lib.sh"

C=hsts
SUBNET=([$C]=10.209.20.0/24)
SECRETS=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
REAL=${BIN:-$ROOT/bin}
KNOWN=$WORK/known # the secrets
FOUND=$WORK/found # what search.py found
# What is looked through, as it comes
SEEN=$WORK/seen
export TMPDIR=$WORK/tmp

# ---- everything is watched ----

watch_processes() {
	"$SECRETS/watch.py" "$SEEN/proc" &
	WATCHER=$!
}

stop_watching() {
	kill "$WATCHER"
	wait "$WATCHER" || true
}

# Terraform runs these in place of the executables.
wrap_helpers() {
	local program
	rm -f "$WORK"/helpers/*
	for program in "$REAL"/*; do
		cat >"$WORK/helpers/${program##*/}" <<-WRAPPER
			#!/bin/bash
			exec 8>>"$SEEN/xtrace"
			BASH_XTRACEFD=8
			set -x
			exec strace -ff -qq -yy -s 4096 -o "$SEEN/strace/${program##*/}" "$program" "\$@"
		WRAPPER
		chmod +x "$WORK/helpers/${program##*/}"
	done
}

# The hosts first, so that their daemons can be told to log all they know to log.
boot_hosts() {
	apply "$C" "${SIZE[@]}" -target=terraform_data.booted
	local host
	for host in "$C-manager-1" "$C-worker-1"; do
		on "$host" sh -c 'echo "LogLevel DEBUG3" >/etc/ssh/sshd_config.d/log.conf
			echo "{\"debug\": true}" >/etc/docker/daemon.json
			service ssh restart; service docker restart' || return 1
		on "$host" tee -a /root/.ssh/authorized_keys <"$WORK/locked.pub" || return 1
	done
}

traced_apply() {
	TF_LOG=TRACE TF_LOG_PATH=$SEEN/$1.trace apply "$C" "${SIZE[@]}" "${@:2}"
}

# What Terraform keeps, as of now: state, its backup, a plan of everything anew.
keep_state() {
	local to=$SEEN/$1
	TF_LOG=TRACE TF_LOG_PATH=$to.plan-trace tf "$C" plan -no-color -out="$to.plan" "${ARGUMENTS[@]}" \
		-replace="terraform_data.host[\"$C-worker-1\"]" >"$to.plan-said" 2>&1 || return 1
	tf "$C" show -json "$to.plan" >"$to.plan.json"
	mkdir "$to.state"
	cp "$(state_file "$C")"* "$to.state/"
	cp "$WORK/apply.log" "$to.apply-said"
}

# ---- what happens ----

# by_hand PROGRAM OPTION...: with a passphrase, for the worker.
by_hand() {
	local program=$1
	shift
	KEY_PASSPHRASE=$PASSPHRASE "$WORK/helpers/$program" --host 10.209.20.101 --name "$C-worker-1" \
		--managers 10.209.20.11 --private-key "$WORK/locked" --passphrase-env KEY_PASSPHRASE \
		--known-hosts "$LAB_ROOT/.swarm/$C.known_hosts" "$@" >>"$SEEN/by-hand" 2>&1
}

leave() { by_hand drain-and-remove --advertise-addr 10.209.20.101; }

token_was_seen() { grep -qFf <(printf 'JOIN_TOKEN=%s' "$JOIN_TOKEN") "$SEEN/proc"; }

# A process beside it has the same environment until it was looked at: a busy machine takes
# its time. The token is in no argument of grep, which would be seen, too.
join_by_token() {
	local -x JOIN_TOKEN
	local beside status=0
	JOIN_TOKEN=$(real_token worker)
	by_hand join-node --advertise-addr 10.209.20.101 --token-env JOIN_TOKEN || return 1
	sleep 120 &
	beside=$!
	within 120 token_was_seen || status=1
	kill "$beside"
	return "$status"
}

# A token that is refused comes back in Docker's own words.
join_by_wrong_token() {
	JOIN_TOKEN=$OTHER_TOKEN by_hand join-node --advertise-addr 10.209.20.101 --token-env JOIN_TOKEN
}

fetch() {
	KEY_PASSPHRASE=$PASSPHRASE "$WORK/helpers/fetch-tokens" --host 10.209.20.11 --private-key "$WORK/locked" \
		--passphrase-env KEY_PASSPHRASE --known-hosts "$LAB_ROOT/.swarm/$C.known_hosts" 2>>"$SEEN/by-hand" |
		jq -e .worker >"$WORK/fetched"
}

real_token() { on "$C-manager-1" docker swarm join-token -q "$1"; }

# ---- the secrets ----

make_keys() {
	PASSPHRASE="open \"sesame\" $(openssl rand -hex 8)"
	OTHER_TOKEN=SWMTKN-1-$(openssl rand -hex 25)-$(openssl rand -hex 12)
	ssh-keygen -q -t ed25519 -N '' -C plain -f "$WORK/key"
	ssh-keygen -q -t ecdsa -N "$PASSPHRASE" -C locked -f "$WORK/locked"
}

# The body of a key file, without the lines that begin with what is public.
body_of() { sed '/^-----/d' "$1" | sed -n '4,$p' | awk -v name="$2" 'length > 20 { print name "\t" $0 }'; }

# The 32 bytes that an Ed25519 key is made of: they follow the second "ssh-ed25519", the
# public key and two lengths (PROTOCOL.key).
seed_of() {
	sed '/^-----/d' "$1" | base64 -d | od -An -v -t x1 | tr -d ' \n' |
		sed 's/.*7373682d6564323535313900000020.\{64\}00000040\(.\{64\}\).*/seed\thex:\1/'
}

know_secrets() {
	{
		printf 'manager token\t%s\n' "$(real_token manager)"
		printf 'worker token\t%s\n' "$(real_token worker)"
		printf 'refused token\t%s\n' "$OTHER_TOKEN"
		printf 'passphrase\t%s\n' "$PASSPHRASE"
		body_of "$WORK/key" "key"
		body_of "$WORK/locked" "locked key"
		seed_of "$WORK/key"
	} >"$KNOWN"
}

# ---- the search ----

# What the hosts have in memory file systems; their disks are searched where they are.
hosts_now() {
	local host
	for host in "$C-manager-1" "$C-worker-1"; do
		on "$host" sh -c 'find /tmp /run /root -xdev -type f ! -path "*/netns/*" -exec cat {} +' >"$SEEN/$host.volatile"
	done
}

search() { "$SECRETS/search.py" "$KNOWN" "$@" >"$FOUND" 2>"$WORK/searched"; }

# not_found NAME PATTERN...: nothing is found but in lines that fit one of the patterns,
# extended regular expressions over "PATH<tab>NAME<tab>FORM<tab>LINE".
not_found() {
	local name=$1
	shift
	printf '%s\n' "$@" >"$WORK/allowed"
	check "$name" none_but_allowed
}

none_but_allowed() {
	cat "$WORK/searched"
	refuses grep -vEf "$WORK/allowed" "$FOUND"
}

# is_found NAME PATTERN: the search does find what may be there.
is_found() { check "$1" grep -E -m 1 "$2" "$FOUND"; }

T=$'\t'
CALL='(read|write|recvfrom|sendto|recvmsg|sendmsg)'
ALLOWED=(
	# The conversation with Docker's socket
	"^$SEEN/strace/[a-z-]+\.[0-9]+${T}(manager|worker|refused) token${T}plain${T}$CALL\([0-9]+<UNIX"
	# The read of the key file
	"^$SEEN/strace/[a-z-]+\.[0-9]+${T}key${T}plain${T}read\([0-9]+<$WORK/key>"
	"^$SEEN/strace/[a-z-]+\.[0-9]+${T}locked key${T}plain${T}read\([0-9]+<$WORK/locked>"
	# The stdout of fetch-tokens
	"^$SEEN/strace/fetch-tokens\.[0-9]+${T}(manager|worker) token${T}plain${T}write\(1<"
	# The variables that were named
	"^$SEEN/proc${T}passphrase${T}(plain|escaped)${T}[a-z-]+${T}environ${T}KEY_PASSPHRASE="
	"^$SEEN/proc${T}(worker|refused) token${T}plain${T}[a-z-]+${T}environ${T}JOIN_TOKEN="
)

# mutant helpers/swarm/rejoin.c join in log_note(): remote => p->token ? p->token : remote
#   fails token_delivery ssh: secrets only where they may be
test_over_ssh() {
	search "$SEEN" "$TMPDIR" "$LAB_ROOT" "$LAB_STATE"
	not_found "token_delivery ssh: secrets only where they may be" "${ALLOWED[@]}"
	is_found "the search knows a token in a system call" "^$SEEN/strace/join-node[^$T]*${T}worker token"
	is_found "... and one that Docker refused" "^$SEEN/strace/join-node[^$T]*${T}refused token"
	is_found "... a key in a system call" "^$SEEN/strace/init-swarm[^$T]*${T}key"
	is_found "... the stdout of fetch-tokens" "^$SEEN/strace/fetch-tokens[^$T]*${T}manager token${T}plain${T}write\(1<"
	is_found "... a passphrase in an environment" "^$SEEN/proc${T}passphrase"
	is_found "... a token in an environment" "^$SEEN/proc${T}worker token"
}

test_in_state() {
	local where
	search "$SEEN"
	for where in state.state/terraform.tfstate state.plan state.plan.json; do
		is_found "token_delivery state: the token is in ${where#*.}" "^$SEEN/${where}[^$T]*${T}worker token"
	done
	not_found "token_delivery state: and nowhere else" "${ALLOWED[@]}" \
		"^$SEEN/state\.(state/terraform|trace|plan|plan-trace|plan\.json)[^$T]*${T}(manager|worker) token${T}plain${T}"
}

# What was watched was really there.
test_watched() {
	local program
	for program in prepare-node init-swarm join-node drain-and-remove fetch-tokens; do
		check "system calls of $program were written down" sh -c "cat '$SEEN'/strace/$program.* | grep -q execve"
		check "its command line was seen" grep -qE "${T}cmdline${T}[^$T]*/$program\$" "$SEEN/proc"
	done
	check "processes of the hosts were seen" grep -q "^sshd${T}environ" "$SEEN/proc"
	check "Terraform logged all it knows" grep -q "TRACE.*$C-worker-1" "$SEEN/ssh.trace"
	check "sshd logged all it knows" on "$C-manager-1" grep -q 'debug3' /var/log/ssh.log
	check "dockerd logged what it was asked" on "$C-worker-1" grep -q 'Calling POST /v1.*/swarm/join' /var/log/docker.log
}

# ---- core dumps ----

# core_of PROGRAM...: starts it in a folder of its own, kills it with SIGSEGV once it
# waits, and tells whether a core came of it.
core_of() {
	local pid
	rm -rf "$WORK/core"
	mkdir "$WORK/core"
	(cd "$WORK/core" && ulimit -c unlimited && exec "$@") >"$WORK/out" 2>&1 &
	pid=$!
	within 10 grep -qE 'poll|nanosleep|select' "/proc/$pid/wchan" "/proc/$pid/syscall" 2>/dev/null || sleep 1
	kill -SEGV "$pid"
	wait "$pid" 2>/dev/null || true
	[ -n "$(ls "$WORK/core")" ]
}

test_core() {
	local listener
	if ! core_of sleep 60; then
		echo "skip core dumps - this machine writes none to the folder of a program that dies"
		return
	fi
	python3 -c 'import socket, time
s = socket.create_server(("127.0.0.1", 2298)); time.sleep(60)' &
	listener=$!
	check "no core of an executable" refuses core_of "$REAL/fetch-tokens" --host 127.0.0.1 --port 2298 \
		--private-key "$WORK/key" --timeout 50s
	kill "$listener"
}

# ---- all of it ----

SIZE=(-var=manager_count=1 -var=worker_count=1 "-var=private_key=$WORK/key")

mkdir -p "$SEEN/strace" "$TMPDIR"
make_keys
init_root
wrap_helpers
check "hosts whose daemons log all" boot_hosts
watch_processes
check "apply: a manager and a worker" traced_apply ssh
check "drain-and-remove with a passphrase" leave
check "join-node with a wrong token is refused" refuses join_by_wrong_token
check "join-node with token_env and a passphrase" join_by_token
check "fetch-tokens with a passphrase" fetch
check "state and plan" keep_state ssh
hosts_now
know_secrets
play test_over_ssh test_watched
check "apply: token_delivery state" traced_apply state -var=token_delivery=state
check "state and plan with tokens" keep_state state
play test_in_state
check "destroy" destroy "$C"
stop_watching
play test_core
finish_tests

#!/usr/bin/env bash
# test-prepare.sh - prepare-node says that a script is done only when it is: servers that
# run something else in its place, shells that run nothing, locks of somebody else.
set -euo pipefail

CLUSTER=hst-prepare
SUBNET=10.209.7
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

# prepare TEXT OPTION...: prepare-node with a script of that text, which leaves a trace.
prepare() {
	printf '#!/bin/sh\necho run >>/run/trace\n%s\n' "$1" >"$WORK/script"
	shift
	on 1 rm -f /run/trace
	helper prepare-node 1 --script "$WORK/script" "$@"
}

runs() { on 1 sh -c 'cat /run/trace 2>/dev/null | wc -l'; }

expect_runs() { check "$1" [ "$(runs)" = "$2" ]; }

# ---- something else runs in its place ----

# A forced command that says nothing, one that gives our own input back, and one that has
# seen what we print.
forced_servers() {
	echo 'ForceCommand true' | sshd_on 2301
	echo 'ForceCommand cat' | sshd_on 2302
	printf '%s\n' "ForceCommand printf 'prepare-node:%s\\n' shell begin alone 'end: 0' 'end:0123456789abcdef0123456789abcdef 0'" |
		sshd_on 2303
	# shellcheck disable=SC2016 # the server's shell fills it in
	echo 'ForceCommand exec sh -c "$SSH_ORIGINAL_COMMAND"' | sshd_on 2304
}

# mutant helpers/ssh/root_shell.c judge: condition == ENDED => !code
#   fails a forced command in its place
test_forced() {
	local port
	for port in 2301 2302; do
		prepare '' --port "$port"
		expect_error "a forced command in its place (port $port)" 1 "forced command" "user root"
	done
	prepare '' --port 2303
	expect_error "a forced command that knows our words" 1 "before it said how the script ended" "exit code 0"
	expect_runs "no script ran in these" 0
	prepare 'echo fine' --port 2304
	expect_done "a forced command that runs what was asked for" last_line fine
	expect_runs "its script ran once" 1
}

# ---- ends ----

# mutant helpers/ssh/exec.c converse: without TIMING_OUTPUT_END_MS
#   fails what a script leaves running is not waited for
test_ends() {
	prepare 'printf "no newline"'
	expect_done "a last line without an end" last_line "no newline"
	prepare 'exit 3'
	expect_error "the script's own exit code" 1 "failed with exit code 3"
	# shellcheck disable=SC2016 # the script's own
	prepare 'kill -KILL $$'
	expect_error "a shell that is killed under the script" 1 "before it said how the script ended" "exit code 137"
	# shellcheck disable=SC2016 # the script's own
	prepare 'set | grep -c "prepare-node:en[d]:"'
	expect_error "a script cannot see what its end is known by" 1 "failed with exit code 1"
	# shellcheck disable=SC2016 # the script's own
	prepare 'sleep 300 & echo $! >/run/left; echo started'
	expect_done "what a script leaves running is not waited for" last_line started
	# shellcheck disable=SC2016 # the host's shell fills it in
	check "and goes on" on 1 sh -c 'kill $(cat /run/left)'
	# shellcheck disable=SC2016 # the script's own
	prepare '(sleep 0.2; kill -KILL $(pgrep -x sshd); touch /run/down) >/dev/null 2>&1 & echo rebooting' --port 2304
	expect_done "a host that goes down right after it" last_line rebooting
	# What comes next would be cut off.
	within 60 on 1 test -e /run/down
}

# ---- the lock ----

# mutant helpers/ssh/root_shell.c MAKE_LOCK: text ?rw[x-]------* => *
#   fails a lock that others can open
test_lock() {
	prepare ''
	expect_done "the lock is made" last_line ""
	on 1 useradd -m mean
	check "no other user can hold the lock" sh -c "! $LAB exec $CLUSTER $(name 1) -- \
		runuser -u mean -- sh -c 'flock -n /run/prepare-node/lock true || flock -n /run/prepare-node true'"
	on 1 chmod 755 /run/prepare-node
	prepare ''
	expect_error "a lock that others can open" 1 "not root's alone" "drwxr-xr-x" "/run/prepare-node"
	on 1 sh -c 'chmod 700 /run/prepare-node; chown mean /run/prepare-node/lock'
	prepare ''
	expect_error "a lock of another owner" 1 "not root's alone" "mean" "/run/prepare-node/lock"
	on 1 sh -c 'rm -r /run/prepare-node; ln -s /tmp /run/prepare-node'
	prepare ''
	expect_error "a lock that leads elsewhere" 1 "not root's alone" "/run/prepare-node -> /tmp"
	expect_runs "no script ran with such a lock" 0
	on 1 rm /run/prepare-node
	prepare 'umask'
	expect_done "once it is gone, it is made again, and the script's umask is the host's" last_line 0022
}

# ---- secrets ----

# Ends with the secret's hash, unless a command line or environment of the host has it.
hash_unless_seen() {
	cat <<-'SCRIPT'
		rm -f /run/seen
		cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\0' '\n' |
			while read -r line; do case $line in *"$PASSWORD"*) : >/run/seen ;; esac; done
		[ ! -e /run/seen ] && printf %s "$PASSWORD" | sha256sum | cut -d ' ' -f 1
	SCRIPT
}

# mutant helpers/ssh/script.c ssh_script_read: "" => "export "
#   fails a secret reaches the script, and no other process of the host
test_secrets() {
	local password wanted
	password="it's \"$(openssl rand -hex 12)\" \$x"
	wanted=$(printf %s "$password" | sha256sum | cut -d ' ' -f 1)
	CI_PASSWORD=$password prepare "$(hash_unless_seen)" --secrets '{"PASSWORD":"CI_PASSWORD"}'
	expect_done "a secret reaches the script, and no other process of the host" last_line "$wanted"
	prepare '' --secrets '{"PASSWORD":"CI_PASSWORD"}'
	expect_error "a secret that is not there" 2 "secrets:" "for PASSWORD is not set"
	CI_PASSWORD=$password prepare '' --secrets '{"PASS-WORD":"CI_PASSWORD"}'
	expect_error "a secret for no variable" 2 "PASS-WORD is not the name of a variable"
	expect_runs "no script ran without its secrets" 0
}

# ---- shells ----

# user_with_shell NAME SHELL: one with sudo without a password.
user_with_shell() {
	user_on "$1"
	on 1 usermod -s "$2" "$1"
	echo "$1 ALL=(ALL) NOPASSWD: ALL" | on 1 tee "/etc/sudoers.d/$1" >"$WORK/out"
}

shell_users() {
	user_with_shell restricted /bin/rbash
	user_with_shell nothing /bin/rbash
	on 1 install -d /home/nothing/bin
	on 1 sh -c 'echo "PATH=/home/nothing/bin" >/home/nothing/.bashrc'
	user_with_shell nologin /usr/sbin/nologin
	user_with_shell notty /bin/bash
	on 1 sh -c 'echo "Defaults:notty requiretty" >>/etc/sudoers.d/notty'
	printf '%s\n' 'ForceCommand internal-sftp' | sshd_on 2305
}

test_shells() {
	prepare 'id -un' --user restricted
	expect_done "a restricted shell that knows the usual commands" last_line root
	prepare '' --user nothing
	expect_error "a restricted shell without commands" 1 "login shell of user nothing runs no command" "rbash"
	prepare '' --user nologin
	expect_error "a shell that lets nobody in" 1 "login shell of user nologin runs no command" \
		"This account is currently not available"
	prepare '' --port 2305
	expect_error "sftp only" 1 "login shell of user root runs no command" "forced command"
	prepare '' --user notty
	expect_error "sudo that wants a terminal: in its own words" 1 "user notty is not root" \
		"you must have a tty to run sudo"
}

lab_begin 1
forced_servers
shell_users
each_library test_forced test_shells
play test_lock test_ends test_secrets
finish_tests

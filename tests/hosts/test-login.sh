#!/usr/bin/env bash
# test-login.sh - hosts that let a user in only later, or never, or for more than a key.
# What is to wait waits, without a penalty; what cannot be mended is said at once.
set -euo pipefail

CLUSTER=hst-login
SUBNET=10.209.8
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

# ---- more than a key ----

factor_servers() {
	printf '%s\n' 'AuthenticationMethods publickey,keyboard-interactive' 'KbdInteractiveAuthentication yes' |
		sshd_on 2401
	echo 'AuthenticationMethods publickey,publickey' | sshd_on 2402
	ssh-keygen -q -t ed25519 -N '' -f "$WORK/second"
	on 1 tee -a /root/.ssh/authorized_keys <"$WORK/second.pub" >"$WORK/out"
}

# with_agent KEY... -- COMMAND...: with an agent that holds these keys.
with_agent() {
	local keys=()
	while [ "$1" != -- ]; do keys+=("$1") && shift; done
	shift
	eval "$(ssh-agent -s)" >/dev/null
	ssh-add -q "${keys[@]}" 2>"$WORK/err"
	"$@"
	eval "$(ssh-agent -k)" >/dev/null
}

agents_keys() { run fetch-tokens --host "$(addr 1)" --port 2402 --host-key-policy accept-new; }

# mutant helpers/ssh/auth_attempt.c try_key: condition signed_it => false
#   fails a second factor: what it asks for
test_factors() {
	fetch 2401
	expect_error "a second factor: what it asks for" 1 "took user root's key $WORK/key" \
		"asks for keyboard-interactive as well" "AuthenticationMethods"
	helper prepare-node 1 --port 2401 --script "$WORK/script"
	expect_error "a second factor: an action does not wait for it" 1 "asks for keyboard-interactive as well"
	fetch 2402
	expect_error "two keys: what it is" 1 "refused user root's key $WORK/key" "although it knows the user's key" \
		"AuthenticationMethods"
	with_agent "$WORK/key" "$WORK/second" -- agents_keys
	expect_tokens "two keys, both in the agent"
}

# ---- a machine that boots ----

# later SECONDS COMMAND...: in host 1, beside the test.
later() {
	local seconds=$1
	shift
	(sleep "$seconds" && on 1 "$@") &
	LATER=$!
}

late_user() {
	user_on deploy docker
	echo 'deploy ALL=(ALL) NOPASSWD: ALL' | on 1 tee /etc/sudoers.d/deploy >"$WORK/out"
	printf '#!/bin/sh\necho done\n' >"$WORK/script"
}

# As systemd has it while a machine boots.
# mutant helpers/ssh/ssh.c connect_and_log_in: condition != SSH_AUTH_NOT_YET => true
#   fails nologin: prepare-node waits
test_nologin() {
	on 1 sh -c 'echo "System is booting up." >/run/nologin'
	later 8 rm /run/nologin
	helper prepare-node 1 --user deploy --script "$WORK/script"
	expect_done "nologin: prepare-node waits" last_line "done"
	wait "$LATER"
	on 1 sh -c 'echo "System is booting up." >/run/nologin'
	helper describe-swarm 1 --user deploy
	expect_error "nologin: a query does not wait" 4 "closed the connection"
	later 8 rm /run/nologin
	helper init-swarm 1 --user deploy --advertise-addr "$(addr 1)"
	expect_done "nologin: init-swarm waits"
	wait "$LATER"
}

test_late_key() {
	on 1 mv /home/deploy/.ssh/authorized_keys /home/deploy/.ssh/later
	helper describe-swarm 1 --user deploy
	expect_error "a key that comes late: a query does not wait" 1 "refused user deploy's key"
	later 5 mv /home/deploy/.ssh/later /home/deploy/.ssh/authorized_keys
	rm "$WORK/known_hosts"
	helper join-node 1 --user deploy --role manager --advertise-addr "$(addr 1)"
	cp "$WORK/err" "$WORK/told"
	expect_done "a key that comes late: join-node waits" state ready
	check "and records its host's key once" [ "$(grep -c 'new host key' "$WORK/told")" = 1 ]
	check "and says for what" grep -q "to let user deploy in" "$WORK/told"
	wait "$LATER"
}

# ---- a key that never comes ----

# beside TAG EXECUTABLE OPTION...: runs it beside the test; ended TAG takes its result.
declare -A BESIDE
beside() {
	local tag=$1 program=$2
	shift 2
	"$BIN/$program" --private-key "$WORK/stranger" --known-hosts "$WORK/known_hosts.$tag" \
		--host-key-policy accept-new "$@" >"$WORK/$tag.out" 2>"$WORK/$tag.err" </dev/null &
	BESIDE[$tag]=$!
}

ended() {
	CODE=0
	wait "${BESIDE[$1]}" || CODE=$?
	cp "$WORK/$1.out" "$WORK/out"
	cp "$WORK/$1.err" "$WORK/err"
}

# Beside it a leave of a machine that no manager has an entry of, and that lives.
begin_refused() {
	ssh-keygen -q -t ed25519 -N '' -f "$WORK/stranger"
	if [ -n "$NEWER" ]; then newer_sshd_on 2403 </dev/null; else sshd_on 2403 </dev/null; fi
	beside refused prepare-node --host "$(addr 1)" --port 2403 --script "$WORK/script" --timeout 5m
	on 1 tee -a /home/deploy/.ssh/authorized_keys <"$WORK/stranger.pub" >"$WORK/out"
	beside leaving drain-and-remove --host "$(addr 2)" --managers "deploy@$(addr 1)" --timeout 5m
	beside dying drain-and-remove --host "$(addr 3)" --name "$(name 3)" --advertise-addr "$(addr 3)" \
		--managers "deploy@$(addr 1)" --timeout 5m
	check "another one refuses it too" within 60 grep -q "to let user root in" "$WORK/dying.err"
	"$LAB" kill "$CLUSTER" "$(name 3)" >/dev/null
}

end_refused() {
	ended refused
	expect_error "a wrong key: said after a minute" 1 "the host refused user root's key $WORK/stranger"
	log_of 2403 >"$WORK/log"
	check "with few logins, none of them shut out" sh -c "! grep -E 'drop connection|penalty.*active' '$WORK/log' &&
		[ \$(grep -c '^Connection from' '$WORK/log') -le 7 ]"
	ended leaving
	expect_error "a machine that refuses the login is not gone" 1 "the host refused user root's key $WORK/stranger"
	ended dying
	expect_done "and is gone once it is off" outcome was-gone
}

lab_begin 3
on 1 docker swarm init --advertise-addr "$(addr 1)" >/dev/null
read_tokens
factor_servers
late_user
each_library test_factors
on 1 docker swarm leave --force >/dev/null
play test_nologin test_late_key
begin_refused
end_refused
finish_tests

#!/usr/bin/env bash
# test-bastion.sh - a host behind a bastion: each of the two has its own user, key and known
# host key; whatever is wrong with one of them is said of that one.
set -euo pipefail

CLUSTER=hst-bastion
SUBNET=10.209.5
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

FILE=$WORK/known_hosts
BASTION=2

bastion_begin() {
	swarm_begin
	ssh-keygen -q -t ecdsa -N '' -f "$WORK/jump"
	"$LAB" up "$CLUSTER" "$(name $BASTION)" "$(addr $BASTION)/24" --authorized-keys "$WORK/jump.pub" --no-docker
	on $BASTION useradd -m jump
	on $BASTION install -d -o jump -m 700 /home/jump/.ssh
	on $BASTION mv /root/.ssh/authorized_keys /home/jump/.ssh/
	on $BASTION chown jump /home/jump/.ssh/authorized_keys
	user_on member docker
	# Only through the bastion: the host's own server refuses everybody else.
	echo "AllowUsers *@$(addr $BASTION)" | sshd_on 2222
}

host_key() { on "$1" cut -d ' ' -f 1,2 /etc/ssh/ssh_host_ed25519_key.pub; }

# both_known: a file that knows the bastion and the host, each under its own name.
both_known() { printf '%s\n' "$(addr $BASTION) $(host_key $BASTION)" "[$(addr 1)]:2222 $(host_key 1)" >"$FILE"; }

# through OPTION...: fetch-tokens by way of the bastion.
through() {
	run fetch-tokens --host "${TARGET:-$(addr 1)}" --port "${PORT:-2222}" --user "${TARGET_USER:-member}" \
		--private-key "${KEY:-$WORK/key}" --bastion-host "${VIA:-$(addr $BASTION)}" \
		--bastion-user "${JUMP:-jump}" --bastion-private-key "${JUMP_KEY:-$WORK/jump}" "$@"
}

# mutant helpers/cli/target.c read_bastion: s->bastion.private_key = host->private_key
#   fails two hops, each with its own user, key
# mutant helpers/cli/target.c read_bastion: without s->bastion.key_text
#   fails the host's key in a variable, the bastion's in a file
test_two_hops() {
	both_known
	through
	expect_tokens "two hops, each with its own user, key and known host"
	SWARM_KEY=$(cat "$WORK/key") KEY=$WORK/none through --private-key-env SWARM_KEY
	expect_tokens "the host's key in a variable, the bastion's in a file"
	run fetch-tokens --host "$(addr 1)" --port 2222 --user member --private-key "$WORK/key"
	expect_error "there is no other way" 1 "refused user member's key"
	on 1 sh -c 'echo "127.0.0.1 localhost" >/etc/hosts'
	on $BASTION sh -c "echo '$(addr 1) inside.test' >>/etc/hosts"
	echo "[inside.test]:2222 $(host_key 1)" >>"$FILE"
	TARGET=inside.test through
	expect_tokens "a name that only the bastion knows"
	both_known
	through --managers "$(addr 1):2222" --timeout 20s
	expect_tokens "managers are behind the bastion too"
	rm -f "$FILE"
	through --host-key-policy accept-new
	expect_tokens "both are new and recorded"
	check "the bastion's key" ssh-keygen -F "$(addr $BASTION)" -f "$FILE"
	check "the host's key, under the name that was asked for" ssh-keygen -F "[$(addr 1)]:2222" -f "$FILE"
}

test_keys_of_hosts() {
	local other
	other=$(cut -d ' ' -f 1,2 "$WORK/jump.pub")
	echo "[$(addr 1)]:2222 $(host_key 1)" >"$FILE"
	through
	expect_error "the bastion's key is unknown" 1 "bastion $(addr $BASTION): host key unknown"
	echo "$(addr $BASTION) $(host_key $BASTION)" >"$FILE"
	through
	expect_error "the host's key is unknown" 1 "$(addr 1): host key unknown"
	printf '%s\n' "$(addr $BASTION) $other" "[$(addr 1)]:2222 $(host_key 1)" >"$FILE"
	through --host-key-policy accept-new
	expect_error "the bastion's key has changed" 1 "bastion $(addr $BASTION):" "line 1 of $FILE"
	printf '%s\n' "$(addr $BASTION) $(host_key $BASTION)" "[$(addr 1)]:2222 $other" >"$FILE"
	through --host-key-policy accept-new
	expect_error "the host's key has changed" 1 "$(addr 1): host key" "line 2 of $FILE"
	both_known
}

test_keys_of_users() {
	JUMP_KEY=$WORK/key through
	expect_error "the bastion refuses its user's key" 1 "bastion $(addr $BASTION): the host refused user jump's key $WORK/key"
	KEY=$WORK/jump through
	expect_error "the host refuses its user's key" 1 "$(addr 1): the host refused user member's key $WORK/jump"
}

test_unreachable() {
	VIA=$SUBNET.99 through --timeout 3s
	expect_error "the bastion is down" 4 "bastion $SUBNET.99: port 22: no answer within"
	PORT=2999 through
	expect_error "nobody listens on the host" 4 "bastion $(addr $BASTION): it cannot connect to $(addr 1):2999"
	TARGET=nowhere.test through
	expect_error "a name that the bastion does not know" 4 "bastion $(addr $BASTION): it cannot connect to nowhere.test:2222"
	TARGET=$SUBNET.98 through --timeout 3s
	expect_error "the host is down" 4 "$SUBNET.98"
}

# The bastion's own rules.
test_forbidden() {
	on $BASTION sh -c 'echo "AllowTcpForwarding no" >/etc/ssh/sshd_config.d/no.conf; service ssh restart' >"$WORK/out"
	through
	expect_error "the bastion forbids forwarding" 1 "bastion $(addr $BASTION): it does not allow forwarding to $(addr 1):2222" "AllowTcpForwarding"
	on $BASTION sh -c 'echo "PermitOpen 10.0.0.1:22" >/etc/ssh/sshd_config.d/no.conf; service ssh restart' >"$WORK/out"
	through
	expect_error "the bastion permits other hosts only" 1 "bastion $(addr $BASTION): it does not allow forwarding to $(addr 1):2222" "PermitOpen"
	on $BASTION sh -c 'rm /etc/ssh/sshd_config.d/no.conf; service ssh restart' >"$WORK/out"
}


bastion_begin
each_library test_two_hops test_keys_of_hosts test_keys_of_users test_unreachable
play test_forbidden
finish_tests

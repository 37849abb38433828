#!/usr/bin/env bash
# test-messages.sh - everything that commonly goes wrong has a sentence of its
# own, the right exit code and an empty stdout, within its deadline.
set -euo pipefail

CLUSTER=msg
SUBNET=10.206.1
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

lab_begin 2

# ---- reaching the host ----

test_unreachable() {
	run fetch-tokens --host "$SUBNET.99" --timeout 3s
	expect_error "a host that is not there" 4 "$SUBNET.99"
	run fetch-tokens --host "$(addr 1)" --port 2223 --timeout 3s
	expect_error "a port nobody listens on" 4 "2223" "refused"
	run fetch-tokens --host no-such-host.invalid --timeout 5s
	expect_error "a name that is not known" 4 "no-such-host.invalid"
	run fetch-tokens --host "$SUBNET.99" --timeout 3s --on-unreachable empty
	expect_done "unreachable, but empty was asked for" reachable false manager "" worker ""
}

# A listener that says nothing at all.
test_silent() {
	local pid
	python3 -c 'import socket, time
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", 2299)); s.listen(9); time.sleep(60)' &
	pid=$!
	sleep 0.5
	run fetch-tokens --host 127.0.0.1 --port 2299 --timeout 2s
	expect_error "a server that accepts and stays silent" 4 "127.0.0.1"
	kill "$pid"
}

# ---- text that is not ours ----

# For printf: a C1 control as UTF-8 and as a byte, marks that turn text round, an escape
# sequence, and Latin-1; and as it is in a result, with what is no UTF-8 replaced.
FOREIGN='M\303\274ller \302\2332J \233 \342\200\256 \342\201\246 \342\200\217 \330\234 \033[2J caf\351'
MENDED='M\303\274ller \302\2332J \357\277\275 \342\200\256 \342\201\246 \342\200\217 \330\234 \033[2J caf\357\277\275'
MASKED='M\303\274ller ?2J ? ? ? ? ? ?[2J caf?'

# bytes FORMAT: what printf makes of it.
# shellcheck disable=SC2059 # it is one
bytes() { printf "$1"; }

# shown NAME: all that came out can be shown: UTF-8 without control or format characters.
shown() {
	cat "$WORK/out" "$WORK/err" >"$WORK/told"
	check "$1: what drives a terminal is masked" python3 -c 'import sys, unicodedata
text = open(sys.argv[1], "rb").read().decode("utf-8", "strict").replace("\n", "")
sys.exit(not text or any(unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp") for letter in text))' "$WORK/told"
}

# A listener that sends text of its own in place of a banner, and closes.
test_foreign_banner() {
	local pid
	bytes "$FOREIGN" >"$WORK/foreign"
	python3 -c 'import socket, sys
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", 2298)); s.listen(9); print("listening", flush=True)
while True:
    c = s.accept()[0]; c.sendall(open(sys.argv[1], "rb").read()); c.close()' "$WORK/foreign" >"$WORK/ready" &
	pid=$!
	within 30 test -s "$WORK/ready"
	run fetch-tokens --host 127.0.0.1 --port 2298 --timeout 2s
	expect_error "a banner that is none" 4 "$(bytes "$MASKED")"
	shown "a banner that is none"
	kill "$pid"
}

# What a script prints last is in the result and ends nothing, whatever it is.
test_foreign_lines() {
	printf '%s\n' "printf '$FOREIGN\\n'" 'exit 3' >"$WORK/script"
	helper prepare-node 1 --script "$WORK/script"
	expect_error "a script that fails with such a line" 1 "$(bytes "$MASKED")"
	shown "a script that fails with such a line"
	printf '%s\n' "printf '$FOREIGN'" >"$WORK/script"
	helper prepare-node 1 --script "$WORK/script"
	expect_done "a last line in Latin-1" last_line "$(bytes "$MENDED")"
	shown "a last line in Latin-1"
	printf '%s\n' "printf xx; yes | head -n 600 | tr -d '\\n' | sed 's/y/$(bytes '\303\251')/g'" >"$WORK/script"
	helper prepare-node 1 --script "$WORK/script"
	expect_done "a last line that is too long"
	result last_line >"$WORK/told"
	check "a last line that is too long: cut between two characters" \
		sh -c "<'$WORK/told' iconv -f UTF-8 -t ISO-8859-1 | tr -d '\\351\\n' | grep -qx xx"
	rm "$WORK/known_hosts"
}

# ---- who the host is, who we are ----

test_host_keys() {
	local other
	run fetch-tokens --host "$(addr 1)" --private-key "$WORK/key"
	expect_error "an unknown host key, strict" 1 "SHA256:" "host_key"
	ssh-keygen -q -t ed25519 -N '' -f "$WORK/other"
	other=$(cut -d ' ' -f 1,2 "$WORK/other.pub")
	echo "$(addr 1) $other" >"$WORK/known_hosts"
	helper fetch-tokens 1
	expect_error "a changed host key" 1 "host key changed" "line 1 of $WORK/known_hosts" \
		"$(ssh-keygen -lf "$WORK/other.pub" | cut -d ' ' -f 2)"
	run fetch-tokens --host "$(addr 1)" --private-key "$WORK/key" --host-key "$other"
	expect_error "a pinned key that is not the host's" 1 "SHA256:"
	rm "$WORK/known_hosts"
}

test_user_keys() {
	ssh-keygen -q -t ed25519 -N '' -f "$WORK/stranger"
	ssh-keygen -q -t ed25519 -N 'open sesame' -f "$WORK/locked"
	KEY=$WORK/stranger helper fetch-tokens 1
	expect_error "a refused user key" 1 "refused" "root" "$WORK/stranger"
	KEY=$WORK/none helper fetch-tokens 1
	expect_error "a key file that is missing" 1 "$WORK/none"
	KEY=$WORK/locked helper fetch-tokens 1
	expect_error "a key without its passphrase" 1 "passphrase" "$WORK/locked"
	WRONG=sesam KEY=$WORK/locked helper fetch-tokens 1 --passphrase-env WRONG
	expect_error "a key with the wrong passphrase" 1 "passphrase" "$WORK/locked"
	chmod 644 "$WORK/stranger"
	KEY=$WORK/stranger helper fetch-tokens 1
	expect_error "a key file that others can read" 1 "$WORK/stranger" "chmod"
}

# ---- what the engine says ----

test_engine() {
	helper fetch-tokens 1
	expect_error "in no swarm" 1 "$(name 1)" "not" "manager"
	helper fetch-tokens 1 --docker-socket /var/run/nothing.sock
	expect_error "no Docker there" 1 "/var/run/nothing.sock" "Docker"
	on 1 useradd -m plain
	on 1 install -D -o plain -m 600 /root/.ssh/authorized_keys /home/plain/.ssh/authorized_keys
	on 1 chown -R plain /home/plain/.ssh
	helper fetch-tokens 1 --user plain
	expect_error "no permission on its socket" 1 "plain" "/var/run/docker.sock" "group docker"
	helper fetch-tokens 1 --on-unreachable empty
	expect_done "not a manager, but empty was asked for" reachable false
}

ingress_is() { [ "$(on 1 docker network inspect ingress --format '{{(index .IPAM.Config 0).Subnet}}')" = "$1" ]; }

test_pools() {
	helper init-swarm 1 --advertise-addr "$(addr 1)" --subnet-size 26
	expect_error "the size of networks without a pool of them" 2 "subnet_size" "default_addr_pool"
	check "the size of networks without a pool of them: no swarm is made" \
		[ "$(on 1 docker info --format '{{.Swarm.LocalNodeState}}')" = inactive ]
	helper init-swarm 1 --advertise-addr "$(addr 1)" --subnet-size 26 --default-addr-pool 172.28.0.0/16
	expect_done "a pool that no host is in" outcome created
	if said "overlay networks"; then failed "a pool that no host is in: nothing to say"; fi
	check "a pool that no host is in: networks come from it" within 60 ingress_is 172.28.0.0/26
	on 1 docker swarm leave --force >/dev/null
	helper init-swarm 1 --advertise-addr "$(addr 1)" --default-addr-pool "172.28.0.0/16,$SUBNET.0/24"
	expect_done "a pool that the host is in" outcome created
	if said "$(addr 1) lies in $SUBNET.0/24"; then passed "a pool that the host is in: a warning"
	else failed "a pool that the host is in: a warning"; fi
	on 1 docker swarm leave --force >/dev/null
	# Of several pools Docker 28 does not take the first.
	helper init-swarm 1 --advertise-addr "$(addr 1)" --default-addr-pool 172.28.0.0/16
	check "a pool without a size: networks are a /24 of it" within 60 ingress_is 172.28.0.0/24
	on 1 docker swarm leave --force >/dev/null
}

test_swarm() {
	helper init-swarm 1 --advertise-addr "$(addr 1)"
	expect_done "init-swarm" outcome created
	if said "$(addr 1) lies in 10.0.0.0/8"; then passed "a host in Docker's own pool: a warning"
	else failed "a host in Docker's own pool: a warning"; fi
	helper join-node 2 --managers "$(addr 1)" --advertise-addr "$(addr 2)"
	expect_done "join-node" role worker state ready
	helper fetch-tokens 2
	expect_error "a worker is asked for tokens" 1 "manager"
	helper drain-and-remove 1 --managers "$(addr 2)" --timeout 20s
	expect_error "the last manager refuses to go" 1 "$(name 1)" "last manager"
	on 1 docker swarm update --autolock >/dev/null
	on 1 service docker restart >/dev/null
	within 20 on 1 docker info --format '{{.Swarm.LocalNodeState}}' >"$WORK/state-of-1" || true
	helper fetch-tokens 1
	expect_error "a locked swarm" 1 "locked" "docker swarm unlock"
}

play test_unreachable test_silent test_foreign_banner test_foreign_lines test_host_keys \
	test_user_keys test_engine test_pools test_swarm
finish_tests

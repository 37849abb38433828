#!/usr/bin/env bash
# test-sudo.sh - users who may not open Docker's socket: what sudo lets them run, where
# docker and the socket lie, and what a shell keeps them from.
set -euo pipefail

CLUSTER=hst-sudo
SUBNET=10.209.9
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

# may NAME RULE...: a user with these lines in sudoers.
may() {
	local name=$1
	shift
	user_on "$name"
	printf '%s\n' "$@" | on 1 tee "/etc/sudoers.d/$name" >"$WORK/out"
}

users() {
	local docker
	docker=$(on 1 sh -c 'command -v docker')
	may only "only ALL=(root) NOPASSWD: $docker"
	may narrow "narrow ALL=(root) NOPASSWD: $docker -H unix\\:///var/run/docker.sock system dial-stdio"
	may notty 'notty ALL=(ALL) NOPASSWD: ALL' 'Defaults:notty requiretty'
	may asked 'asked ALL=(ALL) ALL'
	may all 'all ALL=(ALL) NOPASSWD: ALL'
	may nologin 'nologin ALL=(ALL) NOPASSWD: ALL'
	on 1 usermod -s /usr/sbin/nologin nologin
	user_on member docker
	user_on quiet docker
	on 1 usermod -s /usr/sbin/nologin quiet
	echo 'AllowStreamLocalForwarding no' | sshd_on 2501
}

test_sudo() {
	local user
	for user in only narrow; do
		fetch 22 --user "$user"
		expect_tokens "sudo for docker only ($user)"
	done
	fetch 22 --user notty
	expect_error "sudo that wants a terminal: in its own words" 1 "user notty may not open /var/run/docker.sock" \
		"you must have a tty to run sudo"
	fetch 22 --user asked
	expect_error "sudo that asks for a password: in its own words" 1 "user asked may not open /var/run/docker.sock" \
		"a password is required"
	fetch 22 --user nologin
	expect_error "a shell that runs nothing" 1 "/var/run/docker.sock cannot be reached" "runs no command of ours" \
		"This account is currently not available"
	fetch 22 --user quiet
	expect_tokens "a shell that runs nothing, and nothing has to run"
}

# mutant helpers/docker/probe.c script: text docker /usr/bin/docker /usr/local/bin/docker /snap/bin/docker => docker
#   fails docker outside of sudo's secure_path
test_path() {
	fetch 22 --user all
	expect_tokens "docker outside of sudo's secure_path"
	fetch 2501 --user member
	expect_tokens "docker outside of PATH, without forwarding"
	on 1 mv /snap/bin/docker /snap/docker
	fetch 2501 --user member
	expect_error "no docker to be found, without forwarding" 1 "no docker program" "/snap/bin"
	fetch 22 --user all
	expect_error "no docker to be found, with sudo: in its own words" 1 "sudo: docker: command not found"
	on 1 mv /snap/docker /snap/bin/docker
}

# A socket in a folder that only root can look into.
# mutant helpers/docker/tunnel.c no_stream: is_away() => false
#   fails no engine, behind sudo
test_folder() {
	fetch 22 --user only --docker-socket /root/docker.sock
	expect_error "no engine, behind sudo" 1 "Docker is not running" "/root/docker.sock"
	on 1 ln -s /var/run/docker.sock /root/docker.sock
	fetch 22 --user only --docker-socket /root/docker.sock
	expect_tokens "a socket where only root gets"
}

# ---- sockets of their own ----

# Host 2 has its socket elsewhere: it joins a manager that has the usual one, serves as a
# manager for others, and leaves.
# mutant helpers/cli/target.c read_other: without p->socket
#   fails a socket of its own: joins a manager
test_sockets() {
	local moved=/run/moved/docker.sock
	on 2 sh -c "mkdir /run/moved && mv /var/run/docker.sock $moved"
	helper join-node 2 --role manager --managers "$(addr 1)" --docker-socket "$moved" --timeout 20s
	expect_error "a socket for all: the manager has none there" 4 "no socket at $moved"
	helper join-node 2 --role manager --managers "$(addr 1)/var/run/docker.sock" --docker-socket "$moved"
	expect_done "a socket of its own: joins a manager with the usual one" state ready role manager
	helper fetch-tokens 2 --managers "$(addr 2)$moved"
	expect_tokens "a socket of its own: as a manager of others"
	helper drain-and-remove 2 --managers "$(addr 1):22/var/run/docker.sock" --docker-socket "$moved"
	expect_done "a socket of its own: leaves" outcome left
}

# docker in no folder that PATH or sudo's secure_path has.
move_docker() {
	# shellcheck disable=SC2016 # the host's shell fills it in
	on 1 sh -c 'mkdir -p /snap/bin; cp "$(command -v docker)" /snap/bin/docker
		rm -f /usr/bin/docker /usr/local/bin/docker'
}

lab_begin 2
on 1 docker swarm init --advertise-addr "$(addr 1)" >/dev/null
read_tokens
users
each_library test_sudo
play test_folder test_sockets
move_docker
play test_path
finish_tests

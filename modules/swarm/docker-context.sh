#!/bin/sh
# Makes a swarm a context of the local docker client, with the way to its manager:
#
#   docker-context.sh NAME host=ADDRESS [KEY=VALUE]...
#   docker-context.sh --end NAME
#
# The keys are those of the executables: host, port, user, private_key, known_hosts,
# host_key (a line as in known_hosts; may be given again), docker_socket, bastion_host,
# bastion_port, bastion_user, bastion_private_key. Relative paths are those of the folder
# in which it runs.
#
# Docker's own ssh:// would not do: its ssh has no options, and so neither this key nor
# these known hosts. Here an ssh in the background forwards a socket that nobody else may
# open; called again, or once the connection has ended, this makes it anew. All of it is in
# swarm/NAME beside the client's own configuration, and goes with --end.
set -eu
umask 077

say() { printf 'docker-context: %s\n' "$1" >&2; }

fail() {
	say "$1"
	exit 1
}

# What others have said, without what drives a terminal
shown() { LC_ALL=C tr -c '\040-\176\n' '?'; }

# Sets the variable that is named as the key, for the keys that there are.
take() {
	key=${1%%=*} value=${1#*=}
	case $key in
	host_key) host_keys=$host_keys$value$newline ;;
	host | port | user | private_key | known_hosts | docker_socket | bastion_host | bastion_port | bastion_user | bastion_private_key)
		case $value in
		*[\"\\]* | *"$newline"*) fail "$key has a quote, a backslash or a line end, which ssh's configuration cannot hold" ;;
		esac
		eval "$key=\$value"
		;;
	*) fail "there is no key $key" ;;
	esac
}

# A value as ssh's configuration has it: quoted, and with nothing to expand in it
quoted() { printf '"%s"\n' "$(printf '%s\n' "$1" | sed 's/%/%%/g')"; }

absolute() {
	case $1 in
	/* | \~/*) printf '%s\n' "$1" ;;
	*) printf '%s/%s\n' "$PWD" "${1#./}" ;;
	esac
}

# As known_hosts names a host
known_as() { [ "$2" = 22 ] && printf '%s\n' "$1" || printf '[%s]:%s\n' "$1" "$2"; }

# one_host ADDRESS PORT USER KEY: what ssh's configuration says of it. Where keys are
# pinned for it, those alone are trusted.
one_host() {
	printf 'Host %s\n\tPort %s\n' "$1" "$2"
	[ -z "$3" ] || printf '\tUser %s\n' "$(quoted "$3")"
	[ -z "$4" ] || printf '\tIdentitiesOnly yes\n\tIdentityFile %s\n' "$(quoted "$(absolute "$4")")"
	if printf %s "$host_keys" | cut -d ' ' -f 1 | grep -qxF -e "$(known_as "$1" "$2")"; then
		printf '\tUserKnownHostsFile %s\n' "$(quoted "$folder/known_hosts")"
	elif [ -n "$known_hosts" ]; then
		printf '\tUserKnownHostsFile %s\n' "$(quoted "$(absolute "$known_hosts")")"
	fi
}

write_config() {
	config=$(quoted "$folder/ssh_config")
	printf %s "$host_keys" >"$folder/known_hosts"
	{
		one_host "$host" "$port" "$user" "$private_key"
		if [ -n "$bastion_host" ]; then
			printf '\tProxyCommand ssh -F %s -W [%%h]:%%p %s\n' "$config" "$bastion_host"
			one_host "$bastion_host" "$bastion_port" "$bastion_user" "${bastion_private_key:-$private_key}"
		fi
		printf 'Host *\n\tStrictHostKeyChecking yes\n\tUpdateHostKeys no\n\tServerAliveInterval 5\n'
	} >"$folder/ssh_config"
}

end_connection() {
	[ ! -S "$folder/control" ] || ssh -F none -S "$folder/control" -O exit none 2>/dev/null || :
	rm -f "$folder/control" "$folder/docker.sock"
}

# Its messages go to a file, which it keeps open for as long as it runs.
connect() {
	ssh -F "$folder/ssh_config" -fNT -M -S "$folder/control" -o ExitOnForwardFailure=yes \
		-L "$folder/docker.sock:$docker_socket" "$host" </dev/null >/dev/null 2>"$folder/log" ||
		fail "no connection to $host: $(tail -n 1 "$folder/log" | shown)"
	version=$(timeout 30 docker --host "unix://$folder/docker.sock" version --format '{{.Server.Version}}' 2>"$folder/said") || {
		end_connection
		fail "connected to $host, but no Docker answers at $docker_socket there: add ${user:-the user} to group docker, or start it ($(tail -n 1 "$folder/said" | shown))"
	}
	version=$(printf '%s\n' "$version" | shown)
}

set_context() {
	verb=create
	! docker context inspect "$name" >/dev/null 2>&1 || verb=update
	docker context "$verb" "$name" --docker "host=unix://$folder/docker.sock" >/dev/null
}

end_all() {
	[ -d "$folder" ] || return 0
	end_connection
	! docker context inspect "$name" 2>/dev/null | grep -qF "unix://$folder/docker.sock" ||
		docker context rm --force "$name" >/dev/null
	rm -rf "$folder"
}

main() {
	newline='
'
	host='' port=22 user='' private_key='' known_hosts='' host_keys='' docker_socket=/var/run/docker.sock
	bastion_host='' bastion_port=22 bastion_user='' bastion_private_key=''
	ending=
	[ "${1-}" != --end ] || { ending=yes && shift; }
	name=${1-}
	case $name in
	'' | [!a-zA-Z0-9]* | *[!a-zA-Z0-9_.+-]*) fail "expected a context's name first, got '$name'" ;;
	esac
	shift
	command -v docker >/dev/null || fail "there is no docker on PATH: install Docker's client"
	folder=${DOCKER_CONFIG:-${HOME:?}/.docker}/swarm/$name
	[ -z "$ending" ] || { end_all && exit; }
	for argument; do take "$argument"; done
	[ -n "$host" ] || fail "expected host=ADDRESS"
	[ "${#folder}" -le 80 ] || fail "$folder is too long for a socket in it: set DOCKER_CONFIG to a shorter folder"
	mkdir -p "$folder"
	end_connection
	write_config
	connect
	set_context
	printf 'docker --context %s now reaches Docker %s on %s; when the connection has ended, call this again\n' "$name" "$version" "$host"
}

main "$@"

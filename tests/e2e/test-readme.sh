#!/usr/bin/env bash
# test-readme.sh - commands of README.md as they stand there, by somebody whose home folder is
# empty: the lab to play with, a swarm on machines that one has. Those of the clouds are run by
# tests/scaleway and tests/aws.
set -euo pipefail

# A mount namespace of its own, for a home folder of its own: ssh goes by the user's entry
# in /etc/passwd and not by HOME.
[ "${1-}" = --inside ] || exec unshare --mount --propagation private -- "$0" --inside

# shellcheck source=tests/e2e/lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/readme.sh
. "$ROOT/tests/readme.sh"

C=office
NET=10.205.40
KEYS="$WORK/keys of mine"
TREE=$WORK/tree

# The machines that one has, and what one writes down of them
have_machines() {
	local n=10 name
	mkdir "$KEYS"
	ssh-keygen -q -t ed25519 -N '' -C mine -f "$KEYS/it's mine"
	"$LAB" network-up "$C" "$NET.0/24"
	for name in office-manager-1 office-worker-1 office-worker-2; do
		n=$((n + 1))
		"$LAB" up "$C" "$name" "$NET.$n/24" --authorized-keys "$KEYS/it's mine.pub" || return 1
	done
	cat >"$WORK/mine.yaml" <<-EOF
		hosts:
		  office-manager-1: { address: $NET.11, role: manager }
		  office-worker-1: { address: $NET.12 }
		  office-worker-2: { address: $NET.13 }
		ssh: { private_key: "$KEYS/it's mine" }
	EOF
}

says() { grep -qF -- "$1" "$WORK/said" || { cat "$WORK/said" && return 1; }; }

test_lab() {
	unset LAB_STATE
	check "the lab to play with, word for word" readme_run "$ROOT/README.md" 'make lab' "$TREE" ''
	check "it says how to go on" says 'terraform output -raw docker_context'
	check "nothing of it is left" test ! -e "$TREE/.lab" -a ! -e "$HOME/.docker/swarm/lab"
	export LAB_STATE=$WORK/state
}

# Runs the command of an output in the root's folder, in which a path has blanks and a quote.
command_of() { (cd "$TREE/terraform/hosts" && eval "$("$TF" output -json "$1" | jq -r "$2") ${3-}") </dev/null; }

# docker info of Docker 26 ends with 0 where it reaches nobody.
names_there() { docker --context "$C" node inspect self --format '{{.Description.Hostname}}'; }
no_context() { refuses docker context inspect "$C" && test ! -e "$HOME/.docker/swarm/$C"; }

# A key that no host has, as it stands behind its type
another_key() {
	[ -e "$WORK/other" ] || ssh-keygen -q -t ed25519 -N '' -f "$WORK/other" >&2
	cut -d ' ' -f 2 "$WORK/other.pub"
}

# The command with another key in place of the manager's
with_another_key() {
	command_of docker_context "gsub(\"ssh-ed25519 [A-Za-z0-9+/=]+\"; \"ssh-ed25519 $(another_key)\")"
}

# What is read, with another key in place of every host's; those of Ed25519 begin alike.
other_keys() { sed "s|AAAAC3NzaC1lZDI1NTE5[A-Za-z0-9+/=]*|$(another_key)|g"; }

test_context() {
	equal "output ssh can be pasted" office-worker-1 "$(command_of ssh '."office-worker-1"' hostname 2>/dev/null)"
	check "output docker_context makes the connection anew" command_of docker_context .
	equal "it is the manager's" office-manager-1 "$(names_there 2>&1)"
	check "a host with another key is refused" refuses with_another_key
	check "then nothing is reached" refuses names_there
	rm "$TREE/terraform/hosts/.swarm/$C.known_hosts"
	check "it needs no file of known hosts" command_of docker_context .
	equal "it is the manager's again" office-manager-1 "$(names_there 2>&1)"
	check "a socket at which nobody listens is refused" refuses command_of docker_context . docker_socket=/run/none.sock
	check "the context can be taken away" "$TREE/modules/swarm/docker-context.sh" --end "$C"
	check "then nothing of it is left" no_context
}

# A command behind output docker, which a shell splits and does not read as its own language.
# shellcheck disable=SC2046
through() { (cd "$TREE/terraform/hosts" && $("$TF" output -raw docker | ${FILTER:-cat}) "$@") </dev/null; }

# A program with output ssh_config.
configured() { (cd "$TREE/terraform/hosts" && "$1" -F ".swarm/$C.ssh_config" "${@:2}") </dev/null; }

# ends_with CODE COMMAND...
ends_with() {
	local code=0
	"${@:2}" || code=$?
	[ "$code" = "$1" ]
}

test_outputs() {
	(cd "$TREE/terraform/hosts" && "$TF" output -raw ssh_config >".swarm/$C.ssh_config")
	equal "output docker leads a command to the manager" office-manager-1 "$(through docker info --format '{{.Name}}' 2>"$WORK/words")"
	check "it ends with the command's exit code" ends_with 7 through sh -c 'exit 7'
	equal "output ssh_config names every node" office-worker-1 "$(configured ssh office-worker-1 hostname 2>"$WORK/words")"
	check "for scp, too" configured scp -q "$TREE/README.md" office-worker-2:/tmp/README.md
	FILTER=other_keys
	check "output docker: a host with another key is refused" refuses through true
	cp "$WORK/err" "$WORK/words"
	check "and that is why" grep -q "host key changed" "$WORK/words"
	other_keys <"$TREE/terraform/hosts/.swarm/$C.ssh_config" >"$WORK/config"
	cp "$WORK/config" "$TREE/terraform/hosts/.swarm/$C.ssh_config"
	check "output ssh_config: and there, too" refuses configured ssh office-manager-1 true
	FILTER=
}

test_hosts() {
	check "machines that one has" have_machines
	check "a swarm on them, word for word" readme_run "$ROOT/README.md" \
		'make && scripts/providers init terraform/hosts' "$TREE" yes "cp '$WORK/mine.yaml' clusters/office.yaml"
	equal "the context reaches it, from an empty home folder" 'office-manager-1 office-worker-1 office-worker-2' "$(readme_nodes)"
}

main() {
	readme_checkout "$TREE"
	readme_home
	play test_lab test_hosts test_outputs test_context
	finish_tests
}

main

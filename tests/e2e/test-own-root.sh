#!/usr/bin/env bash
# test-own-root.sh - a root of somebody's own in an empty folder, far from any checkout: the
# module by its git address and the executables on PATH alone. A swarm is made, grows,
# shrinks and goes; one whose folder of executables is gone goes all the same.
set -euo pipefail

# shellcheck source=tests/e2e/lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

C=own
NET=10.206.30
MINE=$WORK/mine
INSTALLED=$WORK/installed
LAB=$ROOT/scripts/lab

# What git would have of this checkout, with a tag
have_repository() {
	local repository=$WORK/repository
	mkdir "$repository"
	cp -R "$ROOT/modules" "$ROOT/scripts" "$repository/"
	find "$repository" -name '.terraform*' -prune -exec rm -rf {} +
	git -C "$repository" init -q
	git -C "$repository" add -f .
	git -C "$repository" -c user.name=test -c user.email=test@example.com commit -q -m all
	git -C "$repository" tag v9.9.9
}

have_machines() {
	local address
	"$LAB" network-up "$C" "$NET.0/24"
	ssh-keygen -q -t ed25519 -N '' -f "$WORK/key"
	for address in manager-1/11 worker-1/21 worker-2/22; do
		"$LAB" up "$C" "$C-${address%/*}" "$NET.${address#*/}/24" --authorized-keys "$WORK/key.pub" || return 1
	done
}

# write_root NODE...: "NAME ROLE NUMBER" each; HELPERS is the folder of executables, if any
write_root() {
	{
		printf 'module "swarm" {\n'
		printf '  source  = "git::file://%s//modules/swarm?ref=v9.9.9"\n  cluster = "%s"\n  nodes = {\n' "$WORK/repository" "$C"
		printf '%s\n' "$@" | awk -v net="$NET" '{
			printf "    %s = { role = \"%s\", machine = \"%s\", ssh_host = \"%s.%s\", private_address = \"%s.%s\" }\n", $1, $2, $1, net, $3, net, $3 }'
		printf '  }\n  ssh = { private_key = "%s", known_hosts = "%s.known_hosts", host_key_policy = "accept-new" }\n' "$WORK/key" "$C"
		[ -z "${HELPERS-}" ] || printf '  helpers = "%s"\n' "$HELPERS"
		printf '}\n\noutput "docker" {\n  value = module.swarm.docker\n}\n'
	} >"$MINE/main.tf"
}

MANAGER="$C-manager-1 manager 11" WORKER1="$C-worker-1 worker 21" WORKER2="$C-worker-2 worker 22"

mine() { "$TF" -chdir="$MINE" "$1" -no-color "${@:2}"; }

# applies NAME NODE...: an apply of a root with these, and the plan after it is empty
applies() {
	write_root "${@:2}"
	check "$1" mine apply -auto-approve
	check "$1: the next plan is empty" mine plan -detailed-exitcode
}

in_no_swarm() {
	local host
	for host in manager-1 worker-1 worker-2; do
		[ "$(on "$C-$host" docker info --format '{{.Swarm.LocalNodeState}}')" = inactive ] || return 1
	done
}

plan_fails() { ! mine plan >"$WORK/said" 2>&1; }

# What that said, as one line without the frames of errors
says() { [[ $(sed 's/^[│╷╵]//' "$WORK/said" | tr -s '\n ' ' ') == *"$1"* ]] || { cat "$WORK/said" && return 1; }; }

test_missing() {
	write_root "$MANAGER" "$WORKER1"
	check "terraform init, with nothing but an address of git" "$ROOT/scripts/providers" init "$MINE" "$TF"
	eval "$("$ROOT/scripts/providers" env)"
	check "without executables there is no plan" plan_fails
	check "it says what is missing, and how to get it" says "not on PATH; run make in the checkout of terraform-swarm-helpers, or install them"
}

# The command that output docker begins is one of those on PATH, too.
# shellcheck disable=SC2046
through() { (cd "$MINE" && $("$TF" output -raw docker) docker info --format '{{.Name}}') </dev/null; }

test_on_path() {
	PATH=$INSTALLED:$PATH
	applies "a swarm" "$MANAGER" "$WORKER1"
	equal "a swarm: all of it" "$C-manager-1 manager,$C-worker-1 worker" "$(nodes "$C")"
	equal "a swarm: output docker leads there" "$C-manager-1" "$(through)"
	applies "it grows" "$MANAGER" "$WORKER1" "$WORKER2"
	equal "it grows: all of it" "$C-manager-1 manager,$C-worker-1 worker,$C-worker-2 worker" "$(nodes "$C")"
	applies "it shrinks" "$MANAGER" "$WORKER2"
	equal "it shrinks: the others stay" "$C-manager-1 manager,$C-worker-2 worker" "$(nodes "$C")"
	check "it goes" mine destroy -auto-approve
	check "it goes: no machine is in a swarm" in_no_swarm
	equal "it goes: nothing is left in the state" '' "$("$TF" -chdir="$MINE" state list)"
}

# Made by somebody with a folder that nobody else has
test_gone() {
	cp -R "$INSTALLED" "$WORK/theirs"
	HELPERS=$WORK/theirs
	applies "with a folder that is given" "$MANAGER" "$WORKER1" "$WORKER2"
	rm -r "$WORK/theirs"
	HELPERS=
	applies "that folder is gone: it shrinks" "$MANAGER" "$WORKER1"
	HELPERS=$WORK/theirs
	write_root "$MANAGER" "$WORKER1"
	check "that folder is gone: destroy, with it still written down" mine destroy -auto-approve
	check "that folder is gone: no machine is in a swarm" in_no_swarm
}

main() {
	mkdir "$MINE" "$INSTALLED"
	cp "$ROOT"/bin/* "$INSTALLED/" 2>/dev/null || true
	forget_missing_config
	check "a repository" have_repository
	check "machines" have_machines
	play test_missing test_on_path test_gone
	finish_tests
}

# A variable that names a missing file only makes Terraform warn on every call.
forget_missing_config() { [ -e "${TF_CLI_CONFIG_FILE:-/}" ] || unset TF_CLI_CONFIG_FILE; }

main

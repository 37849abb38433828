#!/usr/bin/env bash
# test-stack-page.sh - the commands of docs/stack.md as they stand there, by somebody whose home folder
# holds a key and the host keys.
set -euo pipefail

# A mount namespace of its own, for a home folder of its own: ssh goes by the user's entry in
# /etc/passwd and not by HOME.
[ "${1-}" = --inside ] || exec unshare --mount --propagation private -- "$0" --inside

CLUSTER=dev
# That of the page
SUBNET=10.0.1
HOSTS=3
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/readme.sh
. "$ROOT/tests/readme.sh"

PAGE=$ROOT/docs/stack.md
FILES=$WORK/files

begin() {
	local n
	install -d -m 700 "$HOME/.ssh"
	ssh-keygen -q -t ed25519 -N '' -f "$HOME/.ssh/id_ed25519"
	cp "$HOME/.ssh/id_ed25519" "$WORK/key"
	cp "$HOME/.ssh/id_ed25519.pub" "$WORK/key.pub"
	"$LAB" network-up "$CLUSTER" "$SUBNET.0/24"
	for n in $(seq "$HOSTS"); do lab_up "$n" & done
	wait
	for n in $(seq "$HOSTS"); do
		ssh -o StrictHostKeyChecking=accept-new "root@$(addr "$n")" true </dev/null || return 1
	done
	images $(seq "$HOSTS")
	new_swarm manager manager
	mkdir -p "$FILES"
	echo 'server {}' >"$FILES/nginx.conf"
	# The page's own file, with an image that is here
	awk '/^```yaml/ { inside = 1; next } /^```/ { if (inside) exit } inside' "$PAGE" |
		sed 's|^    image: .*|    image: lab/busybox\n    command: sh -c "while :; do sleep 0.2; done"|' >"$FILES/web.yml"
	# No registry is reached from here.
	mkdir -p "$WORK/bin"
	cat >"$WORK/bin/deploy-stack" <<-EOF
		#!/bin/sh
		exec "$BIN/deploy-stack" "\$@" --resolve-image never
	EOF
	chmod +x "$WORK/bin/deploy-stack"
}

test_page() {
	export PATH=$WORK/bin:$BIN:$PATH
	check "the page, word for word" readme_run "$PAGE" 'export DB_PASSWORD' "$FILES" '' 'export DB_PASSWORD=hunter2'
	equal "the page: what is deployed is as described" 'deployed as-deployed removed' \
		"$(sed -n '/^{/p' "$WORK/said" | jq -r '.outcome // .state' | paste -sd ' ')"
}

readme_home
begin
play test_page
finish_tests

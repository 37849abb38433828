#!/usr/bin/env bash
# test-readme.sh - the README's commands for Scaleway as they stand there, by somebody whose
# home folder holds a key and nothing else.
set -euo pipefail

# A mount namespace of its own, for a home folder of its own: ssh goes by the user's entry
# in /etc/passwd and not by HOME.
[ "${1-}" = --inside ] || exec unshare --mount --propagation private -- "$0" --inside

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=tests/readme.sh
. "$ROOT/tests/readme.sh"

C=dev
CHECKOUT=$WORK/checkout

# What a person fills in: the keys of the API, and three lines of the example. Docker is the
# distribution's, since Docker's own packages cannot be fetched here.
fill_in() {
	cat <<-EOF
		export SCW_ACCESS_KEY=$SCW_ACCESS_KEY SCW_SECRET_KEY=$SCW_SECRET_KEY
		export SCW_DEFAULT_PROJECT_ID=$SCW_DEFAULT_PROJECT_ID SCW_DEFAULT_ORGANIZATION_ID=$SCW_DEFAULT_ORGANIZATION_ID
		[ ! -e clusters/$C.yaml ] || sed -i -e 's|ssh_cidrs: .*|ssh_cidrs: [$OPERATOR]|' -e 's|^# ssh: |ssh: |' \\
			-e 's|  version: .*|  version: "20.10.24"|' -e 's|source: docker|source: distribution|' clusters/$C.yaml
	EOF
}

# The servers that Terraform says it has made
made() {
	grep -o 'scaleway_instance_server\.node\["[^"]*"\]: Creation complete' "$WORK/said" | cut -d '"' -f 2 | sort | paste -sd ' ' -
}

test_block() {
	fill_in >"$WORK/fill-in"
	check "the commands, word for word" readme_run "$ROOT/README.md" 'export SCW_ACCESS_KEY' "$CHECKOUT" yes ". '$WORK/fill-in'"
	equal "the context reached the swarm" "$C-manager-1 $C-worker-1 $C-worker-2" "$(readme_nodes)"
	equal "three servers came, and then three more" "$C-manager-1 $C-worker-1 $C-worker-2 $C-worker-3 $C-worker-4 $C-worker-5" "$(made)"
	nothing_left "the last of them"
	check "but for the context, which can be taken away" "$CHECKOUT/modules/swarm/docker-context.sh" --end "$C"
}

main() {
	readme_home
	begin
	unset SCW_CONFIG_PATH
	install -D -m 600 "$WORK/key" "$HOME/.ssh/id_ed25519"
	readme_checkout "$CHECKOUT"
	play test_block
	finish
}

main

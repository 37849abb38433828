#!/usr/bin/env bash
# test-readme.sh - the README's commands for AWS as they stand there, by somebody whose home
# folder holds a key and a profile and nothing else.
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

# What a person has before: a key, and a profile with the rights of policy.json
have() {
	install -D -m 600 "$WORK/key" "$HOME/.ssh/id_ed25519"
	cp "$WORK/key.pub" "$HOME/.ssh/id_ed25519.pub"
	install -d -m 700 "$HOME/.aws"
	printf '[mine]\naws_access_key_id = %s\naws_secret_access_key = %s\n' \
		"$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" >"$HOME/.aws/credentials"
	unset AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
}

# What a person fills in: the name of the profile, and four lines of the example. An image that
# has Docker is the test's, since there is none of Canonical's and nothing can be fetched.
fill_in() {
	cat <<-EOF
		export AWS_PROFILE=mine
		[ ! -e clusters/$C.yaml ] || sed -i -e 's|ssh_cidrs: .*|ssh_cidrs: [$OPERATOR]|' \\
			-e "s|public_key: .*|public_key: \$(cat ~/.ssh/id_ed25519.pub)|" -e 's|^# ssh: |ssh: |' \\
			-e 's|^aws:|aws:\n  image: { id: $IMAGE, user: root }|' -e 's|  version: .*|  version: "20.10.24"|' \\
			-e 's|source: docker|source: distribution|' clusters/$C.yaml
	EOF
}

test_block() {
	fill_in >"$WORK/fill-in"
	check "the commands, word for word" readme_run "$ROOT/README.md" 'export AWS_PROFILE' "$CHECKOUT" yes ". '$WORK/fill-in'"
	equal "the context reached the swarm" "$C-manager-1 $C-manager-2 $C-manager-3 $C-worker-1 $C-worker-2" "$(readme_nodes)"
	nothing_left "the last of them"
	check "but for the context, which can be taken away" "$CHECKOUT/modules/swarm/docker-context.sh" --end "$C"
}

main() {
	readme_home
	# Where the example has its region
	export AWS_DEFAULT_REGION=eu-west-1 AWS_REGION=eu-west-1
	begin
	have
	readme_checkout "$CHECKOUT"
	play test_block
	finish_cloud
}

main

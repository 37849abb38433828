# shellcheck shell=bash
# readme.sh - the commands of README.md and of all other pages, for the tests that run them word for word.
#
# A block is the lines that are indented by four spaces, one below the other, or those between ```sh and ```.
# What a person is to fill in (their own keys, their own machines) is done by a hook between two lines.

# page, how a block begins, and the test that runs it
# shellcheck disable=SC2016,SC2034 # tests/runner/test-readme.sh reads it
README_BLOCKS='
README.md|make demo|scripts/pristine
README.md|make lab|tests/e2e/test-readme.sh
README.md|make && scripts/providers init terraform/hosts|tests/e2e/test-readme.sh
README.md|export SCW_ACCESS_KEY|tests/scaleway/test-readme.sh
README.md|export AWS_PROFILE|tests/aws/test-readme.sh
terraform/lab/README.md|scripts/providers init terraform/lab|tests/e2e/test-pages.sh
docs/teams.md|export SWARM_KEY="$(cat|tests/teams/test-teams.sh
docs/teams.md|export SWARM_KEY=...|tests/teams/test-teams.sh
docs/teams.md|terraform output -raw ssh_config|tests/teams/test-teams.sh
docs/teams.md|export AWS_ROLE_ARN=...|tests/teams/test-teams.sh
docs/adopt.md|export MANAGER|tests/e2e/test-adopt.sh
docs/backup.md|mkdir -p ~/backups/dev|tests/faults/test-backup-page.sh
docs/backup.md|openssl req|tests/faults/test-backup-page.sh
docs/backup.md|openssl cms|tests/faults/test-backup-page.sh
docs/backup.md|backup-swarm --host|tests/faults/test-backup-page.sh
docs/backup.md|$(terraform output -raw backup)|tests/faults/test-restore-from.sh
docs/backup.md|terraform workspace new drill|tests/faults/test-restore-from.sh
docs/backup.md|restore-swarm --host 10.0.1.12|tests/faults/test-backup-page.sh
docs/backup.md|restore-swarm --host 10.0.1.15|tests/faults/test-backup-page.sh
docs/backup.md|ssh root@10.0.1.11|tests/faults/test-backup-page.sh
docs/store.md|aws dynamodb create-table|tests/store/test-page.sh
docs/store.md|store-tokens --host 10.0.1.11 --store ssm:|tests/store/test-page.sh
docs/store.md|store-tokens --host 10.0.1.11 --store dynamodb:|tests/store/test-page.sh
docs/store.md|join-node --host unix:|tests/store/test-page.sh
docs/store.md|fetch-tokens --store|tests/store/test-page.sh
docs/docker.md|export REGISTRY_PASSWORD|tests/faults/test-logins.sh
docs/reference.md|docker-tunnel --host|tests/e2e/test-pages.sh
docs/reference.md|watch-swarm --host|tests/e2e/test-pages.sh
docs/stack.md|export DB_PASSWORD|tests/faults/test-stack-page.sh
docs/rolling.md|roll-swarm --host|tests/e2e/test-pages.sh
docs/rolling.md|scripts/roll terraform/lab|tests/faults/test-machines.sh
docs/release.md|export VERSION|tests/runner/test-get-helpers.sh
docs/release.md|apt install|tests/dist/packages.sh
docs/release.md|dnf install|tests/dist/packages.sh
'

# The blocks of the file, with an empty line after each. Between other fences stands what is shown and
# not typed.
readme_blocks() {
	awk '/^```/ { if (run) print ""; fenced = !fenced; run = fenced && $0 == "```sh"; next }
		run { print; next }
		!fenced && /^    / { print substr($0, 5); inside = 1; next }
		inside { print ""; inside = 0 } END { if (inside) print "" }' "$1"
}

# readme_block FILE BEGINNING: the block that begins so; fails where there is none
readme_block() {
	readme_blocks "$1" | awk -v begins="$2" -v RS= 'index($0, begins) == 1 { print; found = 1 } END { exit !found }'
}

# with_hook COMMAND: the lines read, with the command after each that leaves something to be
# filled in
with_hook() {
	awk -v hook="$1" '{ print } /^export .*=\.\.\./ || /^cp [^ ]*example/ { print hook }'
}

# What is kept of the home folder: the cache, for what was fetched before, programs that this
# machine has there (a folder on PATH), which a test runs beside, and the checkout of the tests.
readme_kept() {
	printf '.cache/terraform-swarm-helpers\n'
	tr : '\n' <<<"$PATH" | sed -n "s|^$1/\([^/]*\).*|\1|p" | sort -u
	[[ $ROOT != "$1"/* ]] || printf '%s\n' "${ROOT#"$1"/}"
}

# An empty home folder but for these. In a mount namespace of the test's own: ssh goes by
# /etc/passwd and not by HOME.
readme_home() {
	local home part kept cache=${XDG_CACHE_HOME:-}
	home=$(getent passwd 0 | cut -d : -f 6)
	mkdir -p "$WORK/kept" "$home/.cache/terraform-swarm-helpers"
	mount --rbind "$home" "$WORK/kept"
	kept=$(readme_kept "$home")
	mount -t tmpfs tmpfs "$home"
	for part in $kept; do
		[ -d "$WORK/kept/$part" ] || continue
		mkdir -p "$home/$part"
		mount --rbind "$WORK/kept/$part" "$home/$part"
	done
	umount -l "$WORK/kept"
	[ -z "$cache" ] || [ "$cache" = "$home/.cache" ] ||
		mount --bind "$cache/terraform-swarm-helpers" "$home/.cache/terraform-swarm-helpers"
	export HOME=$home XDG_CACHE_HOME=$home/.cache
	unset DOCKER_CONFIG SSH_AUTH_SOCK
}

# readme_checkout FOLDER: a copy of what Git knows of the checkout, and of what was built
readme_checkout() {
	mkdir -p "$1/build"
	(cd "$ROOT" && git ls-files -z --cached --others --exclude-standard | xargs -0 cp -a --parents -t "$1")
	cp -a "$ROOT/bin" "$1/"
	cp -a "$ROOT/build/release" "$1/build/"
}

# readme_run FILE BEGINNING FOLDER ANSWER [HOOK]: that block in a shell of its own, which stops at
# what fails, in the folder. ANSWER is what somebody types who is asked; none is an end of
# file, which a shell on a node is left by. What is said is in $WORK/said.
readme_run() {
	readme_block "$1" "$2" | with_hook "${5-:}" >"$WORK/block" || return 1
	(cd "$3" && bash -eo pipefail "$WORK/block" < <([ -z "$4" ] || yes "$4" 2>/dev/null) >"$WORK/said" 2>&1) ||
		{ tail -n 60 "$WORK/said" && return 1; }
}

# The nodes that a `docker node ls` in there says are Ready
readme_nodes() {
	sed -n 's/^[a-z0-9]\{25\}[ *]* \([a-z0-9-]*\) *Ready *Active.*/\1/p' "$WORK/said" | sort | paste -sd ' ' -
}

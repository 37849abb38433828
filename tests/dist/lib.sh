# shellcheck shell=bash
# lib.sh - what the tests of releases share.

# copy_checkout FOLDER: a commit of what is here, whose time is known
copy_checkout() {
	git clone --quiet --no-hardlinks "$ROOT" "$1"
	(cd "$ROOT" && git ls-files -z --modified --others --exclude-standard --deduplicate | xargs -0 -r cp -a --parents -t "$1" 2>/dev/null) || true
	git -C "$1" add --all
	GIT_COMMITTER_DATE='2026-01-02 03:04:05 +0000' git -C "$1" -c user.name=tests -c user.email=tests@example.com \
		commit --quiet --allow-empty --amend --no-edit --no-verify
}

# shellcheck shell=bash
# releases.sh - commits of earlier releases, for the tests that take over what they made.
#
# Whoever sources this has set ROOT.

# The last commit of 0.1.0, which has no tag
FIRST_RELEASE=b16d33189f8cfd6e654abecfdd97ac3e8d6c99d1

# The newest release before the version that is in the making: its tag, or where there is none 0.1.0.
# shellcheck disable=SC2120 # a test asks for another checkout's
last_release() {
	local tree=${1:-$ROOT} own
	own=$(sed -n 's/^## \[\([0-9][^]]*\)\].*/v\1/p' "$tree/CHANGELOG.md" | head -n 1)
	git -C "$tree" tag --list 'v[0-9]*' --sort=-v:refname --merged HEAD | awk -v own="$own" -v first=$FIRST_RELEASE '
		$1 != own { print; found = 1; exit } END { if (!found) print first }'
}

# Whether the history of this checkout reaches it; a shallow clone's does not.
has_release() { git -C "$ROOT" cat-file -e "$1^{commit}" 2>/dev/null; }

# unpack_release COMMIT FOLDER
unpack_release() {
	mkdir -p "$2"
	git -C "$ROOT" archive "$1" | tar -x -C "$2"
}

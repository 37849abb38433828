#!/bin/sh
# Whether every executable that modules/swarm runs is there, runs, and is new enough:
#
#   check.sh OLDEST [FOLDER...]   looks into each FOLDER in turn, then on PATH
#
# Answers as a data source of Terraform wants it, or fails with one sentence.
set -eu

fail() {
	printf '%s\n' "$1" >&2
	exit 1
}

# As the modules find it (../locals.tf): a file in one of the folders, else by PATH.
find_it() {
	name=$1
	shift
	for folder; do
		case $folder in \~/*) folder=${HOME-}/${folder#??} ;; esac
		if [ -f "$folder/$name" ]; then
			printf '%s\n' "$folder/$name"
			return
		fi
	done
	command -v "$name"
}

# older A B: by their numbers, part by part; what follows a - or a + does not count
older() {
	a=${1%%[-+]*}. b=${2%%[-+]*}.
	while [ -n "$a$b" ]; do
		x=${a%%.*} y=${b%%.*}
		[ "${x:-0}" -eq "${y:-0}" ] || { [ "${x:-0}" -lt "${y:-0}" ] && return 0 || return 1; }
		a=${a#*.} b=${b#*.}
	done
	return 1
}

get="run make in the checkout of terraform-swarm-helpers, or install them on PATH (make install) or in a folder that helpers names (scripts/get-helpers)"
[ $# -ge 1 ] || fail "check.sh: expected the oldest version that will do"
oldest=$1
shift
missing=
for name in prepare-node init-swarm join-node drain-and-remove drain-swarm fetch-tokens describe-swarm fetch-host-key forget-host roll-swarm backup-swarm restore-swarm store-tokens; do
	file=$(find_it "$name" "$@") || {
		missing="$missing${missing:+, }$name"
		continue
	}
	said=$("$file" --version 2>&1 </dev/null) || fail "$file does not run here ($(printf %s "$said" | head -n 1)); $get."
	case $said in
	"$name (terraform-swarm-helpers) "[0-9]*) ;;
	*) fail "$file is no executable of terraform-swarm-helpers; $get." ;;
	esac
	if older "${said##* }" "$oldest"; then
		fail "$file is version ${said##* }, and this version of modules/swarm asks it for what only $oldest and later know; $get."
	fi
done
[ -z "$missing" ] || fail "$missing: not in $(printf '%s, ' "$@")and not on PATH; $get."
echo '{"found":"all"}'

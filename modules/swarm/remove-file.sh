#!/bin/sh
# Removes what the end of a whole swarm told the leaves, if it is there, and nothing else:
#
#   remove-file.sh FILE      FILE may begin with ~/
set -eu

[ $# -eq 1 ] || {
	printf 'remove-file: expected one file, got %d arguments\n' $# >&2
	exit 1
}
case $1 in
\~/*) file=$HOME/${1#??} ;;
*) file=$1 ;;
esac
# Something else may have that path: a device, a link, somebody's file.
if [ -f "$file" ] && [ ! -L "$file" ] && { [ ! -s "$file" ] || grep -Eq '"(unheard_by|drained)"' "$file"; }; then
	rm -f -- "$file"
elif [ -e "$file" ] || [ -L "$file" ]; then
	printf 'remove-file: %s: something else is there; left as it is\n' "$file" >&2
fi

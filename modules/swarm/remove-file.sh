#!/bin/sh
# Removes one file, if it is there:
#
#   remove-file.sh FILE      FILE may begin with ~/
set -eu

[ $# -eq 1 ] || {
	printf 'remove-file: expected one file, got %d arguments\n' $# >&2
	exit 1
}
case $1 in
\~/*) rm -f -- "$HOME/${1#??}" ;;
*) rm -f -- "$1" ;;
esac

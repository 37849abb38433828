#!/bin/sh
# Fails for a node that is protected, with what to do about it:
#
#   refuse.sh yes|no NODE WHAT-TO-DO
set -eu

[ $# -eq 3 ] || {
	printf 'refuse: expected three arguments, got %d\n' $# >&2
	exit 1
}
[ "$1" = yes ] || exit 0
printf 'refuse: %s is protected, and so nothing that belongs to it is touched: %s\n' "$2" "$3" >&2
exit 1

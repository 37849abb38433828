#!/bin/sh
# Tells the second of two resources that the first one was done:
#
#   done.sh yes ID                  all that runs when resource ID is made ended well
#   done.sh or ID PROGRAM [ARG...]  runs PROGRAM, unless that was said of ID
#
# It is said by an empty file in Terraform's data folder, which the second one removes.
# Where there is none (something was killed, this is another machine, nothing can be
# written there) PROGRAM runs once more, and finds what has been done.
set -eu

[ $# -ge 2 ] || {
	printf 'done.sh: expected yes ID, or ID PROGRAM, got %d arguments\n' $# >&2
	exit 1
}
said=${TF_DATA_DIR:-.terraform}/swarm-done
what=$1
id=$2
shift 2

case $what in
yes)
	{ mkdir -p -- "$said" && : >"$said/$id"; } 2>/dev/null || true
	;;
or)
	if rm -- "$said/$id" 2>/dev/null; then exit 0; fi
	# In place of this shell: a Terraform that is interrupted ends what it started.
	exec "$@"
	;;
esac

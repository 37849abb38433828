#!/usr/bin/env bash
# meets.sh - passes where its twin, meets-too.sh, runs at the same time.
shared=$(dirname -- "${BASH_SOURCE[0]}")/../../../build/check-$CHECK_NAME/here
mkdir -p "$shared"
: >"$shared/${0##*/}"
for ((i = 0; i < 50; i++)); do
	[ "$(find "$shared" -type f | wc -l)" -lt 2 ] || { echo 'ok met' && exit; }
	sleep 0.1
done
echo 'not ok met'
rm "$shared/${0##*/}"

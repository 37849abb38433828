#!/usr/bin/env bash
# fuzz.sh FOLDER SECONDS [TARGET]... - runs the fuzz targets of a folder, each for so many
# seconds, on as many cores as there are, from the corpus beside this script. Without
# targets all of them. 0 seconds plays the corpus alone. Prints a result line for each; what
# a target stumbled over is kept in build/findings/.
set -euo pipefail

TESTS=$(dirname -- "$(realpath -- "${BASH_SOURCE[0]}")")
CORPUS=$TESTS/corpus
FINDINGS=${TESTS%/tests/*}/build/findings
# One input may not take longer, nor a target need more memory.
INPUT_SECONDS=10
MEMORY_MIB=2048

folder=$(realpath -- "$1")
seconds=$2
shift 2
WORK=$(mktemp -d /tmp/tsh-fuzz.XXXXXX)
trap 'kill $(jobs -p) 2>/dev/null || true; wait; rm -rf "$WORK"' EXIT
trap 'exit 1' HUP INT TERM

# How the time goes: the whole corpus once, or on and on from it.
length() {
	if [ "$seconds" = 0 ]; then
		echo -runs=0
	else
		echo "-max_total_time=$seconds"
	fi
}

# Runs target $1; its result lines go to a file of their own.
fuzz() {
	local name=$1 log=$WORK/$1.log status=0 runs
	mkdir -p "$WORK/$name"
	cd "$WORK/$name"
	"$folder/fuzz_$name" "$(length)" -max_len=4096 -timeout="$INPUT_SECONDS" -verbosity=1 \
		-rss_limit_mb="$MEMORY_MIB" -print_final_stats=1 -artifact_prefix="$FINDINGS/$name-" \
		"$WORK/$name" "$CORPUS/$name" >"$log" 2>&1 </dev/null || status=$?
	runs=$(awk '/^stat::number_of_executed_units:/ { print $2 }' "$log")
	if [ "$status" = 0 ] && [ "${runs:-0}" -ge "$(find "$CORPUS/$name" -type f | wc -l)" ]; then
		echo "ok fuzz $name ($runs inputs)"
	else
		echo "not ok fuzz $name - status $status after ${runs:-no} inputs"
		grep -v '^#' "$log" | tail -n 40 | sed 's/^/# /'
	fi >"$WORK/$name.result"
}

main() {
	local target names=("$@")
	[ $# -gt 0 ] || mapfile -t names < <(find "$CORPUS" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort)
	mkdir -p "$FINDINGS"
	for target in "${names[@]}"; do
		while [ "$(jobs -pr | wc -l)" -ge "$(nproc)" ]; do
			wait -n
		done
		fuzz "$target" &
	done
	wait
	for target in "${names[@]}"; do
		cat "$WORK/$target.result"
	done
	! cat "$WORK"/*.result | grep '^not ok ' >/dev/null
}

main "$@"

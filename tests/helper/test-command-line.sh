#!/usr/bin/env bash
# test-command-line.sh - what every executable does around its one call: bad
# queries, help, interrupts, a stdout that cannot be written. Reaches no host.
#
# Usage: tests/helper/test-command-line.sh ECHO_QUERY [EXECUTABLE...]
# Prints "ok NAME" or "not ok NAME" for each check; exits 1 when one failed.

# mutant helpers/cli/helper.c report: condition code => false
# mutant helpers/cli/helper.c report: ERR_DEADLINE => ERR_REFUSED
set -euo pipefail

if [ $# -eq 0 ]; then
	echo "usage: $0 ECHO_QUERY [EXECUTABLE...]" >&2
	exit 2
fi
echo_query=$1
dir=$(mktemp -d)
# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../lib/check.sh"
child=

# shellcheck disable=SC2317 # the trap calls it
clean_up() {
	if [ -n "$child" ]; then kill -KILL "$child" 2>/dev/null || true; fi
	rm -rf "$dir"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

report() { # NAME PROBLEM
	if [ -z "$2" ]; then passed "$1"; else failed "$1: $2" /dev/null; fi
}

# Judges the last run by its exit code, what its one line on stderr says, and
# whether stdout is empty.
judge() { # NAME CODE WANTED_CODE TEXT
	local problem=
	if [ "$2" -ne "$3" ]; then
		problem="exit code $2, not $3: $(cat "$dir/err")"
	elif [ -s "$dir/out" ]; then
		problem="stdout is not empty"
	elif [ "$(wc -l < "$dir/err")" -ne 1 ]; then
		problem="not one line on stderr: $(cat "$dir/err")"
	elif ! grep -qF -e "$4" "$dir/err"; then
		problem="no \`$4\` in: $(cat "$dir/err")"
	fi
	report "$1" "$problem"
}

refuses() { # NAME EXECUTABLE INPUT TEXT [OPTION...]
	local name=$1 program=$2 input=$3 text=$4 code=0
	shift 4
	printf '%s' "$input" > "$dir/in"
	timeout 20 "$program" "$@" < "$dir/in" > "$dir/out" 2> "$dir/err" || code=$?
	judge "${program##*/}: $name" "$code" 2 "${program##*/}: $text"
}

# A query with every key that the executable requires, from its own table.
whole_query() { # EXECUTABLE
	"$1" --help=json | jq -c '[.keys[] | select(.required) | {(.key): .example}] | add + {host: "a"}'
}

refuses_bad_queries() { # EXECUTABLE
	refuses "no JSON" "$1" 'host=a' 'query: not JSON'
	refuses "half an object" "$1" '{"host":"a"' 'query: not JSON'
	refuses "two objects" "$1" '{"host":"a"}{}' 'query: not JSON'
	refuses "an array" "$1" '["host"]' 'query: expected one JSON object'
	refuses "a bare string" "$1" '"host"' 'query: expected one JSON object'
	refuses "a number as value" "$1" '{"port":22}' 'port: expected a string'
	refuses "null as value" "$1" '{"port":null}' 'port: expected a string'
	refuses "a list as value" "$1" '{"host":["a"]}' 'host: expected a string'
	refuses "an unknown key" "$1" '{"hots":"a"}' 'hots: unknown key, did you mean host?'
	refuses "a duplicate key" "$1" '{"host":"a","host":"a"}' 'host: given twice'
	refuses "an empty object" "$1" '{}' ''
	refuses "nothing on stdin" "$1" '' ''
	refuses "white space on stdin" "$1" $' \n' ''
	refuses "over 64 KiB" "$1" "{\"name\":\"$(printf '%70000s' '')\"}" 'stdin: the query is over 64 KiB'
}

refuses_bad_values() { # EXECUTABLE
	refuses "NUL in the host" "$1" '{"host":"a\u0000b"}' 'host: expected'
	refuses "a line end in the host" "$1" '{"host":"a\nb"}' 'host: expected'
	refuses "a host that is an option" "$1" '{"host":"-oProxyCommand=x"}' 'host: '
	refuses "port 0" "$1" '{"port":"0"}' 'port: expected a number from 1 to 65535'
	refuses "port 65536" "$1" '{"port":"65536"}' 'port: expected a number from 1 to 65535'
	refuses "a time without a unit" "$1" '{"timeout":"5"}' 'timeout: expected a time'
	refuses "a time of nothing" "$1" '{"timeout":"0s"}' 'timeout: expected a time'
	# What reaches no host has none of the keys for that.
	"$1" --help | grep '^  docker_socket ' >/dev/null || return 0
	refuses "a socket that is not absolute" "$1" '{"docker_socket":"run/docker.sock"}' \
		'docker_socket: expected a path on the host, from / on'
	refuses "a socket below the home folder here" "$1" '{"docker_socket":"~/docker.sock"}' \
		'docker_socket: expected a path on the host, from / on'
	refuses "an unknown policy" "$1" '{"host_key_policy":"off"}' \
		'host_key_policy: expected one of strict, accept-new'
	refuses "a key in place of its path" "$1" '{"private_key":"-----BEGIN"}' 'private_key: expected the path'
	refuses "no secret in the variable" "$1" "$(whole_query "$1")" \
		'passphrase_env: the environment variable' --passphrase-env=NOT_SET_ANYWHERE
}

refuses_bad_options() { # EXECUTABLE
	refuses "an unknown option" "$1" '' '--hots: unknown key, did you mean --host?' --hots=a
	refuses "an option without its value" "$1" '' '--host: expected a value' --host
	refuses "an option twice" "$1" '' '--port: given twice' --port=1 --port=2
	refuses "a bad value beside a query" "$1" '{"host":"a"}' 'timeout: expected a time' --timeout=soon
	refuses "a word that is no option" "$1" '' 'unexpected argument' 10.0.0.1
	refuses "a variable that is not set" "$1" '' '--query-env: no such' --query-env NOT_SET_ANYWHERE
}

# Keys that one executable requires and others do not.
refuses_missing_keys() { # EXECUTABLE
	local key
	for key in $(whole_query "$1" | grep -o '[a-z_]*":' | tr -d '":'); do
		refuses "no $key" "$1" "$(whole_query "$1" | sed "s|\"$key\":\"[^\"]*\",*||; s|,}|}|")" "$key: required"
		refuses "an empty $key" "$1" "$(whole_query "$1" | sed "s|\"$key\":\"[^\"]*\"|\"$key\":\"\"|")" "$key: required"
	done
}

# A pipe that nobody writes to and nobody closes.
refuses_a_silent_stdin() { # EXECUTABLE
	local code=0
	rm -f "$dir/silent"
	mkfifo "$dir/silent"
	timeout 20 "$1" --timeout=100ms <> "$dir/silent" > "$dir/out" 2> "$dir/err" || code=$?
	judge "${1##*/}: an open, silent stdin" "$code" 2 'stdin: still open after the timeout'
}

# The terminal stays open too: only a refusal can end this within the time.
refuses_a_terminal() { # EXECUTABLE
	local name="${1##*/}: a terminal on stdin" says='stdin is a terminal'
	# One that can do without any key of its own finds out itself what it lacks.
	"$1" --help | grep ' required ' >/dev/null || says='required, or'
	rm -f "$dir/silent" "$dir/code"
	mkfifo "$dir/silent"
	timeout 20 script -qec "$(printf '%q > %q 2> %q; echo $? > %q' \
		"$1" "$dir/out" "$dir/err" "$dir/code")" /dev/null <> "$dir/silent" > /dev/null || true
	if [ -s "$dir/code" ]; then
		judge "$name" "$(cat "$dir/code")" 2 "$says"
	else
		report "$name" "hangs"
	fi
}

fails_without_stdout() { # EXECUTABLE
	local code=0
	"$1" --help > /dev/full 2> "$dir/err" || code=$?
	: > "$dir/out"
	judge "${1##*/}: help on a full disk" "$code" 1 'stdout: cannot be written'
}

prints() { # NAME EXECUTABLE OPTION TEXT
	local problem=
	if ! "$2" "$3" > "$dir/out" 2> "$dir/err" < /dev/null; then
		problem="failed: $(cat "$dir/err")"
	elif [ -s "$dir/err" ]; then
		problem="stderr is not empty"
	elif ! grep -qF -e "$4" "$dir/out"; then
		problem="no \`$4\` in what it prints"
	fi
	report "${2##*/}: $1" "$problem"
}

has_help() { # EXECUTABLE
	local wide
	prints "prints help" "$1" --help 'Exit codes'
	wide=$(awk 'length > 100' "$dir/out" | head -n 1)
	report "${1##*/}: help is at most 100 columns wide" "$wide"
	prints "prints its version" "$1" --version "${1##*/} (terraform-swarm-helpers) "
	prints "prints its tables as JSON" "$1" --help=json "{\"name\":\"${1##*/}\","
}

# refuses_odd_file NAME EXECUTABLE OPTION...: reads a file that would never end
refuses_odd_file() {
	local name=$1 program=$2 code=0
	shift 2
	timeout 20 "$program" --host 127.0.0.1 --port 1 --timeout 10m "$@" </dev/null >"$dir/out" 2>"$dir/err" || code=$?
	judge "odd files: $name" "$code" 1 'it is no regular file'
}

# Files that an executable reads, before it has reached any host: prepare-node reads all
# that there are.
refuses_odd_files() { # EXECUTABLE
	local odd
	echo : >"$dir/script"
	rm -f "$dir/fifo" "$dir/key"*
	mkfifo "$dir/fifo"
	mkdir -p "$dir/folder"
	for odd in /dev/zero "$dir/fifo" "$dir/folder"; do
		refuses_odd_file "script ${odd##*/}" "$1" --script "$odd"
		refuses_odd_file "private_key ${odd##*/}" "$1" --script "$dir/script" --private-key "$odd"
		refuses_odd_file "known_hosts ${odd##*/}" "$1" --script "$dir/script" --known-hosts "$odd"
	done
	ssh-keygen -q -t ed25519 -N '' -f "$dir/key"
	ln -s /dev/zero "$dir/key-cert.pub"
	refuses_odd_file "a certificate" "$1" --script "$dir/script" --private-key "$dir/key"
}

# mutant helpers/roll-swarm.c read_params: condition drain_ms => false
#   fails roll-swarm: a node that may take no longer than its tasks
refuses_short_rolls() { # EXECUTABLE
	local text='a: node_timeout: expected more than drain_timeout'
	echo : >"$dir/script"
	refuses "a node that may take no longer than its tasks" "$1" '' "$text" --nodes a --host a --script "$dir/script" --drain-timeout 15m
	refuses "a node that may take less than its tasks" "$1" '' "$text" --nodes a --host a --script "$dir/script" --node-timeout 4m
}

# A file that is written to as well, under a lock.
# mutant helpers/hostkey/lock.c open_regular: S_ISREG() => true
#   fails odd files: forget-host, fifo
refuses_odd_known_hosts() { # EXECUTABLE
	local odd
	rm -f "$dir/fifo"
	mkfifo "$dir/fifo"
	mkdir -p "$dir/folder"
	for odd in "$dir/fifo" "$dir/folder"; do
		refuses_odd_file "${1##*/}, ${odd##*/}" "$1" --known-hosts "$odd"
	done
}

# mutant helpers/drain-and-remove.c fields: without "going_file"
#   fails drain-and-remove: knows every key that states have
# A state that was made long ago is destroyed by whatever executables there are then.
knows_keys_of_states() { # EXECUTABLE
	local key missing=
	while read -r key; do
		grep -qF -e "\"key\":\"$key\"" <<< "$("$1" --help=json)" || missing+=" $key"
	done < <(sed -n "s/^${1##*/}: //p" "${BASH_SOURCE[0]%/*}/keys-in-states" | tr ' ' '\n')
	report "${1##*/}: knows every key that states have" "${missing:+not any more:$missing; keep it in the table, as one that does nothing}"
}

for program in "$@"; do
	! grep -q "^${program##*/}: " "${BASH_SOURCE[0]%/*}/keys-in-states" || knows_keys_of_states "$program"
	[ "${program##*/}" != prepare-node ] || refuses_odd_files "$program"
	[ "${program##*/}" != roll-swarm ] || refuses_short_rolls "$program"
	[ "${program##*/}" != forget-host ] || refuses_odd_known_hosts "$program"
	refuses_bad_queries "$program"
	refuses_bad_values "$program"
	refuses_bad_options "$program"
	refuses_missing_keys "$program"
	refuses_a_silent_stdin "$program"
	refuses_a_terminal "$program"
	fails_without_stdout "$program"
	has_help "$program"
done

# --- what only an executable can show that does nothing else ---

answers() { # NAME INPUT TEXT [OPTION...]
	local name=$1 input=$2 text=$3 problem=
	shift 3
	printf '%s' "$input" > "$dir/in"
	if ! "$echo_query" "$@" < "$dir/in" > "$dir/out" 2> "$dir/err"; then
		problem="failed: $(cat "$dir/err")"
	elif ! grep -qF -e "$text" "$dir/out"; then
		problem="no \`$text\` in $(cat "$dir/out")"
	fi
	report "$name" "$problem"
}

ends_with() { # NAME CODE TEXT INPUT [OPTION...]
	local name=$1 wanted=$2 text=$3 input=$4 code=0
	shift 4
	printf '%s' "$input" > "$dir/in"
	timeout 20 "$echo_query" "$@" < "$dir/in" > "$dir/out" 2> "$dir/err" || code=$?
	judge "$name" "$code" "$wanted" "$text"
}

answers "a query on stdin" '{"host":"a"}' '"host":"a"'
answers "escapes as Terraform writes them" '{"host":"\u0061"}' '"host":"a"'
answers "options alone" '' '"host":"b"' --host b
answers "options are defaults" '{"host":"a"}' '"port":"2222"' --port=2222 --host=b
answers "the query goes first" '{"host":"a"}' '"host":"a"' --port=2222 --host=b
answers "an option with dashes" '{"host":"a"}' '"host_key_policy":"accept-new"' --host-key-policy=accept-new
answers "a local engine" '{"host":"unix:///run/d.sock"}' 'unix:///run/d.sock'
answers "extra time by default" '{"host":"a"}' '"left":"yes"'
answers "no extra time beside a timeout" '{"host":"a"}' '"left":"no"' --timeout=1m
QUERY='{"host":"env"}' answers "a query in a variable" '' '"host":"env"' --query-env QUERY
TOKEN=hunter2 answers "a secret in a variable" '{"host":"a"}' '"secret":"7"' --token-env TOKEN
ends_with "names the node once" 4 'echo-query: dev-1 (a): connection refused' \
	'{"host":"a","name":"dev-1","act":"fail"}'
ends_with "names the host once" 4 'echo-query: a: connection refused' '{"host":"a","act":"fail"}'
answers "a result that is no UTF-8" '{"host":"a","act":"binary"}' '"log":"'

runs_out_of_time() {
	local code=0
	"$echo_query" --host=a --act=wait --timeout=50ms < /dev/null > "$dir/out" 2> "$dir/lines" || code=$?
	tail -n 1 "$dir/lines" > "$dir/err"
	judge "the time runs out" "$code" 3 'echo-query: a: time ran out'
}

fails_to_answer() {
	local code=0
	: > "$dir/out"
	"$echo_query" --host=a < /dev/null > /dev/full 2> "$dir/err" || code=$?
	judge "a full disk" "$code" 1 'the result cannot be written'
	code=0
	"$echo_query" --host=a < /dev/null >&- 2> "$dir/err" || code=$?
	judge "a closed stdout" "$code" 1 'the result cannot be written'
}

# Starts a run that waits, and returns once it does; its later lines go to
# $dir/err.
start_waiting() { # ACT [OPTION...]
	local act=$1 line
	shift
	rm -f "$dir/lines"
	mkfifo "$dir/lines"
	"$echo_query" --host=a --act="$act" --timeout=60s "$@" < /dev/null > "$dir/out" 2> "$dir/lines" &
	child=$!
	exec 8< "$dir/lines"
	if ! read -r -t 20 line <&8 || [ "$line" != "echo-query: a: waiting" ]; then
		report "a run that waits" "it says \`$line\`"
	fi
}

end_waiting() { # NAME CODE TEXT
	local code=0
	timeout 20 cat <&8 > "$dir/err" || true
	exec 8<&-
	wait "$child" || code=$?
	child=
	judge "$1" "$code" "$2" "$3"
}

stops_on_a_signal() {
	start_waiting wait
	kill -TERM "$child"
	end_waiting "an interrupt" 3 'echo-query: a: interrupted by SIGTERM: time ran out'
}

stops_at_once_on_the_second() {
	local code=0
	start_waiting stay
	kill -TERM "$child"
	kill -HUP "$child"
	timeout 20 cat <&8 > "$dir/err" || true
	exec 8<&-
	wait "$child" || code=$?
	child=
	case $code in
	143 | 129) report "a second interrupt" "" ;;
	*) report "a second interrupt" "exit code $code" ;;
	esac
}

# As under nohup.
ignores_what_the_caller_ignores() {
	trap '' HUP
	start_waiting wait
	trap 'exit 143' HUP
	kill -HUP "$child"
	kill -TERM "$child"
	end_waiting "an ignored hangup" 3 'interrupted by SIGTERM'
}

hides_the_secret() {
	local problem=
	TOKEN=hunter2 start_waiting wait --token-env TOKEN
	if grep -qsa hunter2 "/proc/$child/environ" "/proc/$child/cmdline"; then
		problem="it can be read in /proc"
	fi
	kill -TERM "$child"
	end_waiting "the run with a secret" 3 'interrupted by SIGTERM'
	report "no secret in /proc" "$problem"
}

runs_out_of_time
fails_to_answer
stops_on_a_signal
stops_at_once_on_the_second
ignores_what_the_caller_ignores
hides_the_secret
finish_tests

#!/usr/bin/env bash
# test-terminal.sh - watch-swarm on a terminal, with real keys, before a scripted engine: what
# it shows at 80x24 and 200x60, how tasks move, what a hostile engine cannot do, and that the
# terminal is given back whatever ends it.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

export LC_ALL=C.UTF-8

# watch_in WIDTH HEIGHT NAME [ENV...]: watch-swarm at the engine of that name
watch_in() {
	in_terminal "$1" "$2" "env TERM=screen-256color ${*:4} '$BIN/watch-swarm' --host 'unix://$WORK/$3.sock'"
	saw 20 'of [1-9][0-9]* nodes ready'
}

# mutant helpers/watch/rows.c natural: condition is_digit => false
test_views() {
	engine views 12 3 24
	watch_in 80 24 views
	sees "nodes with part, availability, state and load" '^= dev-manager-1 +leader +active +ready +2/2 +cpu 12% mem  3%$'
	sees "keys at the bottom" '^ n nodes  t by node  s by service  a all  / filter  enter show  q quit'
	check "no line is longer than 80 columns" sh -c "awk 'length > 80 { exit 1 }' '$WORK/screen'"
	keys n
	sees "nodes alone" '^= dev-worker-9 +worker'
	equal "numbers in names by their value" "1 2 3 4 5 6 7 8 9" "$(sed -nE 's/^= dev-worker-([0-9]+) .*/\1/p' "$WORK/screen" | paste -sd ' ')"
	keys s
	sees "tasks by service" '^= web +replicated +8/8'
	sees "with their nodes" '^    = api\.1 +dev-manager-2 +running'
	keys q
	sees "q ends it" '^ended with 0'
}

# mutant helpers/watch/rows.c has_filter: strcasestr => strstr
test_filter() {
	engine filter 5 3 12
	watch_in 80 24 filter
	keys /API
	sees "while it is typed" 'filter: API_'
	keys Enter
	check "only what has the text" refuses shows 'web\.'

	sees "and what it belongs to" '^= dev-manager-1'
	keys Escape
	sees "escape clears it" 'web\.1 '
	keys q
}

test_moving() {
	engine moving 5 3 15
	watch_in 80 24 moving
	swarm moving drain?node=3
	sees "a drain is seen at once" '^> dev-worker-1 +worker +drain ' 2
	sees "tasks stop" 'stopping|> [a-z]+\.[0-9] ' 5
	sees "until none is left" '^> dev-worker-1 +worker +drain +ready +0/0' 10
	swarm moving roll?service=0
	keys s
	sees "a roll moves" '^> web +replicated' 5
	sees "to the new image" '^    = web\.1 .*web:2' 10
	swarm moving down?node=4
	keys n
	sees "a node that is down" '^! dev-worker-2 +worker +active +down' 5
	keys q
}

# mutant helpers/docker/view.c copy: utf8_mask() =>
test_failure() {
	engine failure 5 3 12
	watch_in 80 24 failure
	swarm failure fail?task=1
	sees "a failure is listed with its error" '^    ! api\.1 +failed .*no such \?\]0;owned' 5
	keys / failed Enter
	saw 5 'filter: failed'
	keys Down Enter
	sees "enter shows the whole error" '^error +no such \?\]0;owned\?\?\[2J\?31m image \?gnp.exe second line$'
	sees "the exit code" '^exit code +3$'
	sees "and the last lines of the log, masked" '^  \?\[31mcannot reach the database\?\[0m$'
	sees "in their order" '^  last words$'
	equal "the terminal's title is its own" 0 "$(term display-message -p -t watch '#{pane_title}' | grep -c owned)"
	keys Escape
	sees "escape leads back" 'n nodes  t by node'
	keys q
}

# mutant helpers/watch/term_screen.c begin_colours: getenv() => ""
test_colours() {
	engine colours 5 3 12
	watch_in 80 24 colours NO_COLOR=
	coloured >"$WORK/colours"
	check "colours, green among them" grep -q '\[32m' "$WORK/colours"
	keys q
	watch_in 80 24 colours NO_COLOR=1
	coloured >"$WORK/colours"
	check "none with NO_COLOR" refuses grep -qE '\[([0-9;]*;)?3[0-8][;m]' "$WORK/colours"
	sees "and the signs are still there" '^= dev-worker-1'
	keys q
}

test_wide() {
	engine wide 40 6 100
	watch_in 200 60 wide
	sees "at 200x60 the list fills the screen" '^    = [a-z0-9.-]+ +running'
	equal "as many lines as there are" 60 "$(screen | wc -l)"
	keys End
	sees "end" '^= dev-worker-37'
	term resize-window -t watch -x 80 -y 24
	sees "and smaller" 'q quit'
	equal "of 24 lines" 24 "$(screen | wc -l)"
	keys q
}

test_lost() {
	engine lost 5 3 12
	watch_in 80 24 lost
	kill "${ENGINES[-1]}"
	sees "a manager that goes is said to be lost" 'LOST' 10
	sees "and why" 'nothing listens|refused|no manager|ended|Docker' 10
	sees "the picture stays" '^= dev-worker-1'
	rm -f "$WORK/lost.sock"
	engine lost 6 3 12
	sees "one that comes is used" '6 of 6 nodes ready' 20
	keys q
}

# restored SIGNAL CODE: the terminal is in its mode again, with its cursor
restored() {
	watch_in 80 24 restored
	kill "-$1" "$(pgrep -P "$(term display-message -p -t watch '#{pane_pid}')" -x watch-swarm)"
	sees "SIG$1 ends it" "^ended with $2" 10
	sees "SIG$1: the terminal is as it was" '(^|[^-])icanon.*|[; ]echo ' 5
	check "SIG$1: no key is raw" sh -c "! grep -qE -- '-icanon|-echo( |\$)' '$WORK/screen'"
	equal "SIG$1: its screen and cursor, too" "0 1" "$(term display-message -p -t watch '#{alternate_on} #{cursor_flag}')"
}

test_restored() {
	engine restored 5 3 12
	restored TERM 0
	restored HUP 0
	restored INT 0
	restored QUIT 131
	restored SEGV 139
}

test_no_terminal() {
	engine none 1 1 1
	CODE=0
	"$BIN/watch-swarm" --host "unix://$WORK/none.sock" </dev/null >"$WORK/out" 2>"$WORK/err" || CODE=$?
	equal "without a terminal it says what to use" "2 1" "$CODE $(grep -c 'have to be a terminal; use --json' "$WORK/err")"
	in_terminal 80 24 "env TERM=nothing '$BIN/watch-swarm' --host 'unix://$WORK/none.sock'"
	sees "a terminal that is not known" 'TERM is "nothing"'
	sees "is a fault of its user" '^ended with 2'
}

play test_views test_filter test_moving test_failure test_colours test_wide test_lost test_restored test_no_terminal
finish_tests

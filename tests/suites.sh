# shellcheck shell=bash
# suites.sh - what tests/run runs. A suite is a function that prints a line for each
# check: "ok NAME", "not ok NAME", "skip NAME - why". Lines after a "not ok" say why.

# suite, seconds it may take, what has to be fetched or built before: a name that tests/run
# knows, or a script that does it when called with --fetch; the longest first, since they
# run side by side
# shellcheck disable=SC2034 # tests/run reads it
SUITES='
unit         900
helper       600
changes      1800 external
hosts        1800 tests/hosts/newer tests/lib/pytest
terraform    1800 external scaleway tflint
managers     1800
lint         900 scripts/prose scripts/format scripts/tidy
e2e          1800 external
runner       900
teardown     1800 external
drain        1800 external
identity     1800
drift        1800 external
quorum       900
together     1800
exchange     1800 external
nodes        1800
integration  1800
lab          900
secrets      900  external
interrupted  1200 external
tools        900  tests/lib/pytest scripts/format scripts/tidy
input        900  tests/lib/pytest
install      1200  tests/install/test-install-docker.sh tests/install/test-install-docker-dnf.sh
gcc          900
clang        900
fuzz         1200
kill         900  external tests/lib/pytest
teams        900  external tests/teams/test-teams.sh
roll         1800
rolling      1800 external tests/faults/test-logins.sh
rollkill     1800 external tests/lib/pytest
bad          900  external
upgrade      900  external
backup       1800 tests/faults/test-backup-s3.sh tests/faults/test-backup-rights.sh tests/faults/test-backup-page.sh
restore      1800
lost         1800 external
store        1200 tests/store/test-store.sh tests/store/test-page.sh tests/store/test-join.sh
machines     1200 external
cut          1200 external
watch        1200 tests/watch/test-page.sh
stack        1800
stacked      1200 external
'

# Those that are played when they are named, and in a slow target of make, which is run when
# what they test has changed
# shellcheck disable=SC2034 # tests/run reads it
NAMED='install tools input interrupted gcc clang fuzz roll rolling rollkill bad kill teams upgrade backup restore lost store machines cut watch stack stacked'

# Those that share what they build, and so run one after the other
# shellcheck disable=SC2034 # tests/run reads it
BUILDERS='unit helper input'

# Those that compile and measure no time
# shellcheck disable=SC2034 # tests/run reads it
PATIENT='gcc clang fuzz'

JOBS=$(nproc)

# shellcheck source-path=SCRIPTDIR source=lib/check.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib/check.sh"

# Those of the scripts that get what they need themselves, called with --fetch
takes_fetch() { grep -lE -- '(^|= )--fetch(\)| \])' "$@"; }

# Names the test program in the result lines of cmocka, which counts them instead.
named() { sed -u -E "s|^(not )?ok [0-9]+ # SKIP |skip $1: |; s|^((not )?ok) [0-9]+ - |\\1 $1: |"; }

# The tests that script $1 can be asked for: its functions, or those of a program of pytest.
tests_of() {
	local files
	mapfile -t files < <(sed -nE 's|^[^#]*pytest ([^ ]+\.py).*|\1|p' "$1" | sort -u)
	sed -nE 's/^(def )?(test_[a-z0-9_]+)\(.*/\2/p' "$1" "${files[@]}"
}

# Runs a program that prints result lines. That it died, or said nothing, is a failure
# too; so is one that has failed and nevertheless ends with 0.
program() {
	local name=$1 said=/tmp/said status=0
	shift
	"$@" 2>&1 | named "$name" | tee "$said" || status=${PIPESTATUS[0]}
	if ! grep -qE '^(ok|not ok|skip) ' "$said"; then
		printf 'not ok %s - it ended with status %s and no result\n' "$name" "$status"
	elif [ "$status" != 0 ] && ! grep -q '^not ok ' "$said"; then
		printf 'not ok %s - it ended with status %s\n' "$name" "$status"
	fi
}

# Every test of a folder; the other scripts there are what they share.
scripts_of() {
	local script
	for script in "tests/$1"/test-*.sh; do
		program "$script" "$script"
	done
}

# tests_named FOLDER NAME...: some tests of a folder, so that others run beside them
tests_named() {
	local folder=$1 name
	shift
	for name; do
		program "tests/$folder/test-$name.sh" "tests/$folder/test-$name.sh"
	done
}

# Shell scripts, by their first line
shell_scripts() {
	find .ci modules scripts terraform tests -name .terraform -prune -o -type f ! -name '*.tftpl' -exec \
		awk 'FNR == 1 && /^#!.*sh( |$)|^# shellcheck shell=/ { print FILENAME } { nextfile }' {} +
}

check_shell() { shell_scripts | xargs shellcheck --external-sources; }

# compiles NAME MAKE-ARGUMENT...: everything, warnings as errors, in a folder of its own
compiles() {
	local name=$1
	shift
	check "$name" make -s -j "$JOBS" -k WERROR=1 "BUILD=build/check/$name" "BIN=build/check/$name/bin" "$@"
}

# The analyzer takes memory behind a header of our own (base/secret.c) for lost; leaks are
# for the sanitizers to find.
suite_gcc() { compiles gcc CC=gcc LTO= CFLAGS='-O2 -g' ANALYZER='-fanalyzer -Wno-analyzer-malloc-leak' all units; }
suite_clang() { compiles clang CC=clang all units; }

# Those of 0.1.0, stripped as they are installed; they were 1,057,848 bytes then. 80 KiB are
# for the store that fetch-tokens and join-node read since: requests to AWS, and its keys.
are_small() {
	local helper bytes=0 most=$((1048576 + 81920))
	for helper in fetch-tokens prepare-node init-swarm join-node drain-and-remove drain-swarm describe-swarm; do
		strip -o /tmp/stripped "bin/$helper"
		bytes=$((bytes + $(stat -c %s /tmp/stripped)))
	done
	echo "$bytes bytes; at most $most are promised (CONTRIBUTING.md)"
	[ "$bytes" -le "$most" ]
}

suite_lint() {
	check "includes go downwards" scripts/check-layers
	check "calls go downwards, and no files call each other in a circle" scripts/check-circles
	check "sources" scripts/check-source
	check "what mutants make wrong is there" scripts/mutate --check
	check "C is formatted" scripts/format --check
	check "functions are of a size to be read" scripts/tidy
	check "shellcheck" check_shell
	check "the seven executables of 0.1.0 have 1 MiB together, without the store" are_small
	check "tables of the modules' READMEs" scripts/module-readme --check
	check "docs/reference.md" make -s check-reference
	check "prose" scripts/prose
	check "prose that is bad is noticed" eval '! scripts/prose tests/runner/samples/prose.md'
}

suite_unit() {
	local test
	check "unit tests compile, without a warning" make -s -j "$JOBS" WERROR=1 SAN=address,undefined units
	for test in tests/unit/test_*.c; do
		test=${test#tests/unit/}
		program "${test%.c}" "build/address-undefined/unit/${test%.c}"
	done
}

suite_helper() { program "command line" make -s -j "$JOBS" SAN=address,undefined command-line; }
# What pages and lists say of the tree, and what scripts of the modules print
suite_runner() { tests_named runner completion context demo faults-page fetch keys messages-page modules readme; }
# What tests, builds and releases, itself tested
suite_tools() { tests_named runner checks ci get-helpers mutate pytest release roll run supply; }
suite_lab() { scripts_of lab; }
suite_install() { scripts_of install; }
suite_terraform() { program tests/terraform/check.sh tests/terraform/check.sh; }

# configured NAME...: tests of tests/terraform, with executables that only pretend
configured() {
	local name
	for name; do
		program "tests/terraform/$name.sh" "tests/terraform/$name.sh"
	done
}

# What a change of the configuration runs, and in which order
suite_changes() { configured executables forget-host host-keys disk firewall lifecycle living moved drift stack; }
# What is left to do when it was interrupted, or a machine is bad
suite_interrupted() { configured killed bad restore schedule store; }

suite_integration() { scripts_of integration; }
suite_fuzz() { program "fuzzers" make -s -j "$JOBS" fuzz SECONDS=10; }
suite_input() { scripts_of input; }
suite_hosts() { scripts_of hosts; }
suite_secrets() { scripts_of secrets; }
suite_kill() { tests_named kill kill; }
suite_rollkill() { tests_named kill roll-killed; }
suite_quorum() { tests_named faults quorum; }
suite_together() { tests_named faults together; }
suite_managers() { tests_named faults managers; }
suite_nodes() { tests_named faults nodes; }
suite_teardown() { tests_named faults teardown alone; }
suite_drift() { tests_named faults drift host-keys; }
suite_identity() { tests_named faults identity init; }
suite_exchange() { tests_named faults exchange reasons; }
suite_roll() { tests_named faults roll; }
suite_rolling() { tests_named faults rolling settings logins reboot; }
suite_bad() { tests_named faults bad; }
suite_upgrade() { scripts_of upgrade; }
suite_backup() { tests_named faults backup backup-systemd backup-s3 backup-rights backup-page; }
suite_restore() { tests_named faults restore restore-moved; }
suite_lost() { tests_named faults restore-from schedule; }
suite_store() { scripts_of store; }
suite_machines() { tests_named faults machines; }
suite_watch() { scripts_of watch; }
suite_cut() { tests_named faults machines-cut; }
suite_stack() { tests_named faults stack; }
suite_stacked() { tests_named faults stack-terraform stack-page; }
suite_drain() { tests_named faults drain who; }
suite_e2e() { scripts_of e2e; }
suite_teams() { scripts_of teams; }

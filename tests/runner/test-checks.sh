#!/usr/bin/env bash
# test-checks.sh - proves that scripts/check-layers, check-circles, check-source, mutate --check,
# format --check and tidy find what they are for: each is shown a small checkout, or a file, with
# one thing wrong.
set -euo pipefail

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
WORK=$(mktemp -d /tmp/tsh-test-checks.XXXXXX)
trap 'rm -rf "$WORK"' EXIT
# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
. "$ROOT/tests/lib/check.sh"

# A checkout in which nothing is wrong
fresh() {
	rm -rf "$WORK/tree"
	mkdir -p "$WORK/tree"/helpers/{base,net,ssh,http,docker,swarm,cli} "$WORK/tree"/{tests,scripts}
	for header in base/buf net/tcp ssh/ssh docker/node docker/internal swarm/join swarm/join_internal cli/query; do
		printf '/* %s */\n' "$header" >"$WORK/tree/helpers/$header.h"
	done
	printf '/* SPDX-License-Identifier: MIT */\n/* Twice. */\n#include "base/buf.h"\n\nint twice(int n)\n{\n\treturn n ? once(n) : 0;\n}\n' >"$WORK/tree/helpers/base/buf.c"
	printf '/* SPDX-License-Identifier: MIT */\n/* Asks for twice. */\nstatic int f(void)\n{\n\treturn twice(1);\n}\n' >"$WORK/tree/tests/a.c"
	printf '#!/bin/sh\n# a - a test\n%b\ntest_a() {\n\ttrue\n}\n' '# mutant helpers/base/buf.c twice: once() => 1' >"$WORK/tree/tests/a.sh"
}

# show_to CHECK [OPTION]: what it says of that checkout
show_to() { "$ROOT/scripts/$1" "${@:2}" "$WORK/tree" >"$WORK/said" 2>&1; }

# finds "CHECK [OPTION]" NAME FILE TEXT CONTENT: with CONTENT in FILE the check fails and says TEXT.
finds() {
	local got=0
	fresh
	printf '%b' "$5" >"$WORK/tree/$3"
	# shellcheck disable=SC2086 # a check and its option
	show_to $1 || got=$?
	grep -F "$3" "$WORK/said" | grep -F -- "$4" >/dev/null || got=0
	verdict $((got != 1)) "$1 finds $2"
}

accepts() {
	local got=0
	fresh
	# shellcheck disable=SC2086 # a check and its option
	show_to $1 || got=$?
	verdict "$got" "$1 accepts a good tree"
}

refuses_nothing() {
	local got=0
	rm -rf "$WORK/tree" && mkdir -p "$WORK/tree/helpers" "$WORK/tree/tests"
	# shellcheck disable=SC2086 # a check and its option
	show_to $1 || got=$?
	verdict $((got != 1)) "$1 fails where there is nothing to check"
}

test_layers() {
	accepts check-layers
	refuses_nothing check-layers
	finds check-layers "an include upwards" helpers/net/a.c 'net may not include docker' '#include "docker/node.h"\n'
	finds check-layers "http that knows ssh" helpers/http/a.c 'http may not include ssh' '#include "ssh/ssh.h"\n'
	finds check-layers "the inside of another folder" helpers/swarm/a.c 'for the files of docker alone' '#include "docker/internal.h"\n'
	finds check-layers "the inside of another subject" helpers/swarm/a.c 'for the files swarm/join*.c alone' '#include "swarm/join_internal.h"\n'
	finds check-layers "base that includes the top floor" helpers/base/a.c 'base may not include cli' '#include "cli/query.h"\n'
	finds check-layers "libssh2 outside of ssh" helpers/net/tcp.c 'may include it' '#include <libssh2.h>\n'
	finds check-layers "curl outside of http" helpers/docker/a.c 'may include it' '#include <curl/curl.h>\n'
	finds check-layers "openssl outside of net" helpers/swarm/a.c 'may include it' '#  include <openssl/evp.h>\n'
	finds check-layers "an include past the layers" helpers/net/a.c 'as seen from helpers/' '#include "tcp.h"\n'
	finds check-layers "an include upwards by .." helpers/base/a.c 'without ./ and ../' '#include "../docker/node.h"\n'
	finds check-layers "the inside of another folder by .." helpers/docker/a.c 'without ./ and ../' '#include "../http/internal.h"\n'
}

test_circles() {
	accepts check-circles
	refuses_nothing check-circles
	finds check-circles "two files that call each other" helpers/net/a.c 'helpers/net/a.c -> helpers/base/buf.c: twice' \
		'int once(int n)\n{\n\treturn twice(n);\n}\n'
	finds check-circles "a circle in one line" helpers/net/a.c 'helpers/net/a.c -> helpers/base/buf.c: twice' 'int once(int n) { return twice(n); }\n'
	finds check-circles "a circle by a variable without a value" helpers/net/a.c 'helpers/net/a.c -> helpers/base/buf.c: twice' \
		'int once;\nstatic int f(void)\n{\n\treturn twice(once);\n}\n'
	finds check-circles "a call upwards, by a prototype of its own" helpers/docker/a.c 'once: base may not call docker' 'int once(int n)\n{\n\treturn n;\n}\n'
	finds check-circles "a function that nobody calls" helpers/net/a.c 'thrice is named by no other file' 'int thrice(int n)\n{\n\treturn n;\n}\n'
}

test_source() {
	accepts check-source
	refuses_nothing check-source
	finds check-source "a banned call" helpers/base/a.c 'strcpy is not to be called' 'void f(char *a)\n{\n\tstrcpy (a, "x");\n}\n'
	finds check-source "a child process" helpers/swarm/a.c 'fork is not to be called' 'int f(void)\n{\n\treturn fork();\n}\n'
	finds check-source "a source without its licence and purpose" helpers/net/a.c 'begin with the licence' 'int a;\n'
	finds check-source "a test without its licence and purpose" tests/a.c 'begin with the licence' '/* A test. */\nint a;\n'
	finds check-source "a header without a comment" helpers/net/a.h 'begin with a comment' '#define A 1\n'
	finds check-source "a script without a comment" scripts/a 'begin with a comment' '#!/bin/sh\necho a\n'
	finds check-source "two failures in one value" helpers/net/a.c 'write an if for' 'int f(void)\n{\n\treturn a() ||\n\t       b() ? -1 : 0;\n}\n'
	finds check-source "an interval of its own" helpers/net/a.c 'base/timing.h' '#define A_MS 100\n'
	finds check-source "one in a call" helpers/net/a.c 'base/timing.h' 'int f(void)\n{\n\treturn deadline_pause(d, 5);\n}\n'
	finds check-source "white space" helpers/net/a.c 'white space' 'int a; \n'
	finds check-source "a missing line end" helpers/net/a.c 'no line end' 'int a;'
	finds check-source "somebody's path" scripts/a 'a path of one machine' '#!/bin/sh\n# a script\ncd /Us''ers/me\n'
	finds check-source "a word of our own" helpers/net/a.h 'write "stale node"' '/* a gho''st */\n'
	finds check-source "one in a name" helpers/net/a.h 'write "stale node"' '/* swarm_gho''st_read */\n'
	finds check-source "one of several words" helpers/net/a.h 'write "teardown marker"' '/* takes the mark ''off */\n'
	finds check-source "one of several forms" helpers/net/a.h 'write "wait until stable"' '/* pending_''wait */\n'
	finds check-source "one in a script" scripts/a 'write "timed_out"' '#!/bin/sh\n# a script\necho given_''up\n'
}

# says_of NAME TEXT MUTANT: what is wrong with a mutant
says_of() {
	finds "mutate --check" "$1" tests/a.sh "$2" "#!/bin/sh\n# a - a test\n# mutant $3\ntest_a() {\n\ttrue\n}\n"
}

test_mutants() {
	accepts "mutate --check"
	refuses_nothing "mutate --check"
	says_of "a file that is gone" 'no such file' 'helpers/base/gone.c twice: returns 0'
	says_of "a function that is gone" 'there is no thrice in it' 'helpers/base/buf.c thrice: returns 0'
	says_of "a call that is gone" 'gone() is not there' 'helpers/base/buf.c twice: gone() => 1'
	says_of "a name that is there twice" 'n is more than once there' 'helpers/base/buf.c twice: n => 1'
	says_of "a mutant that is none" 'it changes nothing' 'helpers/base/buf.c twice: once => once'
	says_of "an unknown edit" 'no edit' 'helpers/base/buf.c twice: once()'
	says_of "no edit at all" 'expected mutant FILE' 'helpers/base/buf.c twice'
	says_of "a test that is gone" 'there is no test_b' 'helpers/base/buf.c twice: returns 0\n#   with test_b'
	finds "mutate --check" "one beside no test" tests/a.sh 'above the test' \
		'#!/bin/sh\n# a - a test\ntest_a() {\n\ttrue\n}\n\n# mutant helpers/base/buf.c twice: returns 0\nfinish\n'
}

# judges "CHECK [OPTION]" CODE NAME TEXT CONTENT: how it ends for a file, and what it says of it
judges() {
	local got=0
	mkdir -p "$WORK/tree/helpers/net"
	cp "$ROOT"/.clang-* "$WORK/tree"
	printf '%b' "$5" >"$WORK/tree/helpers/net/a.c"
	# shellcheck disable=SC2086 # a check and its option
	"$ROOT"/scripts/$1 "$WORK/tree/helpers/net/a.c" >"$WORK/said" 2>&1 || got=$?
	[ -z "$4" ] || grep -qF -- "$4" "$WORK/said" || got=silent
	verdict "$([ "$got" = "$2" ] && echo 0 || echo 1)" "$1: $3"
}

test_format() {
	judges "format --check" 0 "what is formatted" '' 'int f(int a)\n{\n\treturn a;\n}\n'
	judges "format --check" 123 "a brace in the wrong place is found" 'code should be clang-formatted' 'int f(int a) {\n\treturn a;\n}\n'
}

test_tidy() {
	local calls
	calls=$(printf '\\tg();\\n%.0s' {1..30})
	judges tidy 0 "what is short" '' "void g(void);\nvoid f(void)\n{\n$calls}\n"
	judges tidy 123 "a long function is found" 'lines including whitespace' "void g(void);\nvoid f(void)\n{\n$calls$calls}\n"
	judges tidy 123 "what does not compile is found" 'error' 'int f(void)\n{\n\treturn g;\n}\n'
}

main() {
	play test_layers test_circles test_source test_mutants test_format test_tidy
	finish_tests
}

main

#!/usr/bin/env bash
# test-mutate.sh - what scripts/mutate makes of a source, edit by edit, and which test it plays.
set -euo pipefail

ROOT=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd -P)
WORK=$(mktemp -d /tmp/tsh-test-mutate.XXXXXX)
trap 'rm -rf "$WORK"' EXIT
# shellcheck source-path=SCRIPTDIR source=../lib/check.sh
. "$ROOT/tests/lib/check.sh"
export PYTHONDONTWRITEBYTECODE=1

write_sources() {
	cat >a.c <<'END'
#define MOST (8u << 20) /* bytes */
static const struct row rows[] = {
	[A] = { "ms", 1 }, [B] = { "s", 1000 },
};

/* f(a) || g() */
int f(struct s *a, int n)
{
	int size = n;

	for (int i = 0; a->one && i < 10; i++)
		if (!g(a, n) || (a->two && a->three))
			a->size = n > 3 ? h(n, "a tail") : 0;
	log_note("f(a)");
	return a->one == n;
}
END
	cat >a.tf <<'END'
locals {
  old = { for name, node in var.nodes : name => node.role == "worker" && node.ready } # one
}
resource "terraform_data" "this" {
  input = one([
    "old"
  ])
}
END
	cat >a.sh <<'END'
other() {
	exit 1
}
f() {
	[ -e /proc/x ] || exit 1 # or exit
}
END
}

# becomes FILE "PLACE: EDIT" WANTED...: one line becomes another, or none.
becomes() {
	local file=$1 place=${2%%: *} edit=${2#*: }
	write_sources
	cp "$file" before
	"$ROOT/scripts/mutate.d/records.py" apply "$file" "$place" "$edit" >said || cat said
	equal "$file $2" "${3-}" "$(diff before "$file" | sed -n 's/^> //p')"
}

test_words() {
	becomes a.c 'f: 10 => 9' '	for (int i = 0; a->one && i < 9; i++)'
	becomes a.c 'f: g() => 1' '		if (!1 || (a->two && a->three))'
	becomes a.c 'f in g(): n => 0' '		if (!g(a, 0) || (a->two && a->three))'
	becomes a.c 'MOST: 8u => 9u' '#define MOST (9u << 20) /* bytes */'
	becomes a.c 'rows in "ms": 1 => 2' '	[A] = { "ms", 2 }, [B] = { "s", 1000 },'
	becomes a.c 'rows in [B]: 1000 => 2' '	[A] = { "ms", 1 }, [B] = { "s", 2 },'
	becomes a.c 'f: text tail => head' '			a->size = n > 3 ? h(n, "a head") : 0;'
	becomes a.sh 'f: exit => true' '	[ -e /proc/x ] || true 1 # or exit'
	becomes a.sh '-: /proc/x => /y' '	[ -e /y ] || exit 1 # or exit'
}

test_values() {
	becomes a.c 'f: size = 0' '	int size = 0;'
	becomes a.c 'f: a->size = 0' '			a->size = 0;'
	becomes a.c 'f: returns 0' '	return 0; int size = n;'
	becomes a.tf 'terraform_data.this: input = "new"' '  input = "new"'
	becomes a.tf 'local.old: term node.ready => true' \
		'  old = { for name, node in var.nodes : name => node.role == "worker" && true } # one'
}

test_conditions() {
	becomes a.c 'f: condition a->one && => true' '	for (int i = 0; true; i++)'
	becomes a.c 'f: term 10 => true' '	for (int i = 0; a->one && true; i++)'
	becomes a.c 'f: condition g => true' '		if (true)'
	becomes a.c 'f: term a->two => true' '		if (!g(a, n) || (true && a->three))'
	becomes a.c 'f: term g => true' '		if (true || (a->two && a->three))'
	becomes a.c 'f: condition 3 => true' '			a->size = true ? h(n, "a tail") : 0;'
	becomes a.c 'f: condition == n => true' '	return true;'
}

test_without() {
	becomes a.c 'f: without log_note()' '	;'
	becomes a.c 'f: without a->size' '			;'
	becomes a.c 'rows: without "ms"' '	 [B] = { "s", 1000 },'
}

test_played() {
	mkdir -p tests/unit tests/faults tests/input
	printf '/* A. */\n/* mutant a.c f: returns 0 */\n\nint a;\n\n/* mutant a.c f: returns 1 */\nstatic void b(void **state)\n' >tests/unit/test_a.c
	printf '# mutant a.c f: returns 0\n#   with test_a\n#   fails a: b\ntest_b() {\n' >tests/faults/test-a.sh
	printf 'tests/lib/pytest tests/input/a.py --bins b\n' >tests/input/test-c.sh
	printf '# mutant a.c f: returns 0\n@mark\ndef test_b(c):\n' >tests/input/a.py
	equal "which test is played" "script tests/faults/test-a.sh test_a test_b = a: b
script tests/input/test-c.sh test_b
unit a
unit a = b" "$("$ROOT/scripts/mutate.d/records.py" list tests/ | cut -f 4)"
	equal "of one function alone" "unit a = b" "$("$ROOT/scripts/mutate.d/records.py" list tests/ b | cut -f 4)"
}

cd "$WORK"
play test_words test_values test_conditions test_without test_played
finish_tests

/* SPDX-License-Identifier: MIT */
/* Messages and exit codes of base/err. */
#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof(rows[0]))

static void sets_kind_and_message(void **state)
{
	struct err e = { .kind = ERR_NONE };

	(void)state;
	assert_int_equal(err_set(&e, ERR_AUTH, "user %s, port %d", "root", 22), -1);
	assert_int_equal(e.kind, ERR_AUTH);
	assert_string_equal(e.msg, "user root, port 22");
}

static void keeps_to_one_harmless_line(void **state)
{
	struct err e;

	(void)state;
	err_set(&e, ERR_LOCAL, "%s", "a\nb\tc\x1b[2Jd\re\x7f");
	assert_string_equal(e.msg, "a b c?[2Jd?e?");
	err_wrap(&e, "x\ny");
	assert_string_equal(e.msg, "x y: a b c?[2Jd?e?");
	err_set(&e, ERR_LOCAL, "%s",
		"M\xc3\xbc\xc2\x9b"
		"2J\xe2\x80\xae\xff");
	err_wrap(&e, "\xc2\x9d");
	assert_string_equal(e.msg, "?: M\xc3\xbc?2J??");
}

static void wraps_and_keeps_the_kind(void **state)
{
	struct err e;

	(void)state;
	err_set(&e, ERR_CONFLICT, "update out of sequence");
	assert_int_equal(err_wrap(&e, "drain node %s", "n1"), -1);
	assert_int_equal(e.kind, ERR_CONFLICT);
	assert_string_equal(e.msg, "drain node n1: update out of sequence");
	assert_int_equal(err_as(&e, ERR_REFUSED), -1);
	assert_int_equal(e.kind, ERR_REFUSED);
	assert_string_equal(e.msg, "drain node n1: update out of sequence");
}

/* What does not fit is cut off; nothing is written past the end. */
static void cuts_what_is_too_long(void **state)
{
	char big[3000];
	struct err e;

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	err_set(&e, ERR_LOCAL, "%s", big);
	assert_int_equal(strlen(e.msg), sizeof(e.msg) - 1);
	err_wrap(&e, "ctx");
	assert_int_equal(strlen(e.msg), sizeof(e.msg) - 1);
	assert_memory_equal(e.msg, "ctx: xx", 7);
	err_wrap(&e, "%s", big);
	assert_int_equal(strlen(e.msg), sizeof(e.msg) - 1);
}

static void fits_at_every_length(void **state)
{
	char context[sizeof(((struct err *)0)->msg) + 8];

	(void)state;
	for (size_t n = sizeof(context) - 16; n < sizeof(context); n++) {
		struct err e;

		memset(context, 'c', n);
		context[n] = '\0';
		err_set(&e, ERR_LOCAL, "message");
		err_wrap(&e, "%s", context);
		assert_in_range(strlen(e.msg), n < 1020 ? n : 1019, 1023);
	}
}

/* mutant helpers/base/err.c exit_codes in [ERR_BUSY]: 4 => 1 */
static void gives_each_kind_its_exit_code(void **state)
{
	static const struct {
		enum err_kind kind;
		int code;
	} rows[] = {
		{ ERR_NONE, 0 },      { ERR_REFUSED, 1 },     { ERR_USAGE, 2 },
		{ ERR_DEADLINE, 3 },  { ERR_UNREACHABLE, 4 }, { ERR_HOST_KEY, 1 },
		{ ERR_AUTH, 1 },      { ERR_NO_ENGINE, 1 },   { ERR_NOT_MANAGER, 1 },
		{ ERR_LOCKED, 1 },    { ERR_NO_LEADER, 1 },   { ERR_CONFLICT, 1 },
		{ ERR_NOT_FOUND, 1 }, { ERR_BUSY, 4 },        { ERR_LOCAL, 1 },
	};

	(void)state;
	assert_int_equal(COUNT(rows), ERR_LOCAL + 1);
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(err_exit(rows[i].kind), rows[i].code);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets_kind_and_message),
		cmocka_unit_test(keeps_to_one_harmless_line),
		cmocka_unit_test(wraps_and_keeps_the_kind),
		cmocka_unit_test(cuts_what_is_too_long),
		cmocka_unit_test(fits_at_every_length),
		cmocka_unit_test(gives_each_kind_its_exit_code),
	};

	return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}

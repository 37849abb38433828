/* SPDX-License-Identifier: MIT */
/* The strict readings of base/text. */
#include "base/text.h"

#include "base/buf.h"
#include "base/secret.h"

#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof(rows[0]))

/* mutant helpers/base/text.c text_to_u32: term min => false */
static void reads_numbers(void **state)
{
	static const struct {
		const char *text;
		int ret;
		uint32_t value;
	} rows[] = {
		{ "1", 0, 1 },           { "65535", 0, 65535 },
		{ "00022", 0, 22 },      { "0", -1, 0 },
		{ "65536", -1, 0 },      { "", -1, 0 },
		{ "-1", -1, 0 },         { "+1", -1, 0 },
		{ " 1", -1, 0 },         { "1 ", -1, 0 },
		{ "1a", -1, 0 },         { "0x10", -1, 0 },
		{ "4294967297", -1, 0 }, { "18446744073709551617", -1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint32_t n = 0;

		assert_int_equal(text_to_u32(rows[i].text, 1, 65535, &n), rows[i].ret);
		assert_int_equal(n, rows[i].value);
	}
}

static void reads_the_largest_number(void **state)
{
	uint32_t n = 0;

	(void)state;
	assert_int_equal(text_to_u32("4294967295", 0, UINT32_MAX, &n), 0);
	assert_int_equal(n, UINT32_MAX);
	assert_int_equal(text_to_u32("4294967296", 0, UINT32_MAX, &n), -1);
}

static void finds_control_bytes(void **state)
{
	(void)state;
	assert_false(text_has_control("a b~", 4));
	assert_false(text_has_control("\xc3\xa9", 2));
	assert_false(text_has_control("", 0));
	assert_true(text_has_control("a\0b", 3));
	assert_true(text_has_control("a\n", 2));
	assert_true(text_has_control("\x1b[2J", 4));
	assert_true(text_has_control("a\x7f", 2));
}

/* mutant helpers/base/text.c text_shell_quote: "'\\''" => "'" */
static void quotes_for_the_shell(void **state)
{
	static const struct {
		const char *text, *quoted;
	} rows[] = {
		{ "", "''" },
		{ "a b", "'a b'" },
		{ "it's", "'it'\\''s'" },
		{ "$(x)`y`", "'$(x)`y`'" },
		{ "'", "''\\'''" },
		{ "a\nb\\", "'a\nb\\'" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf b = BUF_INIT(64);

		assert_int_equal(text_shell_quote(&b, rows[i].text), 0);
		assert_string_equal(buf_str(&b), rows[i].quoted);
		buf_free(&b);
	}
}

static void says_when_the_quoted_text_does_not_fit(void **state)
{
	struct buf b = BUF_INIT(5);

	(void)state;
	assert_int_equal(text_shell_quote(&b, "abcd"), -1);
	buf_free(&b);
}

static void expands_the_home_folder(void **state)
{
	static const struct {
		const char *path, *full;
	} rows[] = {
		{ "~/.ssh/id", "/home/x/.ssh/id" },
		{ "~/", "/home/x/" },
		{ "/etc/~/a", "/etc/~/a" },
		{ "a", "a" },
		{ "~x/a", "~x/a" },
		{ "~", "~" },
		{ "", "" },
	};

	(void)state;
	setenv("HOME", "/home/x", 1);
	for (size_t i = 0; i < COUNT(rows); i++) {
		char *full = text_home_path(rows[i].path);

		assert_string_equal(full, rows[i].full);
		secret_free(full);
	}
}

/* As the system has it for this user ID, a root's too. */
static void expect_home_of_user(const char *home)
{
	struct passwd *p = getpwuid(getuid());
	char *full, expected[4200];

	if (home)
		setenv("HOME", home, 1);
	else
		unsetenv("HOME");
	full = text_home_path("~/a");
	if (!p) {
		assert_null(full);
		return;
	}
	snprintf(expected, sizeof(expected), "%s/a", p->pw_dir);
	assert_string_equal(full, expected);
	secret_free(full);
}

static void finds_a_home_without_the_variable(void **state)
{
	char *full;

	(void)state;
	expect_home_of_user(NULL);
	expect_home_of_user("");
	full = text_home_path("/a");
	assert_string_equal(full, "/a");
	secret_free(full);
}

static void steps_through_lists(void **state)
{
	static const struct {
		const char *list, *items; /* each item in brackets */
	} rows[] = {
		{ "", "[]" },           { "a", "[a]" },
		{ "a,b", "[a][b]" },    { " a , b c ", "[a][b c]" },
		{ "a,", "[a][]" },      { ",a", "[][a]" },
		{ "a,,b", "[a][][b]" }, { "  ", "[]" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *rest = rows[i].list, *item;
		struct buf got = BUF_INIT(64);
		size_t n;

		while (text_next_item(&rest, &item, &n))
			buf_addf(&got, "[%.*s]", (int)n, item);
		assert_string_equal(buf_str(&got), rows[i].items);
		buf_free(&got);
	}
}

static void reads_moments(void **state)
{
	static const struct {
		const char *text;
		int64_t ns;
	} rows[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "1970-01-01T00:00:01.5Z", INT64_C(1500000000) },
		{ "2026-11-21T17:55:21.291944585Z", INT64_C(1795283721291944585) },
		{ "2026-11-21T17:55:21.29Z", INT64_C(1795283721290000000) },
		{ "2026-11-21T17:55:21.2919445859999Z", INT64_C(1795283721291944585) },
		{ "2026-11-21T18:55:21.291944585+01:00", INT64_C(1795283721291944585) },
		{ "2026-11-21T12:25:21.29-05:30", INT64_C(1795283721290000000) },
		{ "2026-11-21T17:55:21.291+01:00x", 0 },
		{ "2026-11-21T17:55:21.291+0100", 0 },
		{ "2026-11-21T17:55:21", 0 },
		{ "2026-11-21 17:55:21Z", 0 },
		{ "0001-01-01T00:00:00Z", 0 },
		{ "9999-01-01T00:00:00Z", 0 },
		{ "2026-11-21T17:55:21.Zx", 0 },
		{ "", 0 },
		{ "Z", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(text_moment(rows[i].text), rows[i].ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_numbers),
		cmocka_unit_test(reads_the_largest_number),
		cmocka_unit_test(finds_control_bytes),
		cmocka_unit_test(quotes_for_the_shell),
		cmocka_unit_test(says_when_the_quoted_text_does_not_fit),
		cmocka_unit_test(expands_the_home_folder),
		cmocka_unit_test(finds_a_home_without_the_variable),
		cmocka_unit_test(steps_through_lists),
		cmocka_unit_test(reads_moments),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* What an executable answers with: helpers/result. */
#include "cli/result.h"

#include "base/err.h"
#include "base/js.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Prints with stdout going to `fd`; stdout is as before afterwards. */
static int print_to(int fd, const struct result *r, struct err *e)
{
	int saved, ret;

	fflush(stdout);
	saved = dup(STDOUT_FILENO);
	assert_true(saved >= 0 && dup2(fd, STDOUT_FILENO) >= 0);
	ret = result_print(r, -1, e);
	assert_true(dup2(saved, STDOUT_FILENO) >= 0);
	close(saved);
	return ret;
}

/* Prints into a pipe and gives what came out of it. */
static int printed(const struct result *r, char *text, size_t size, struct err *e)
{
	int ends[2], ret;
	ssize_t n;

	assert_int_equal(pipe(ends), 0);
	ret = print_to(ends[1], r, e);
	close(ends[1]);
	n = read(ends[0], text, size - 1);
	assert_true(n >= 0);
	text[n] = '\0';
	close(ends[0]);
	return ret;
}

/* mutant helpers/cli/result.c result_print: buf_adds() => 0 */
static void prints_one_object_of_strings(void **state)
{
	struct result *r = result_new();
	char text[512];
	struct err e;

	(void)state;
	result_set(r, "manager", "SWMTKN-1-a");
	result_set(r, "none", NULL);
	result_setf(r, "count", "%d of %s", 3, "5");
	result_set(r, "quoted", "a\"b\\c\nd\xc3\xa9");
	assert_int_equal(printed(r, text, sizeof(text), &e), 0);
	assert_string_equal(text, "{\"manager\":\"SWMTKN-1-a\",\"none\":\"\","
				  "\"count\":\"3 of 5\","
				  "\"quoted\":\"a\\\"b\\\\c\\nd\xc3\xa9\"}\n");
	result_free(r);
}

static void keeps_the_last_value_of_a_key(void **state)
{
	struct result *r = result_new();
	char text[64];
	struct err e;

	(void)state;
	result_set(r, "a", "1");
	result_set(r, "a", "2");
	assert_int_equal(printed(r, text, sizeof(text), &e), 0);
	assert_string_equal(text, "{\"a\":\"2\"}\n");
	result_free(r);
}

static void prints_an_empty_object(void **state)
{
	struct result *r = result_new();
	char text[64];
	struct err e;

	(void)state;
	assert_int_equal(printed(r, text, sizeof(text), &e), 0);
	assert_string_equal(text, "{}\n");
	result_free(r);
	result_free(NULL);
}

/* A script's last line in Latin-1, or cut inside a character, comes after the
 * work is done. */
static void mends_what_is_no_utf8(void **state)
{
	struct result *r = result_new();
	struct err e = { .kind = ERR_NONE };
	char text[128];

	(void)state;
	result_set(r, "latin", "caf\xe9");
	result_setf(r, "cut", "%s", "M\xc3");
	assert_int_equal(printed(r, text, sizeof(text), &e), 0);
	assert_string_equal(text, "{\"latin\":\"caf\xef\xbf\xbd\","
				  "\"cut\":\"M\xef\xbf\xbd\"}\n");
	result_free(r);
}

/* The same value for whoever reads JSON, and nothing for a terminal to obey. */
static void escapes_what_drives_a_terminal(void **state)
{
	struct result *r = result_new();
	char text[256];
	struct err e;

	(void)state;
	result_set(r, "name",
		   "a\x1b[2J\x7f\xc2\x9b\xe2\x80\xae\xf3\xa0\x80\x81"
		   "\xc3\xa9");
	assert_int_equal(printed(r, text, sizeof(text), &e), 0);
	assert_string_equal(text, "{\"name\":\"a\\u001B[2J\\u007f\\u009b"
				  "\\u202e\\udb40\\udc01\xc3\xa9\"}\n");
	result_free(r);
}

static void prints_nothing_after_a_bad_value(void **state)
{
	static char huge[(4u << 20) + 2];
	struct result *r = result_new();
	struct err e = { .kind = ERR_NONE };
	char text[64];

	(void)state;
	memset(huge, 'x', sizeof(huge) - 1);
	result_set(r, "good", "1");
	result_set(r, "log", huge);
	result_set(r, "other", huge);
	assert_int_equal(printed(r, text, sizeof(text), &e), -1);
	assert_string_equal(text, "");
	assert_int_equal(e.kind, ERR_LOCAL);
	assert_non_null(strstr(e.msg, "log"));
	result_free(r);
}

static void takes_a_long_value(void **state)
{
	static char value[20001], text[20100];
	struct result *r = result_new();
	struct err e;

	(void)state;
	memset(value, 'x', sizeof(value) - 1);
	result_setf(r, "long", "%s", value);
	assert_int_equal(printed(r, text, sizeof(text), &e), 0);
	assert_int_equal(strlen(text), strlen("{\"long\":\"\"}\n") + 20000);
	result_free(r);
}

static void says_when_it_cannot_be_written(void **state)
{
	struct result *r = result_new();
	struct err e = { .kind = ERR_NONE };
	int full = open("/dev/full", O_WRONLY);
	int closed = open("/dev/null", O_RDONLY);

	(void)state;
	if (full >= 0)
		assert_int_equal(print_to(full, r, &e), -1);
	else /* only Linux has it; a descriptor that cannot be written will do */
		assert_int_equal(print_to(closed, r, &e), -1);
	assert_int_equal(e.kind, ERR_LOCAL);
	assert_non_null(strstr(e.msg, "stdout"));
	e.kind = ERR_NONE;
	assert_int_equal(print_to(closed, r, &e), -1);
	assert_int_equal(e.kind, ERR_LOCAL);
	close(full);
	close(closed);
	result_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints_one_object_of_strings),
		cmocka_unit_test(keeps_the_last_value_of_a_key),
		cmocka_unit_test(prints_an_empty_object),
		cmocka_unit_test(mends_what_is_no_utf8),
		cmocka_unit_test(escapes_what_drives_a_terminal),
		cmocka_unit_test(prints_nothing_after_a_bad_value),
		cmocka_unit_test(takes_a_long_value),
		cmocka_unit_test(says_when_it_cannot_be_written),
	};

	js_setup();
	return cmocka_run_group_tests_name("result", tests, NULL, NULL);
}

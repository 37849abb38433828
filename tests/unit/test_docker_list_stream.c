/* SPDX-License-Identifier: MIT */
/* Lists that come in pieces, and those that are none. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "docker/list_stream.h"

#include <string.h>

struct seen {
	size_t count;
	char text[256]; /* the elements, each followed by ';' */
	size_t fail_at; /* 1 for the first; 0 never */
};

static int note(void *ctx, const char *text, size_t n, struct err *e)
{
	struct seen *s = ctx;

	strncat(s->text, text, n);
	strcat(s->text, ";");
	if (++s->count == s->fail_at)
		return err_set(e, ERR_REFUSED, "enough");
	return 0;
}

/* Feeds `text` in two pieces cut at `cut`. */
static int run(const char *text, size_t cut, struct seen *s, struct err *e)
{
	struct list_stream t;
	int ret;

	list_stream_start(&t, note, s);
	ret = list_stream_feed(&t, text, cut, e) ||
			      list_stream_feed(&t, text + cut, strlen(text) - cut, e) ||
			      list_stream_end(&t, e)
		      ? -1
		      : 0;
	list_stream_free(&t);
	return ret;
}

/* mutant helpers/docker/list_stream.c ends_with: condition --s->depth => true */
static void finds_elements_however_cut(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "[]", "" },
		{ " [ ] \n", "" },
		{ "[{}]", "{};" },
		{ "[{\"a\":1},{\"b\":[{},[1]]}]\n", "{\"a\":1};{\"b\":[{},[1]]};" },
		{ "[ {\"a\":\"]}\\\"{[,\\\\\"} ,\r\n\t{\"b\":\"\\\\\\\"\"} ]",
		  "{\"a\":\"]}\\\"{[,\\\\\"};{\"b\":\"\\\\\\\"\"};" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t cut = 0; cut <= strlen(rows[i].text); cut++) {
			struct seen s = { 0 };
			struct err e = { 0 };

			assert_int_equal(run(rows[i].text, cut, &s, &e), 0);
			assert_string_equal(s.text, rows[i].want);
		}
	}
}

static void refuses_what_is_no_list(void **state)
{
	static const char *const rows[] = {
		"",       "[",    "[{",          "[{}",     "[{},",   "[{},]", "[,]",
		"[{}{}]", "{}",   "[1]",         "[\"a\"]", "[null]", "[[]]",  "[]]",
		"[] x",   "null", "[{\"a\":\"]", "[{}],",   "[{}]{}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct seen s = { 0 };
		struct err e = { 0 };

		assert_int_equal(run(rows[i], strlen(rows[i]) / 2, &s, &e), -1);
		assert_int_equal(e.kind, ERR_REFUSED);
	}
}

static void stops_where_the_reader_fails(void **state)
{
	struct seen s = { .fail_at = 2 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(run("[{},{},{}]", 0, &s, &e), -1);
	assert_int_equal(s.count, 2);
	assert_string_equal(e.msg, "enough");
}

static int ignore(void *ctx, const char *text, size_t n, struct err *e)
{
	(void)text;
	(void)e;
	*(size_t *)ctx += n;
	return 0;
}

static void needs_the_memory_of_one_element(void **state)
{
	static const char element[] = ",{\"a\":\"0123456789012345678901234567\"}";
	struct err e = { 0 };
	struct list_stream t;
	size_t seen = 0;

	(void)state;
	list_stream_start(&t, ignore, &seen);
	assert_int_equal(list_stream_feed(&t, "[{}", 3, &e), 0);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(list_stream_feed(&t, element, sizeof(element) - 1, &e),
				 0);
	assert_int_equal(list_stream_feed(&t, "]", 1, &e), 0);
	assert_int_equal(list_stream_end(&t, &e), 0);
	assert_int_equal(seen, 2 + 100000 * (sizeof(element) - 2));
	assert_in_range(t.element.cap, 1, 1024);
	list_stream_free(&t);
}

static void limits_one_element(void **state)
{
	struct seen s = { 0 };
	struct err e = { 0 };
	struct list_stream t;
	char piece[4096];
	size_t fed = 0;

	(void)state;
	memset(piece, 'x', sizeof(piece));
	list_stream_start(&t, note, &s);
	assert_int_equal(list_stream_feed(&t, "[{\"a\":\"", 7, &e), 0);
	while (!list_stream_feed(&t, piece, sizeof(piece), &e))
		fed += sizeof(piece);
	assert_in_range(fed, LIST_STREAM_MAX - 2 * sizeof(piece), LIST_STREAM_MAX);
	assert_non_null(strstr(e.msg, "larger than"));
	list_stream_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_elements_however_cut),
		cmocka_unit_test(refuses_what_is_no_list),
		cmocka_unit_test(stops_where_the_reader_fails),
		cmocka_unit_test(needs_the_memory_of_one_element),
		cmocka_unit_test(limits_one_element),
	};

	return cmocka_run_group_tests_name("docker/list_stream", tests, NULL, NULL);
}

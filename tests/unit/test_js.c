/* SPDX-License-Identifier: MIT */
/* The rules that base/js puts on jansson. */
#include "base/js.h"

#include "base/buf.h"
#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof(rows[0]))
/* Longer than any member name of Docker's API. */
#define TOO_LONG "a-name-of-seventy-bytes-a-name-of-seventy-bytes-a-name-of-seventy"
#define SECRET "SWMTKN-hunter2"

static const char node[] = "{\"ID\":\"n1\",\"Version\":{\"Index\":42},\"Ready\":true,"
			   "\"Spec\":{\"Labels\":{\"zone\":\"a\"}},\"List\":[1]}";

static json_t *read_text(const char *text, struct err *e)
{
	return js_read(text, strlen(text), "reply", e);
}

static void follows_paths(void **state)
{
	struct err e;
	json_t *v = read_text(node, &e);

	(void)state;
	assert_string_equal(js_text(v, "ID"), "n1");
	assert_string_equal(js_text(v, "Spec/Labels/zone"), "a");
	assert_int_equal(js_number(v, "Version/Index"), 42);
	assert_true(js_true(v, "Ready"));
	assert_ptr_equal(js_at(v, ""), v);
	json_decref(v);
}

static void answers_for_what_is_missing(void **state)
{
	static const char *const paths[] = {
		"Nope", "Spec/Nope/zone", "ID/x", "Ready/y", "List/0",
		"/ID",  TOO_LONG "/x",
	};
	struct err e;
	json_t *v = read_text(node, &e);

	(void)state;
	for (size_t i = 0; i < COUNT(paths); i++) {
		assert_null(js_at(v, paths[i]));
		assert_string_equal(js_text(v, paths[i]), "");
		assert_int_equal(js_number(v, paths[i]), 0);
		assert_false(js_true(v, paths[i]));
	}
	assert_string_equal(js_text(v, "Version/Index"), "");
	assert_int_equal(js_number(v, "ID"), 0);
	assert_false(js_true(v, "ID"));
	assert_string_equal(js_text(NULL, "ID"), "");
	json_decref(v);
}

/* mutant helpers/base/js.c js_read: JSON_REJECT_DUPLICATES => 0 */
static void refuses_without_quoting(void **state)
{
	static const char *const rows[] = {
		"",
		"{",
		"{\"a\":1} x",
		"{\"a\":\"" SECRET "\\q\"}",
		"{\"" SECRET "\":1,\"" SECRET "\":2}",
		"\"" SECRET "\"",
		"{\"a\":" SECRET "}",
		"{\"a\":\"" SECRET,
		"\xef\xbb\xbf{}",
		"{\"a\":\"" SECRET "\\u0000\"}",
		"{\"a\":NaN}",
		"{\"a\":1,}",
		"{\"" SECRET "\xff\":1}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct err e = { .kind = ERR_NONE };

		assert_null(read_text(rows[i], &e));
		assert_int_equal(e.kind, ERR_REFUSED);
		assert_memory_equal(e.msg, "reply: ", 7);
		assert_null(strstr(e.msg, "SWMTKN"));
	}
}

static void tells_duplicates(void **state)
{
	struct err e;

	(void)state;
	assert_null(read_text("{\"a\":1,\"\\u0061\":2}", &e));
	assert_non_null(strstr(e.msg, "twice"));
}

static void does_not_read_past_the_end(void **state)
{
	struct err e;
	json_t *v = js_read("{}garbage", 2, "reply", &e);

	(void)state;
	assert_non_null(v);
	json_decref(v);
	assert_null(js_read("{}\0", 3, "reply", &e));
}

static void writes_compactly_within_the_limit(void **state)
{
	struct buf all = BUF_INIT(1024), small = BUF_INIT(8);
	struct err e;
	json_t *v = read_text("{ \"a\" : [ 1, \"\\u003c\" ] }", &e);

	(void)state;
	assert_int_equal(js_write(v, &all), 0);
	assert_string_equal(buf_str(&all), "{\"a\":[1,\"<\"]}");
	assert_int_equal(js_write(v, &small), -1);
	buf_free(&all);
	buf_free(&small);
	json_decref(v);
}

/* Bytes of text that become a hundred times as many of values. */
/* mutant helpers/base/js.c is_too_much: condition JS_MAX_MEMORY => false
 * mutant helpers/base/js.c is_too_much: condition '\\' => false */
static void bounds_its_memory(void **state)
{
	struct buf text = BUF_INIT(8u << 20);
	struct err e = { 0 };
	json_t *v;

	(void)state;
	buf_adds(&text, "[{}");
	for (int i = 0; i < 1000000; i++)
		buf_adds(&text, ",{}");
	buf_adds(&text, "]");
	assert_false(text.failed);
	assert_null(read_text(text.data, &e));
	assert_int_equal(e.kind, ERR_REFUSED);
	assert_string_equal(e.msg, "reply: would take more than 32 MiB of memory");
	buf_free(&text);
	/* Brackets within a string cost nothing. */
	buf_adds(&text, "[\"\\\"");
	for (int i = 0; i < 1000000; i++)
		buf_adds(&text, "{[,");
	buf_adds(&text, "\"]");
	v = read_text(text.data, &e);
	assert_non_null(v);
	json_decref(v);
	buf_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_paths),
		cmocka_unit_test(answers_for_what_is_missing),
		cmocka_unit_test(refuses_without_quoting),
		cmocka_unit_test(tells_duplicates),
		cmocka_unit_test(does_not_read_past_the_end),
		cmocka_unit_test(writes_compactly_within_the_limit),
		cmocka_unit_test(bounds_its_memory),
	};

	js_setup();
	return cmocka_run_group_tests_name("js", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Where a query comes from: options, stdin, a variable; and the secrets it
 * names. */
#include "cli/query.h"
#include "test_query.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/js.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof(rows[0]))
#define MOST_WORDS 8

/* Never closed behind a test: the next pipe would become stdin. */
static void empty_stdin(void)
{
	int null = open("/dev/null", O_RDONLY);

	assert_true(null >= 0);
	if (null == STDIN_FILENO)
		return;
	assert_true(dup2(null, STDIN_FILENO) >= 0);
	close(null);
}

/* Reads a query with `words` as the command line and `input` on stdin, which
 * stays open behind it when `open_end` is not NULL. */
static int read_query(struct query **q, const char *const *words, const char *input,
		      int *open_end, struct err *e)
{
	char *argv[MOST_WORDS + 2] = { (char *)"test" };
	int argc = 1, ends[2], ret;
	size_t n = strlen(input);

	for (; words[argc - 1]; argc++)
		argv[argc] = (char *)words[argc - 1];
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], input, n), n);
	if (open_end)
		*open_end = ends[1];
	else
		close(ends[1]);
	assert_true(dup2(ends[0], STDIN_FILENO) >= 0);
	close(ends[0]);
	ret = query_read(q, &test_query_spec, argc, argv, e);
	empty_stdin();
	return ret;
}

static void puts_each_source_in_its_place(void **state)
{
	static const struct {
		const char *words[MOST_WORDS + 1];
		const char *input, *key, *value;
	} rows[] = {
		{ { NULL }, "{\"host\":\"a\"}", "host", "a" },
		{ { "--host", "b", NULL }, "", "host", "b" },
		{ { "--host=b", NULL }, " \n", "host", "b" },
		{ { "--host", "b", NULL }, "{}", "host", "b" },
		{ { "--host", "b", NULL }, "{\"host\":\"a\"}", "host", "a" },
		{ { "--host", "b", NULL },
		  "{\"host\":\"a\",\"port\":\"1\"}",
		  "port",
		  "1" },
		{ { "--user=x", NULL }, "{\"host\":\"a\",\"user\":\"\"}", "user", "x" },
		{ { "--user=", NULL }, "{\"host\":\"a\"}", "user", "root" },
		{ { "--host-key-policy=accept-new", NULL },
		  "{\"host\":\"a\"}",
		  "host_key_policy",
		  "accept-new" },
		{ { "--host_key_policy", "accept-new", NULL },
		  "{\"host\":\"a\"}",
		  "host_key_policy",
		  "accept-new" },
		{ { "--host-key_policy", "accept-new", NULL },
		  "{\"host\":\"a\"}",
		  "host_key_policy",
		  "accept-new" },
		{ { "--name", "--user", NULL }, "{\"host\":\"a\"}", "name", "--user" },
		{ { "--name=a=b", NULL }, "{\"host\":\"a\"}", "name", "a=b" },
		{ { "--query-env", "QUERY", NULL },
		  "{\"host\":\"stdin\"}",
		  "host",
		  "env" },
		{ { "--query-env=QUERY", "--host=b", NULL }, "", "host", "env" },
	};

	(void)state;
	setenv("QUERY", "{\"host\":\"env\"}", 1);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct err e = { .kind = ERR_NONE };
		struct query *q = NULL;

		if (read_query(&q, rows[i].words, rows[i].input, NULL, &e))
			fail_msg("row %zu: %s", i, e.msg);
		assert_string_equal(query_text(q, rows[i].key), rows[i].value);
		query_free(q);
	}
}

/* mutant helpers/cli/query_options.c set_value: condition seen => false */
static void refuses(void **state)
{
	static const struct {
		const char *words[MOST_WORDS + 1];
		const char *input, *says;
	} rows[] = {
		{ { NULL }, "", "host: required, and nothing on stdin" },
		{ { NULL }, " \n\t", "nothing on stdin" },
		{ { "--port", "22", NULL }, "", "host: required" },
		{ { "--host", NULL }, "", "--host: expected a value" },
		{ { "--host", "", NULL }, "", "--host: required" },
		{ { "--host=a", "--host=b", NULL }, "", "--host: given twice" },
		{ { "--user=", "--user=b", NULL }, "", "--user: given twice" },
		{ { "--host-key=a", "--host_key=b", NULL },
		  "",
		  "--host_key: given twice" },
		{ { "--hots=a", NULL }, "", "did you mean --host?" },
		{ { "--host=\xff", NULL }, "", "--host: expected UTF-8" },
		{ { "--host=a", "--port=x", NULL }, "", "port: expected" },
		{ { "--port=x", NULL }, "{\"host\":\"a\"}", "port: expected" },
		{ { "-h", NULL }, "", "unexpected argument `-h`" },
		{ { "10.0.0.1", NULL }, "", "unexpected argument" },
		{ { "--", NULL }, "", "unexpected argument" },
		{ { "--=a", NULL }, "", "unknown key" },
		{ { "--a-name-that-is-longer-than-any-that-there-could-be=1", NULL },
		  "",
		  "unknown key" },
		{ { "--query-env", NULL }, "", "--query-env: expected" },
		{ { "--query-env=", NULL }, "", "--query-env: expected" },
		{ { "--query-env=NOT_SET", NULL },
		  "{\"host\":\"a\"}",
		  "no such environment variable" },
		{ { "--query-env=EMPTY", NULL }, "", "the variable is empty" },
		{ { "--query-env=BROKEN", NULL }, "", "query: not JSON" },
		{ { "--query-env=A", "--query-env=B", NULL },
		  "",
		  "--query-env: given twice" },
	};

	(void)state;
	setenv("EMPTY", "", 1);
	setenv("BROKEN", "{\"host\":", 1);
	unsetenv("NOT_SET");
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct err e = { .kind = ERR_NONE };
		struct query *q = NULL;

		if (!read_query(&q, rows[i].words, rows[i].input, NULL, &e))
			fail_msg("row %zu: accepted", i);
		if (e.kind != ERR_USAGE || !strstr(e.msg, rows[i].says))
			fail_msg("row %zu: %s", i, e.msg);
	}
}

static void does_without_a_closed_stdin(void **state)
{
	char *argv[] = { (char *)"test", (char *)"--host=a", NULL };
	struct err e = { .kind = ERR_NONE };
	struct query *q = NULL;

	(void)state;
	close(STDIN_FILENO);
	assert_int_equal(query_read(&q, &test_query_spec, 2, argv, &e), 0);
	empty_stdin();
	query_free(q);
}

static void refuses_more_than_64_kib(void **state)
{
	static char big[64 * 1024 + 2];
	const char *env[] = { "--query-env=BIG", NULL };
	struct err e = { .kind = ERR_NONE };
	struct query *q = NULL;

	(void)state;
	memset(big, ' ', sizeof(big) - 1);
	setenv("BIG", big, 1);
	assert_int_equal(read_query(&q, env, "", NULL, &e), -1);
	assert_non_null(strstr(e.msg, "64 KiB"));
	unsetenv("BIG");
}

static void does_not_wait_for_ever(void **state)
{
	const char *words[] = { "--timeout=50ms", NULL };
	struct err e = { .kind = ERR_NONE };
	struct query *q = NULL;
	int64_t began = deadline_now_ms();
	int open_end;

	(void)state;
	assert_int_equal(read_query(&q, words, "{\"host\":\"a\"}", &open_end, &e), -1);
	close(open_end);
	assert_int_equal(e.kind, ERR_USAGE);
	assert_non_null(strstr(e.msg, "stdin: still open"));
	assert_in_range(deadline_now_ms() - began, 50, 20000);
}

/* mutant helpers/base/secret.c secret_forget_variable: without unsetenv() */
static void takes_secrets_out_of_the_environment(void **state)
{
	const char *words[] = { "--token-env=TOKEN", "--passphrase-env=TOKEN", NULL };
	struct err e = { .kind = ERR_NONE };
	struct query *q = NULL;
	static char variable[] = "TOKEN=hunter2";

	(void)state;
	assert_int_equal(putenv(variable), 0);
	assert_int_equal(read_query(&q, words, "{\"host\":\"a\"}", NULL, &e), 0);
	assert_string_equal(query_secret(q, "token_env"), "hunter2");
	assert_string_equal(query_secret(q, "passphrase_env"), "hunter2");
	assert_null(getenv("TOKEN"));
	assert_memory_equal(variable, "TOKEN=\0\0\0\0\0\0\0", 14);
	query_free(q);
}

/* mutant helpers/cli/query_secret.c query_map_secrets: without secret_forget_variable() */
static void takes_a_map_of_secrets(void **state)
{
	const char *words[] = {
		"--secrets={\"A\":\"TOKEN\",\"B\":\"OTHER\",\"C\":\"TOKEN\"}", NULL
	};
	struct err e = { .kind = ERR_NONE };
	struct query *q = NULL;
	static char variable[] = "TOKEN=hunter2", other[] = "OTHER=x";
	json_t *map;

	(void)state;
	assert_int_equal(putenv(variable), 0);
	assert_int_equal(putenv(other), 0);
	assert_int_equal(read_query(&q, words, "{\"host\":\"a\"}", NULL, &e), 0);
	map = query_map_secrets(q, "secrets", &e);
	assert_string_equal(json_string_value(json_object_get(map, "A")), "hunter2");
	assert_string_equal(json_string_value(json_object_get(map, "B")), "x");
	assert_string_equal(json_string_value(json_object_get(map, "C")), "hunter2");
	assert_null(getenv("TOKEN"));
	assert_null(getenv("OTHER"));
	assert_memory_equal(variable, "TOKEN=\0\0\0\0\0\0\0", 14);
	json_decref(map);
	query_free(q);
}

static void has_no_secrets_when_none_are_named(void **state)
{
	const char *words[] = { NULL };
	struct err e = { .kind = ERR_NONE };
	struct query *q = NULL;
	json_t *map;

	(void)state;
	assert_int_equal(read_query(&q, words, "{\"host\":\"a\"}", NULL, &e), 0);
	map = query_map_secrets(q, "secrets", &e);
	assert_int_equal(json_object_size(map), 0);
	assert_non_null(map);
	json_decref(map);
	query_free(q);
}

static void refuses_a_map_without_its_secrets(void **state)
{
	static const struct {
		const char *word, *says;
	} rows[] = {
		{ "--secrets={\"B\":\"THERE\",\"A\":\"NOT_SET\"}", "for A is not set" },
		{ "--secrets={\"A\":\"EMPTY\"}", "for A is empty" },
		{ "--secrets={\"A\":\"\"}", "for A is not set" },
		{ "--secrets={\"A\":\"BYTES\"}", "for A is no UTF-8" },
	};

	(void)state;
	setenv("EMPTY", "", 1);
	setenv("BYTES", "\xff", 1);
	unsetenv("NOT_SET");
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *words[] = { rows[i].word, NULL };
		struct err e = { .kind = ERR_NONE };
		struct query *q = NULL;

		setenv("THERE", "hunter2", 1);
		assert_int_equal(read_query(&q, words, "{\"host\":\"a\"}", NULL, &e), 0);
		assert_null(query_map_secrets(q, "secrets", &e));
		assert_int_equal(e.kind, ERR_USAGE);
		assert_non_null(strstr(e.msg, rows[i].says));
		assert_null(strstr(e.msg, "NOT_SET"));
		assert_null(i ? NULL : getenv("THERE"));
		query_free(q);
	}
}

static void refuses_variables_without_a_secret(void **state)
{
	static const struct {
		const char *word, *says;
	} rows[] = {
		{ "--token-env=NOT_SET", "token_env: " },
		{ "--token-env=EMPTY", "token_env: " },
		{ "--passphrase-env=NOT_SET", "passphrase_env: " },
	};

	(void)state;
	setenv("EMPTY", "", 1);
	unsetenv("NOT_SET");
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *words[] = { rows[i].word, NULL };
		struct err e = { .kind = ERR_NONE };
		struct query *q = NULL;

		assert_int_equal(read_query(&q, words, "{\"host\":\"a\"}", NULL, &e), -1);
		assert_int_equal(e.kind, ERR_USAGE);
		assert_memory_equal(e.msg, rows[i].says, strlen(rows[i].says));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(puts_each_source_in_its_place),
		cmocka_unit_test(refuses),
		cmocka_unit_test(does_without_a_closed_stdin),
		cmocka_unit_test(refuses_more_than_64_kib),
		cmocka_unit_test(does_not_wait_for_ever),
		cmocka_unit_test(takes_secrets_out_of_the_environment),
		cmocka_unit_test(takes_a_map_of_secrets),
		cmocka_unit_test(has_no_secrets_when_none_are_named),
		cmocka_unit_test(refuses_a_map_without_its_secrets),
		cmocka_unit_test(refuses_variables_without_a_secret),
	};

	js_setup();
	return cmocka_run_group_tests_name("query_source", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Decoding and checking of queries as bytes: query_decode. */
#include "cli/internal.h"
#include "test_query.h"

#include "base/err.h"
#include "base/js.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof(rows[0]))
#define WITH_HOST(rest) "{\"host\":\"10.0.0.1\"," rest "}"
#define SECRET "hunter2"

static int decode(struct query **q, const char *text, struct err *e)
{
	return query_decode(q, &test_query_spec, text, strlen(text), e);
}

/* Each message begins with what is wrong with the query: its key. */
/* mutant helpers/cli/query_check.c check_choice: term v->len => true
 * mutant helpers/cli/query_check.c check_map: term json_is_string => false
 * mutant helpers/cli/query_json.c query_json: JSON_REJECT_DUPLICATES => 0
 * mutant helpers/cli/query_json.c set_all: return query_unknown() => continue */
static void refuses(void **state)
{
	static const struct {
		const char *text, *key, *says;
	} rows[] = {
		{ "", "query", "not JSON" },
		{ "{", "query", "not JSON" },
		{ "host=a", "query", "not JSON" },
		{ "{\"host\":\"a\"} {}", "query", "not JSON" },
		{ "\xef\xbb\xbf{}", "query", "not JSON" },
		{ "{\"host\":\"\xff\"}", "query", "not JSON" },
		{ "[\"host\"]", "query", "got an array" },
		{ "\"host\"", "query", "got a string" },
		{ "null", "query", "got null" },
		{ "{}", "host", "required" },
		{ "{\"host\":\"\"}", "host", "required" },
		{ "{\"host\":null}", "host", "got null" },
		{ "{\"host\":[\"a\"]}", "host", "got an array" },
		{ "{\"host\":{}}", "host", "got an object" },
		{ WITH_HOST("\"port\":22"), "port", "quotes" },
		{ WITH_HOST("\"port\":2.2"), "port", "quotes" },
		{ WITH_HOST("\"port\":true"), "port", "got true" },
		{ WITH_HOST("\"port\":false"), "port", "got false" },
		{ "{\"host\":\"a\",\"host\":\"b\"}", "host", "twice" },
		{ WITH_HOST("\"h\\u006fst\":\"b\""), "query", "twice" },
		{ WITH_HOST("\"labels\":\"{\\\"a\\\":\\\"\\\",\\\"a\\\":"
			    "\\\"\\\"}\""),
		  "labels", "twice" },
		{ "{\"hots\":\"a\"}", "hots", "did you mean host?" },
		{ "{\"host-key\":\"a\"}", "host-key", "mean host_key?" },
		{ "{\"zzzzzzzzzzz\":\"a\"}", "zzzzzzzzzzz", "--help" },
		{ "{\"\":\"a\"}", "", "unknown key" },
		{ "{\"host\":\"a\\u0000b\"}", "host", "control character" },
		{ "{\"host\":\"a\\nb\"}", "host", "control character" },
		{ "{\"host\":\"a\\u007f\"}", "host", "control character" },
		{ "{\"host\":\"-oProxyCommand=x\"}", "host", "begin with `-`" },
		{ "{\"host\":\"a b\"}", "host", "letters" },
		{ "{\"host\":\"root@a\"}", "host", "letters" },
		{ "{\"host\":\"a:22\"}", "host", "no host" },
		{ "{\"host\":\"unix:///\"}", "host", "unix:///path" },
		{ "{\"host\":\"unix:///a\\u0000b\"}", "host", "control" },
		{ "{\"host\":\"unix://a\"}", "host", "no host" },
		{ WITH_HOST("\"bastion_host\":\"unix:///a\""), "bastion_host",
		  "no host" },
		{ WITH_HOST("\"port\":\"0\""), "port", "1 to 65535" },
		{ WITH_HOST("\"port\":\"65536\""), "port", "`65536`" },
		{ WITH_HOST("\"port\":\"22 \""), "port", "1 to 65535" },
		{ WITH_HOST("\"bastion_port\":\"ssh\""), "bastion_port", "1 to 65535" },
		{ WITH_HOST("\"size\":\"-1\""), "size", "0 to" },
		{ WITH_HOST("\"size\":\"2147483648\""), "size", "0 to" },
		{ WITH_HOST("\"timeout\":\"5\""), "timeout", "90s" },
		{ WITH_HOST("\"timeout\":\"25h\""), "timeout", "24h" },
		{ WITH_HOST("\"timeout\":\"0s\""), "timeout", "90s" },
		{ WITH_HOST("\"host_key_policy\":\"accept\""), "host_key_policy",
		  "strict, accept-new" },
		{ WITH_HOST("\"host_key_policy\":\"strict|accept-new\""),
		  "host_key_policy", "one of" },
		{ WITH_HOST("\"host_key_policy\":\"stric\""), "host_key_policy",
		  "`stric`" },
		{ WITH_HOST("\"managers\":\"10.0.0.1,,10.0.0.2\""), "managers",
		  "missing" },
		{ WITH_HOST("\"managers\":\"10.0.0.1,\""), "managers", "missing" },
		{ WITH_HOST("\"managers\":\"a,-b\""), "managers", "`-b`" },
		{ WITH_HOST("\"managers\":\"a:70000\""), "managers", "port" },
		{ WITH_HOST("\"advertise_addr\":\"root@10.0.0.1\""), "advertise_addr",
		  "an IP address or" },
		{ WITH_HOST("\"labels\":\"a=b\""), "labels", "not valid JSON" },
		{ WITH_HOST("\"labels\":\"[]\""), "labels", "jsonencode" },
		{ WITH_HOST("\"labels\":\"{\\\"a\\\":1}\""), "labels", "jsonencode" },
		{ WITH_HOST("\"labels\":\"{\\\"\\\":\\\"a\\\"}\""), "labels",
		  "jsonencode" },
		{ WITH_HOST("\"name\":\"a\\u001b[2J\""), "name", "control" },
		{ WITH_HOST("\"host_key\":\"a\\u0000b\""), "host_key", "control" },
		{ WITH_HOST("\"private_key\":\"a\\nb\""), "private_key", "control" },
		{ WITH_HOST("\"private_key\":\"~root/id\""), "private_key", "~/" },
		{ WITH_HOST("\"token_env\":\"A-B\""), "token_env", "name of" },
		{ WITH_HOST("\"token_env\":\"1A\""), "token_env", "name of" },
		{ WITH_HOST("\"token_env\":\"A\\u0000\""), "token_env", "name of" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct err e = { .kind = ERR_NONE };
		struct query *q = NULL;
		size_t n = strlen(rows[i].key);

		if (!decode(&q, rows[i].text, &e))
			fail_msg("row %zu: accepted %s", i, rows[i].text);
		if (e.kind != ERR_USAGE || strncmp(e.msg, rows[i].key, n) ||
		    strncmp(e.msg + n, ": ", 2) || !strstr(e.msg, rows[i].says))
			fail_msg("row %zu: %s: %s", i, rows[i].text, e.msg);
		assert_null(q);
	}
}

/* Where a secret may stand by mistake, the message does not repeat it. */
static void never_quotes_secrets(void **state)
{
	static const char *const rows[] = {
		WITH_HOST("\"token_env\":\"" SECRET "-\""),
		WITH_HOST("\"passphrase_env\":\"my " SECRET "\""),
		WITH_HOST("\"private_key\":\"-----BEGIN " SECRET "\""),
		WITH_HOST("\"private_key\":\"" SECRET "\\n\""),
		WITH_HOST("\"host_key\":\"" SECRET "\\u0001\""),
		WITH_HOST("\"labels\":\"" SECRET "\""),
		WITH_HOST("\"labels\":\"{\\\"" SECRET "\\\":1}\""),
		WITH_HOST("\"name\":\"" SECRET "\\u0001\""),
		"{\"token_env\":\"" SECRET "\\q\"}",
		"{\"token_env\":" SECRET "}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct err e = { .kind = ERR_NONE };
		struct query *q = NULL;

		assert_int_equal(decode(&q, rows[i], &e), -1);
		if (strstr(e.msg, SECRET))
			fail_msg("row %zu: %s", i, e.msg);
	}
}

static void accepts(void **state)
{
	static const struct {
		const char *text, *key, *value; /* NULL: not given */
	} rows[] = {
		{ "{\"host\":\"manager-1.example.com\"}", "host",
		  "manager-1.example.com" },
		{ "{\"host\":\"2001:db8::1\"}", "host", "2001:db8::1" },
		{ "{\"host\":\"fe80::1%eth0\"}", "host", "fe80::1%eth0" },
		{ "{\"host\":\"unix:///run/d.sock\"}", "host", "unix:///run/d.sock" },
		{ " {\n\"host\" : \"a\" } \n", "host", "a" },
		{ "{\"host\":\"\\u0061\"}", "host", "a" },
		{ WITH_HOST("\"name\":\"\""), "name", NULL },
		{ WITH_HOST("\"name\":\"a \\u003cb\\u003e \\u00e9\""), "name",
		  "a <b> \xc3\xa9" },
		{ WITH_HOST("\"user\":\"\""), "user", "root" },
		{ WITH_HOST("\"host_key\":\"k1\\nk2\\r\\n\\t\""), "host_key",
		  "k1\nk2\r\n\t" },
		{ WITH_HOST("\"private_key\":\"~/id\""), "private_key", "/home/x/id" },
		{ WITH_HOST("\"private_key\":\"./my keys/id\""), "private_key",
		  "./my keys/id" },
		{ WITH_HOST("\"managers\":\"10.0.0.1, root@[fd00::1]:2222\""), "managers",
		  "10.0.0.1, root@[fd00::1]:2222" },
		{ WITH_HOST("\"advertise_addr\":\"eth0:2378\""), "advertise_addr",
		  "eth0:2378" },
		{ WITH_HOST("\"advertise_addr\":\"fd00::1\""), "advertise_addr",
		  "fd00::1" },
		{ WITH_HOST("\"host_key_policy\":\"accept-new\""), "host_key_policy",
		  "accept-new" },
		{ WITH_HOST("\"passphrase_env\":\"_A9\""), "passphrase_env", "_A9" },
		{ WITH_HOST("\"bastion_host\":\"\""), "bastion_host", NULL },
	};

	(void)state;
	setenv("HOME", "/home/x", 1);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct err e = { .kind = ERR_NONE };
		struct query *q = NULL;
		const char *value;

		if (decode(&q, rows[i].text, &e))
			fail_msg("%s: %s", rows[i].text, e.msg);
		value = query_text(q, rows[i].key);
		assert_int_equal(value != NULL, rows[i].value != NULL);
		if (value)
			assert_string_equal(value, rows[i].value);
		query_free(q);
	}
}

static void counts_the_words_of_a_choice(void **state)
{
	static const char *const words[] = { "strict", "accept-new" };
	struct query *q = NULL;
	char text[100];
	struct err e;

	(void)state;
	for (int i = 0; i < 2; i++) {
		snprintf(text, sizeof(text), WITH_HOST("\"host_key_policy\":\"%s\""),
			 words[i]);
		assert_int_equal(decode(&q, text, &e), 0);
		assert_int_equal(query_choice(q, "host_key_policy"), i);
		query_free(q);
	}
}

static void puts_defaults_in(void **state)
{
	struct err e;
	struct query *q = NULL;

	(void)state;
	assert_int_equal(decode(&q, "{\"host\":\"a\"}", &e), 0);
	assert_int_equal(query_number(q, "port"), 22);
	assert_int_equal(query_number(q, "bastion_port"), 22);
	assert_int_equal(query_number(q, "size"), 0);
	assert_string_equal(query_text(q, "user"), "root");
	assert_string_equal(query_text(q, "host_key_policy"), "strict");
	assert_int_equal(query_choice(q, "host_key_policy"), 0);
	assert_string_equal(query_text(q, "docker_socket"), "/var/run/docker.sock");
	assert_int_equal(query_ms(q, "timeout"), 2000);
	assert_null(query_text(q, "known_hosts"));
	assert_null(query_map(q, "labels"));
	assert_null(query_secret(q, "token_env"));
	assert_true(query_given(q, "host"));
	assert_false(query_given(q, "timeout"));
	assert_int_equal(query_choice(q, "host_key_policy"), 0);
	query_free(q);
	query_free(NULL);
}

static void converts(void **state)
{
	struct err e;
	struct query *q = NULL;

	(void)state;
	assert_int_equal(
		decode(&q,
		       WITH_HOST(
			       "\"port\":\"2222\",\"timeout\":\"1m30s\",\"size\":\"24\","
			       "\"host_key_policy\":\"accept-new\","
			       "\"labels\":\"{\\\"zone\\\":\\\"a\\\"}\""),
		       &e),
		0);
	assert_int_equal(query_number(q, "port"), 2222);
	assert_int_equal(query_number(q, "size"), 24);
	assert_int_equal(query_ms(q, "timeout"), 90000);
	assert_int_equal(query_choice(q, "host_key_policy"), 1);
	assert_true(query_given(q, "timeout"));
	assert_string_equal(json_string_value(
				    json_object_get(query_map(q, "labels"), "zone")),
			    "a");
	query_free(q);
}

/* 64 KiB and not a byte more, whatever they hold. */
static void keeps_to_its_limit(void **state)
{
	static char text[64 * 1024 + 2];
	const char *head = "{\"host\":\"a\",\"name\":\"";
	struct err e = { .kind = ERR_NONE };
	struct query *q = NULL;

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, head, strlen(head));
	memcpy(text + 64 * 1024 - 2, "\"}", 2);
	assert_int_equal(query_decode(&q, &test_query_spec, text, 64 * 1024, &e), 0);
	query_free(q);
	q = NULL;
	text[64 * 1024] = ' ';
	assert_int_equal(query_decode(&q, &test_query_spec, text, 64 * 1024 + 1, &e), -1);
	assert_int_equal(e.kind, ERR_USAGE);
	assert_non_null(strstr(e.msg, "64 KiB"));
}

/* Deep nesting ends in an error, not in the end of the stack. */
static void survives_deep_nesting(void **state)
{
	static char text[60000];
	struct err e = { .kind = ERR_NONE };
	struct query *q = NULL;

	(void)state;
	memset(text, '[', sizeof(text));
	assert_int_equal(query_decode(&q, &test_query_spec, text, sizeof(text), &e), -1);
	assert_int_equal(e.kind, ERR_USAGE);
}

/* Every cut and every changed byte of a good query is either decoded or
 * refused with a message; the sanitizers watch. */
static void survives_any_damage(void **state)
{
	static const char good[] = WITH_HOST(
		"\"port\":\"2222\",\"labels\":\"{\\\"a\\\":\\\"b\\\"}\","
		"\"managers\":\"u@[::1]:22,b\",\"timeout\":\"1m\","
		"\"token_env\":\"A\",\"private_key\":\"~/k\"");
	char text[sizeof(good)];

	(void)state;
	for (size_t i = 0; i < sizeof(good); i++)
		for (int c = 0; c < 256; c++) {
			struct err e = { .kind = ERR_NONE };
			struct query *q = NULL;
			size_t n = c ? sizeof(good) - 1 : i;

			memcpy(text, good, sizeof(good));
			text[i] = (char)c;
			if (query_decode(&q, &test_query_spec, text, n, &e))
				assert_int_equal(e.kind, ERR_USAGE);
			query_free(q);
		}
}

static void does_without_a_host_where_it_may(void **state)
{
	struct query_spec spec = test_query_spec;
	struct err e;
	struct query *q = NULL;

	(void)state;
	spec.host_optional = true;
	assert_int_equal(query_decode(&q, &spec, "{\"host\":\"\"}", 11, &e), 0);
	assert_null(query_text(q, "host"));
	query_free(q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses),
		cmocka_unit_test(never_quotes_secrets),
		cmocka_unit_test(accepts),
		cmocka_unit_test(counts_the_words_of_a_choice),
		cmocka_unit_test(puts_defaults_in),
		cmocka_unit_test(converts),
		cmocka_unit_test(keeps_to_its_limit),
		cmocka_unit_test(survives_deep_nesting),
		cmocka_unit_test(survives_any_damage),
		cmocka_unit_test(does_without_a_host_where_it_may),
	};

	js_setup();
	return cmocka_run_group_tests_name("query", tests, NULL, NULL);
}

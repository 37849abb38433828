/* SPDX-License-Identifier: MIT */
/* Requests to a local socket, and every way in which a reply can go wrong. */
#include "http_server.h"

/* Of the reply itself, not of a 100 before it; its name in any case. */
static void has_header(const struct http_reply *r, const char *expected)
{
	size_t n;
	const char *value = http_reply_header(r, "api-VERSION", &n);

	assert_int_equal(n, strlen(expected));
	assert_memory_equal(value, expected, n);
	assert_string_equal(http_reply_header(r, "Api", &n), "");
	assert_int_equal(n, 0);
}

static void reads_replies(void **state)
{
	static const struct {
		const char *path;
		long status;
		const char *body;
	} table[] = {
		{ "/ok", 200, "ok" },          { "/204", 204, "" },
		{ "/chunked", 200, "onetwo" }, { "/100", 200, "x" },
		{ "/500", 500, "wrong" },      { "/gone", 200, "ok" },
		{ "/ok", 200, "ok" },
	};
	struct http *h = open_server();

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct http_reply r;
		struct err e = { 0 };

		if (get(h, table[i].path, &r, &e))
			fail_msg("%s: %s", table[i].path, e.msg);
		assert_int_equal(r.status, table[i].status);
		assert_string_equal(buf_str(&r.body), table[i].body);
		if (r.status == 200)
			has_header(&r, "1.41");
		http_reply_free(&r);
	}
	/* All on one connection, but for the one after /gone. */
	assert_int_equal(server.accepted, 2);
	http_close(h);
}

static void refuses_broken_replies(void **state)
{
	static const char *const table[] = {
		"/cut",         "/cut-chunk", "/nothing",
		"/half-header", "/no-http",   "/endless-header",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct http *h = open_server();
		struct http_reply r;
		struct err e = { 0 };

		if (!get(h, table[i], &r, &e))
			fail_msg("%s passed", table[i]);
		assert_int_equal(e.kind, ERR_UNREACHABLE);
		assert_non_null(strstr(e.msg, table[i]));
		assert_int_equal(r.body.len, 0);
		http_close(h);
	}
}

/* mutant helpers/http/call.c keep_error: room = n
 * mutant helpers/http/call.c take_body: condition 299 => false */
static void keeps_the_beginning_of_an_error(void **state)
{
	struct http *h = open_server();
	struct http_reply r;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(get(h, "/long-error", &r, &e), 0);
	assert_int_equal(r.status, 500);
	assert_int_equal(r.body.len, 64 << 10);
	http_reply_free(&r);
	http_close(h);
}

static void honours_the_deadline(void **state)
{
	struct http_request q = { .method = "GET", .path = "/silent" };
	struct deadline d = deadline_in(200);
	struct http *h = open_server();
	struct http_reply r;
	struct err e = { 0 };
	int stop[2];

	(void)state;
	assert_int_equal(http_call(h, &q, &r, &d, &e), -1);
	assert_int_equal(e.kind, ERR_DEADLINE);
	assert_int_equal(pipe(stop), 0);
	assert_int_equal(write(stop[1], "x", 1), 1);
	d = deadline_in(20000);
	d.stop_fd = stop[0];
	assert_int_equal(http_call(h, &q, &r, &d, &e), -1);
	assert_int_equal(e.kind, ERR_DEADLINE);
	assert_string_equal(e.msg, "stopped");
	assert_int_equal(get(h, "/ok", &r, &e), 0);
	http_reply_free(&r);
	http_close(h);
	close(stop[0]);
	close(stop[1]);
}

static int get_again(struct http *h, const char *path, int64_t again_ms, int64_t ms,
		     struct http_reply *r, struct err *e)
{
	struct http_request q = { .method = "GET", .path = path, .again_ms = again_ms };
	struct deadline d = deadline_in(ms);

	return http_call(h, &q, r, &d, e);
}

/* mutant helpers/http/call.c may_repeat: condition again_ms => true */
static void asks_again_beside(void **state)
{
	static const char *const heard[] = { "/from-1", "/from-4" };
	struct http_reply r;
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(heard) / sizeof(heard[0]); i++) {
		struct http *h = open_server();

		if (get_again(h, heard[i], 20, 20000, &r, &e))
			fail_msg("%s: %s", heard[i], e.msg);
		assert_string_equal(buf_str(&r.body), heard[i] + 1);
		http_reply_free(&r);
		http_close(h);
		tear_down(NULL);
		set_up(NULL);
	}
}

/* Neither more often than five times, nor where nobody wants it. */
static void asks_no_more_often(void **state)
{
	struct http *h = open_server();
	struct http_reply r;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(get_again(h, "/from-5", 1, 1000, &r, &e), -1);
	assert_int_equal(e.kind, ERR_DEADLINE);
	for (int i = 0; server.accepted < 5 && i < 1000; i++)
		usleep(10000);
	assert_int_equal(server.accepted, 5);
	http_close(h);
	tear_down(NULL);
	set_up(NULL);
	h = open_server();
	assert_int_equal(get_again(h, "/from-1", 0, 300, &r, &e), -1);
	assert_int_equal(e.kind, ERR_DEADLINE);
	for (int i = 0; !server.accepted && i < 1000; i++)
		usleep(10000);
	assert_int_equal(server.accepted, 1);
	http_close(h);
}

static void sends_a_body(void **state)
{
	static const char body[] = "{\"Spec\":1}";
	struct http_request q = { .method = "POST",
				  .path = "/body",
				  .body = body,
				  .body_len = sizeof(body) - 1,
				  .type = "application/json" };
	struct deadline d = deadline_in(10000);
	struct http *h = open_server();
	struct http_reply r;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(http_call(h, &q, &r, &d, &e), 0);
	assert_string_equal(buf_str(&r.body), "done");
	assert_non_null(strstr(server.request, "Content-Type: application/json\r\n"));
	assert_non_null(strstr(server.request, "Content-Length: 10\r\n"));
	assert_non_null(strstr(server.request, body));
	assert_null(strstr(server.request, "Expect"));
	http_reply_free(&r);
	http_close(h);
}

static int count(void *ctx, const char *bytes, size_t n)
{
	size_t *left = ctx;

	(void)bytes;
	*left = n < *left ? *left - n : 0;
	return *left == 0;
}

static void gives_the_body_piece_by_piece(void **state)
{
	size_t left = 100000;
	struct http_request q = {
		.method = "GET", .path = "/big", .sink = count, .ctx = &left
	};
	struct deadline d = deadline_in(20000);
	struct http *h = open_server();
	struct http_reply r;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(http_call(h, &q, &r, &d, &e), -1);
	assert_int_equal(left, 0);
	assert_non_null(strstr(e.msg, "gave up"));
	http_close(h);
}

static void splits_a_stream_into_lines(void **state)
{
	struct http *h = open_server();
	struct http_stream *st = open_stream(h, "/lines");
	struct http_reply r;
	struct err e = { 0 };
	const char *line;

	(void)state;
	assert_int_equal(next_line(st, &line, 5000, &e), HTTP_STREAM_LINE);
	assert_string_equal(line, "{\"a\":1}");
	assert_int_equal(get(h, "/ok", &r, &e), 0);
	http_reply_free(&r);
	assert_string_equal(line, "{\"a\":1}");
	assert_int_equal(next_line(st, &line, 5000, &e), HTTP_STREAM_LINE);
	assert_string_equal(line, "{\"b\":2}");
	assert_int_equal(next_line(st, &line, 50, &e), HTTP_STREAM_SILENT);
	assert_int_equal(e.kind, ERR_NONE);
	http_stream_close(st);
	http_close(h);
}

static void ends_with_the_stream(void **state)
{
	struct http *h = open_server();
	struct http_stream *st = open_stream(h, "/lines-end");
	struct err e = { 0 };
	const char *line;

	(void)state;
	assert_int_equal(next_line(st, &line, 5000, &e), HTTP_STREAM_LINE);
	assert_string_equal(line, "one");
	assert_int_equal(next_line(st, &line, 5000, &e), HTTP_STREAM_FAILED);
	assert_int_equal(e.kind, ERR_UNREACHABLE);
	http_close(h);
}

static void stops_a_stream(void **state)
{
	struct http *h = open_server();
	struct http_stream *st = open_stream(h, "/lines-end");
	struct deadline d = deadline_in(20000);
	struct err e = { 0 };
	const char *line;
	int stop[2];

	(void)state;
	http_stream_close(st);
	st = open_stream(h, "/lines");
	assert_int_equal(pipe(stop), 0);
	assert_int_equal(write(stop[1], "x", 1), 1);
	d.stop_fd = stop[0];
	while (http_stream_line(st, &line, &d, &e) == HTTP_STREAM_LINE)
		;
	assert_int_equal(e.kind, ERR_DEADLINE);
	http_close(h);
	close(stop[0]);
	close(stop[1]);
}

/* 1.6 MB come while nobody reads them: more than a stream may keep. */
static void holds_back_what_nobody_reads(void **state)
{
	struct http *h = open_server();
	struct http_stream *st = open_stream(h, "/many-lines");
	struct http_reply r;
	struct err e = { 0 };
	const char *line;

	(void)state;
	for (int i = 0; i < 20; i++) {
		assert_int_equal(get(h, "/ok", &r, &e), 0);
		http_reply_free(&r);
	}
	for (int i = 0; i < 200000; i++) {
		if (next_line(st, &line, 10000, &e) != HTTP_STREAM_LINE)
			fail_msg("line %d: %s", i, e.msg);
		assert_string_equal(line, "abcdefg");
	}
	assert_int_equal(next_line(st, &line, 50, &e), HTTP_STREAM_SILENT);
	http_close(h);
}

static void refuses_a_stream(void **state)
{
	struct http *h = open_server();
	struct deadline d = deadline_in(10000);
	struct http_stream *st = NULL;
	struct err e = { 0 };
	const char *line;

	(void)state;
	assert_int_equal(http_stream_open(&st, h, "/refused", &d, &e), -1);
	assert_int_equal(e.kind, ERR_REFUSED);
	assert_non_null(strstr(e.msg, "why"));
	st = open_stream(h, "/no-line");
	assert_int_equal(next_line(st, &line, 10000, &e), HTTP_STREAM_FAILED);
	assert_int_equal(e.kind, ERR_UNREACHABLE);
	http_close(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reads_replies, set_up, tear_down),
		cmocka_unit_test_setup_teardown(refuses_broken_replies, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(keeps_the_beginning_of_an_error, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(honours_the_deadline, set_up, tear_down),
		cmocka_unit_test_setup_teardown(asks_again_beside, set_up, tear_down),
		cmocka_unit_test_setup_teardown(asks_no_more_often, set_up, tear_down),
		cmocka_unit_test_setup_teardown(sends_a_body, set_up, tear_down),
		cmocka_unit_test_setup_teardown(gives_the_body_piece_by_piece, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(splits_a_stream_into_lines, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(ends_with_the_stream, set_up, tear_down),
		cmocka_unit_test_setup_teardown(stops_a_stream, set_up, tear_down),
		cmocka_unit_test_setup_teardown(holds_back_what_nobody_reads, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(refuses_a_stream, set_up, tear_down),
	};

	/* A proxy for other programs is none of ours. */
	setenv("http_proxy", "http://127.0.0.1:9", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:9", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Requests to a local socket, and every way in which a reply can go wrong. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/deadline.h"
#include "base/err.h"
#include "base/secret.h"
#include "http/http.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MAX_CONNECTIONS 16
#define HEADER "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\n"
#define CHUNKED HEADER "Transfer-Encoding: chunked\r\n\r\n"
#define ENDLESS 100000 /* times that a reply is repeated */

/* What the server says to a request line; then it waits for the next one, or
 * closes. */
static const struct answer {
	const char *request;
	const char *first;  /* of the reply */
	const char *repeat; /* after that, NULL for nothing */
	int times;
	bool closes;
} answers[] = {
	{ "GET /ok", HEADER "Content-Length: 2\r\n\r\nok", NULL, 0, false },
	{ "GET /gone", HEADER "Content-Length: 2\r\n\r\nok", NULL, 0, true },
	{ "GET /204", "HTTP/1.1 204 No Content\r\n\r\n", NULL, 0, false },
	{ "GET /chunked", CHUNKED "3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n", NULL, 0,
	  false },
	{ "GET /100", "HTTP/1.1 100 Continue\r\n\r\n" HEADER
		      "Content-Length: 1\r\n\r\nx", NULL, 0, false },
	{ "GET /500", "HTTP/1.1 500 Oops\r\nContent-Length: 5\r\n\r\nwrong",
	  NULL, 0, false },
	{ "GET /long-error", "HTTP/1.1 500 Oops\r\nContent-Length: 100000\r\n\r\n",
	  "0123456789", 10000, false },
	{ "GET /cut", HEADER "Content-Length: 9\r\n\r\nonly", NULL, 0, true },
	{ "GET /cut-chunk", CHUNKED "9\r\nonly", NULL, 0, true },
	{ "GET /nothing", "", NULL, 0, true },
	{ "GET /silent", "", NULL, 0, false },
	{ "GET /half-header", "HTTP/1.1 200", NULL, 0, true },
	{ "GET /no-http", "hello\r\n\r\n", NULL, 0, true },
	{ "GET /endless-header", HEADER, "X-Pad: 0123456789\r\n", ENDLESS,
	  true },
	{ "GET /big", CHUNKED, "5\r\n12345\r\n", ENDLESS, true },
	{ "GET /lines", CHUNKED "5\r\n{\"a\":\r\n4\r\n1}\n{\r\n4\r\n\"b\":\r\n"
			"3\r\n2}\n\r\n", NULL, 0, false },
	{ "GET /lines-end", CHUNKED "4\r\none\n\r\n3\r\ntwo\r\n0\r\n\r\n", NULL,
	  0, false },
	{ "GET /no-line", CHUNKED, "8\r\nabcdefgh\r\n", 200000, false },
	{ "GET /many-lines", CHUNKED, "8\r\nabcdefg\n\r\n", 200000, false },
	{ "GET /refused", "HTTP/1.1 400 Bad\r\nContent-Length: 3\r\n\r\nwhy",
	  NULL, 0, false },
	{ "POST /body", HEADER "Content-Length: 4\r\n\r\ndone", NULL, 0,
	  false },
	{ "GET /from-1", HEADER "Content-Length: 6\r\n\r\nfrom-1", NULL, 0,
	  false },
	{ "GET /from-4", HEADER "Content-Length: 6\r\n\r\nfrom-4", NULL, 0,
	  false },
};

struct server {
	char dir[32], path[64];
	int listener;
	pthread_t thread, connection[MAX_CONNECTIONS];
	int fd[MAX_CONNECTIONS];
	int accepted;
	char request[1024]; /* the last one */
};

static struct server server;

static bool say(int fd, const char *text)
{
	size_t n = strlen(text);

	return send(fd, text, n, MSG_NOSIGNAL) == (ssize_t)n;
}

static bool answer(int fd, const struct answer *a)
{
	if (!say(fd, a->first))
		return false;
	for (int i = 0; i < a->times; i++)
		if (!say(fd, a->repeat))
			return false;
	return !a->closes;
}

static const struct answer *find(const char *request)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		size_t n = strlen(answers[i].request);

		if (!strncmp(request, answers[i].request, n) &&
		    request[n] == ' ')
			return &answers[i];
	}
	return NULL;
}

/* "GET /from-N" is heard by the connection N, counted from 0, and later ones. */
static bool is_deaf(const char *request, ptrdiff_t connection)
{
	static const char from[] = "GET /from-";
	size_t n = sizeof(from) - 1;

	return !strncmp(request, from, n) && connection < request[n] - '0';
}

/* Headers and the small bodies of these tests come in one piece. */
static void *converse(void *arg)
{
	int fd = *(int *)arg;
	const struct answer *a;
	char text[1024];
	ssize_t n;

	while ((n = recv(fd, text, sizeof(text) - 1, 0)) > 0) {
		text[n] = '\0';
		memcpy(server.request, text, (size_t)n + 1);
		a = find(text);
		if (is_deaf(text, (int *)arg - server.fd))
			continue;
		if (!a || !answer(fd, a))
			break;
	}
	shutdown(fd, SHUT_RDWR);
	return NULL;
}

static void *listening(void *arg)
{
	int fd;

	(void)arg;
	while (server.accepted < MAX_CONNECTIONS &&
	       (fd = accept(server.listener, NULL, NULL)) >= 0) {
		int i = server.accepted++;

		server.fd[i] = fd;
		pthread_create(&server.connection[i], NULL, converse,
			       &server.fd[i]);
	}
	return NULL;
}

static int set_up(void **state)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	(void)state;
	memset(&server, 0, sizeof(server));
	snprintf(server.dir, sizeof(server.dir), "/tmp/test-http-XXXXXX");
	if (!mkdtemp(server.dir))
		return -1;
	snprintf(server.path, sizeof(server.path), "%s/s", server.dir);
	snprintf(un.sun_path, sizeof(un.sun_path), "%s", server.path);
	server.listener = socket(AF_UNIX, SOCK_STREAM, 0);
	if (bind(server.listener, (struct sockaddr *)&un, sizeof(un)) ||
	    listen(server.listener, 8))
		return -1;
	return pthread_create(&server.thread, NULL, listening, NULL);
}

static int tear_down(void **state)
{
	(void)state;
	shutdown(server.listener, SHUT_RDWR);
	pthread_join(server.thread, NULL);
	close(server.listener);
	for (int i = 0; i < server.accepted; i++) {
		shutdown(server.fd[i], SHUT_RDWR);
		pthread_join(server.connection[i], NULL);
		close(server.fd[i]);
	}
	unlink(server.path);
	return rmdir(server.dir);
}

static struct http *open_server(void)
{
	struct http *h = NULL;
	struct err e = { 0 };

	assert_int_equal(http_open_local(&h, server.path, &e), 0);
	return h;
}

static int get(struct http *h, const char *path, struct http_reply *r,
	       struct err *e)
{
	struct http_request q = { .method = "GET", .path = path };
	struct deadline d = deadline_in(10000);

	return http_call(h, &q, r, &d, e);
}

static void reads_replies(void **state)
{
	static const struct {
		const char *path;
		long status;
		const char *body;
	} table[] = {
		{ "/ok", 200, "ok" },         { "/204", 204, "" },
		{ "/chunked", 200, "onetwo" }, { "/100", 200, "x" },
		{ "/500", 500, "wrong" },     { "/gone", 200, "ok" },
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
			assert_string_equal(r.api_version, "1.41");
		buf_free(&r.body);
	}
	/* All on one connection, but for the one after /gone. */
	assert_int_equal(server.accepted, 2);
	http_close(h);
}

static void refuses_broken_replies(void **state)
{
	static const char *const table[] = {
		"/cut", "/cut-chunk", "/nothing", "/half-header", "/no-http",
		"/endless-header",
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

static void keeps_the_beginning_of_an_error(void **state)
{
	struct http *h = open_server();
	struct http_reply r;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(get(h, "/long-error", &r, &e), 0);
	assert_int_equal(r.status, 500);
	assert_int_equal(r.body.len, 64 << 10);
	buf_free(&r.body);
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
	buf_free(&r.body);
	http_close(h);
	close(stop[0]);
	close(stop[1]);
}

static int get_again(struct http *h, const char *path, int64_t again_ms,
		     int64_t ms, struct http_reply *r, struct err *e)
{
	struct http_request q = { .method = "GET", .path = path,
				  .again_ms = again_ms };
	struct deadline d = deadline_in(ms);

	return http_call(h, &q, r, &d, e);
}

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
		buf_free(&r.body);
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
				  .body_len = sizeof(body) - 1 };
	struct deadline d = deadline_in(10000);
	struct http *h = open_server();
	struct http_reply r;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(http_call(h, &q, &r, &d, &e), 0);
	assert_string_equal(buf_str(&r.body), "done");
	assert_non_null(strstr(server.request,
			       "Content-Type: application/json\r\n"));
	assert_non_null(strstr(server.request, "Content-Length: 10\r\n"));
	assert_non_null(strstr(server.request, body));
	assert_null(strstr(server.request, "Expect"));
	buf_free(&r.body);
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
	struct http_request q = { .method = "GET", .path = "/big",
				  .sink = count, .ctx = &left };
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

static struct http_stream *open_stream(struct http *h, const char *path)
{
	struct deadline d = deadline_in(10000);
	struct http_stream *st = NULL;
	struct err e = { 0 };

	if (http_stream_open(&st, h, path, &d, &e))
		fail_msg("%s: %s", path, e.msg);
	return st;
}

static int next_line(struct http_stream *st, const char **line, int64_t ms,
		     struct err *e)
{
	struct deadline d = deadline_in(ms);

	return http_stream_line(st, line, &d, e);
}

static void splits_a_stream_into_lines(void **state)
{
	struct http *h = open_server();
	struct http_stream *st = open_stream(h, "/lines");
	struct http_reply r;
	struct err e = { 0 };
	const char *line;

	(void)state;
	assert_int_equal(next_line(st, &line, 5000, &e), 1);
	assert_string_equal(line, "{\"a\":1}");
	assert_int_equal(get(h, "/ok", &r, &e), 0);
	buf_free(&r.body);
	assert_string_equal(line, "{\"a\":1}");
	assert_int_equal(next_line(st, &line, 5000, &e), 1);
	assert_string_equal(line, "{\"b\":2}");
	assert_int_equal(next_line(st, &line, 50, &e), 0);
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
	assert_int_equal(next_line(st, &line, 5000, &e), 1);
	assert_string_equal(line, "one");
	assert_int_equal(next_line(st, &line, 5000, &e), -1);
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
	while (http_stream_line(st, &line, &d, &e) == 1)
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
		buf_free(&r.body);
	}
	for (int i = 0; i < 200000; i++) {
		if (next_line(st, &line, 10000, &e) != 1)
			fail_msg("line %d: %s", i, e.msg);
		assert_string_equal(line, "abcdefg");
	}
	assert_int_equal(next_line(st, &line, 50, &e), 0);
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
	assert_int_equal(next_line(st, &line, 10000, &e), -1);
	assert_int_equal(e.kind, ERR_UNREACHABLE);
	http_close(h);
}

static void names_what_is_missing(void **state)
{
	struct http *h = NULL;
	struct http_reply r;
	struct err e = { 0 };
	char path[96], longest[200];
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	(void)state;
	snprintf(path, sizeof(path), "%s/none", server.dir);
	assert_int_equal(http_open_local(&h, path, &e), 0);
	assert_int_equal(get(h, "/ok", &r, &e), -1);
	assert_non_null(strstr(e.msg, "no socket at"));
	/* A socket is left behind when its daemon is killed. */
	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	close(fd);
	assert_int_equal(get(h, "/ok", &r, &e), -1);
	assert_non_null(strstr(e.msg, "nothing listens on"));
	unlink(path);
	http_close(h);
	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(http_open_local(&h, longest, &e), -1);
	assert_int_equal(e.kind, ERR_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reads_replies, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(refuses_broken_replies, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(keeps_the_beginning_of_an_error,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(honours_the_deadline, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(asks_again_beside, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(asks_no_more_often, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(sends_a_body, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(gives_the_body_piece_by_piece,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(splits_a_stream_into_lines,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(ends_with_the_stream, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(stops_a_stream, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(holds_back_what_nobody_reads,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(refuses_a_stream, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(names_what_is_missing, set_up,
						tear_down),
	};

	/* A proxy for other programs is none of ours. */
	setenv("http_proxy", "http://127.0.0.1:9", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:9", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

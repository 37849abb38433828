/* SPDX-License-Identifier: MIT */
/* Connections that somebody else makes, and who says why there is none. */
#include "http_server.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>

static bool knows(void *ctx, const struct http_failure *f, struct err *e)
{
	if (f->connect_errno != ENOENT || strcmp(f->request, "GET /ok"))
		return false;
	err_set(e, ERR_BUSY, "%s", (const char *)ctx);
	return true;
}

static void asks_the_transport_why(void **state)
{
	char path[96], why[] = "not up yet";
	struct http_transport transport = { .socket = path,
					    .explain = knows,
					    .ctx = why };
	struct http *h = NULL;
	struct http_reply r;
	struct err e = { 0 };

	(void)state;
	snprintf(path, sizeof(path), "%s/none", server.dir);
	assert_int_equal(http_open(&h, "http://here", &transport, &e), 0);
	assert_int_equal(get(h, "/ok", &r, &e), -1);
	assert_int_equal(e.kind, ERR_BUSY);
	assert_string_equal(e.msg, why);
	assert_int_equal(get(h, "/other", &r, &e), -1);
	assert_int_equal(e.kind, ERR_UNREACHABLE);
	assert_non_null(strstr(e.msg, "cannot connect to"));
	http_close(h);
}

static void refuses_a_long_path(void **state)
{
	struct http *h = NULL;
	struct err e = { 0 };
	char longest[200];

	(void)state;
	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(open_socket(&h, longest, &e), -1);
	assert_int_equal(e.kind, ERR_USAGE);
}

static int fd_blocking(int fd)
{
	fcntl(fd, F_SETFL, 0);
	return fd;
}

/* A transport that connects to the server; while `room` is 0 there is none for a
 * connection more, and with `closed` none at all. */
struct dialer {
	int room, asked, waited;
	bool closed;
};

static enum http_dialed dial(void *ctx, int fd, bool wait, const struct deadline *d,
			     struct err *e)
{
	struct dialer *by = ctx;

	(void)d;
	by->asked++;
	by->waited += wait;
	if (!by->room && !wait)
		return HTTP_NO_ROOM;
	if (by->closed) {
		close(fd);
		err_set(e, ERR_REFUSED, "closed");
		return HTTP_DIAL_FAILED;
	}
	server.fd[server.accepted] = fd_blocking(fd);
	pthread_create(&server.connection[server.accepted], NULL, converse,
		       &server.fd[server.accepted]);
	server.accepted++;
	return HTTP_DIALED;
}

static void serve(void *ctx, const struct deadline *d)
{
	(void)ctx;
	(void)d;
}

static size_t poll_set(void *ctx, struct pollfd *out)
{
	(void)ctx;
	(void)out;
	return 0;
}

static struct http *open_dialer(struct dialer *by)
{
	const struct http_transport transport = {
		.dial = dial,
		.serve = serve,
		.poll_set = poll_set,
		.ctx = by,
	};
	struct http *h = NULL;
	struct err e = { 0 };

	assert_int_equal(http_open(&h, "http://here", &transport, &e), 0);
	return h;
}

static void dials(void **state)
{
	struct dialer by = { .room = 1 };
	struct http *h = open_dialer(&by);
	struct http_reply r;
	struct err e = { 0 };

	(void)state;
	for (int i = 0; i < 2; i++) {
		if (get(h, "/ok", &r, &e))
			fail_msg("%s", e.msg);
		assert_string_equal(buf_str(&r.body), "ok");
		http_reply_free(&r);
	}
	assert_int_equal(by.asked, 1);
	by.closed = true;
	assert_int_equal(get(h, "/gone", &r, &e), 0);
	http_reply_free(&r);
	assert_int_equal(get(h, "/ok", &r, &e), -1);
	assert_string_equal(e.msg, "closed");
	http_close(h);
}

static void makes_room_for_a_request(void **state)
{
	struct dialer by = { .room = 1 };
	struct http *h = open_dialer(&by);
	struct http_stream *st = open_stream(h, "/lines");
	struct http_reply r;
	struct err e = { 0 };
	const char *line;
	enum http_stream_read got;

	(void)state;
	by.room = 0;
	if (get(h, "/ok", &r, &e))
		fail_msg("%s", e.msg);
	http_reply_free(&r);
	/* For the stream, for the request, and once more with room. */
	assert_int_equal(by.asked, 3);
	assert_int_equal(by.waited, 1);
	while ((got = next_line(st, &line, 5000, &e)) == HTTP_STREAM_LINE)
		;
	assert_int_equal(got, HTTP_STREAM_FAILED);
	assert_non_null(strstr(e.msg, "broken off"));
	http_close(h);
}

static void *accept_one(void *arg)
{
	server.fd[0] = accept(*(int *)arg, NULL, NULL);
	return converse(&server.fd[0]);
}

static void connects_to_the_host_of_the_url(void **state)
{
	const struct http_transport transport = { 0 };
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t n = sizeof(at);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	struct http_reply r;
	struct http *h = NULL;
	struct err e = { 0 };
	pthread_t thread;
	char base[64];

	(void)state;
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(listener, (struct sockaddr *)&at, n), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &n), 0);
	snprintf(base, sizeof(base), "http://127.0.0.1:%d", ntohs(at.sin_port));
	pthread_create(&thread, NULL, accept_one, &listener);
	assert_int_equal(http_open(&h, base, &transport, &e), 0);
	if (get(h, "/ok", &r, &e))
		fail_msg("%s", e.msg);
	assert_string_equal(buf_str(&r.body), "ok");
	http_reply_free(&r);
	shutdown(server.fd[0], SHUT_RDWR);
	pthread_join(thread, NULL);
	close(server.fd[0]);
	close(listener);
	assert_int_equal(get(h, "/ok", &r, &e), -1);
	assert_int_equal(e.kind, ERR_UNREACHABLE);
	assert_non_null(strstr(e.msg, base));
	http_close(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(asks_the_transport_why, set_up,
						tear_down),
		cmocka_unit_test(refuses_a_long_path),
		cmocka_unit_test(connects_to_the_host_of_the_url),
		cmocka_unit_test_setup_teardown(dials, set_up, tear_down),
		cmocka_unit_test_setup_teardown(makes_room_for_a_request, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* A whole HTTP reply of an engine, as bytes on a unix socket: to a call, and to one
 * that is read line by line. */
/* mutant helpers/http/call.c judge: term header_done => false */

#include "fuzz.h"

#include "base/deadline.h"
#include "http/http.h"

#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>

static const uint8_t *sent;
static size_t sent_n;
static int listener;

/* Answers the one request of each connection, then hangs up. */
static void *answer(void *arg)
{
	char request[4096];
	int fd;

	(void)arg;
	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		if (recv(fd, request, sizeof(request), 0) > 0)
			send(fd, sent, sent_n, MSG_NOSIGNAL);
		close(fd);
	}
	return NULL;
}

static void read_lines(struct http *h, const struct deadline *d)
{
	struct http_stream *st;
	struct err e = { 0 };
	const char *line;
	enum http_stream_read got;

	if (http_stream_open(&st, h, "/v1.41/events", d, &e)) {
		fuzz_check_err(&e);
		return;
	}
	while ((got = http_stream_line(st, &line, d, &e)) == HTTP_STREAM_LINE)
		FUZZ_CHECK(!strchr(line, '\n'));
	if (got == HTTP_STREAM_FAILED)
		fuzz_check_err(&e);
	http_stream_close(st);
}

static void begin(struct sockaddr_un *at)
{
	at->sun_family = AF_UNIX;
	snprintf(at->sun_path, sizeof(at->sun_path), "fuzz-http-%d.sock", (int)getpid());
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	FUZZ_CHECK(!bind(listener, (struct sockaddr *)at, sizeof(*at)) &&
		   !listen(listener, 4));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct http_request r = { .method = "GET", .path = "/v1.41/info" };
	struct sockaddr_un at = { 0 };
	const struct http_transport transport = { .socket = at.sun_path };
	struct deadline d = deadline_in(2000);
	struct http_reply reply;
	struct err e = { 0 };
	struct http *h;
	pthread_t thread;

	begin(&at);
	sent = data;
	sent_n = n;
	FUZZ_CHECK(!pthread_create(&thread, NULL, answer, NULL) &&
		   !http_open(&h, "http://here", &transport, &e));
	if (http_call(h, &r, &reply, &d, &e))
		fuzz_check_err(&e);
	else
		FUZZ_CHECK(reply.status >= 200);
	http_reply_free(&reply);
	read_lines(h, &d);
	http_close(h);
	shutdown(listener, SHUT_RDWR);
	pthread_join(thread, NULL);
	close(listener);
	unlink(at.sun_path);
	return 0;
}

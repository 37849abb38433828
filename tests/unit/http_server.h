/*
 * http_server - an HTTP server that knows a list of requests and answers, on a
 * unix socket, a thread for each connection.
 *
 * set_up and tear_down are those of one test of cmocka.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

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
	{ "GET /chunked", CHUNKED "3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n", NULL, 0, false },
	{ "GET /100",
	  "HTTP/1.1 100 Continue\r\nApi-Version: 9\r\n\r\n" HEADER
	  "Content-Length: 1\r\n\r\nx",
	  NULL, 0, false },
	{ "GET /500", "HTTP/1.1 500 Oops\r\nContent-Length: 5\r\n\r\nwrong", NULL, 0,
	  false },
	{ "GET /long-error", "HTTP/1.1 500 Oops\r\nContent-Length: 100000\r\n\r\n",
	  "0123456789", 10000, false },
	{ "GET /cut", HEADER "Content-Length: 9\r\n\r\nonly", NULL, 0, true },
	{ "GET /cut-chunk", CHUNKED "9\r\nonly", NULL, 0, true },
	{ "GET /nothing", "", NULL, 0, true },
	{ "GET /silent", "", NULL, 0, false },
	{ "GET /half-header", "HTTP/1.1 200", NULL, 0, true },
	{ "GET /no-http", "hello\r\n\r\n", NULL, 0, true },
	{ "GET /endless-header", HEADER, "X-Pad: 0123456789\r\n", ENDLESS, true },
	{ "GET /big", CHUNKED, "5\r\n12345\r\n", ENDLESS, true },
	{ "GET /lines",
	  CHUNKED "5\r\n{\"a\":\r\n4\r\n1}\n{\r\n4\r\n\"b\":\r\n"
		  "3\r\n2}\n\r\n",
	  NULL, 0, false },
	{ "GET /lines-end", CHUNKED "4\r\none\n\r\n3\r\ntwo\r\n0\r\n\r\n", NULL, 0,
	  false },
	{ "GET /no-line", CHUNKED, "8\r\nabcdefgh\r\n", 200000, false },
	{ "GET /many-lines", CHUNKED, "8\r\nabcdefg\n\r\n", 200000, false },
	{ "GET /refused", "HTTP/1.1 400 Bad\r\nContent-Length: 3\r\n\r\nwhy", NULL, 0,
	  false },
	{ "POST /body", HEADER "Content-Length: 4\r\n\r\ndone", NULL, 0, false },
	{ "GET /from-1", HEADER "Content-Length: 6\r\n\r\nfrom-1", NULL, 0, false },
	{ "GET /from-4", HEADER "Content-Length: 6\r\n\r\nfrom-4", NULL, 0, false },
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

static inline bool say(int fd, const char *text)
{
	size_t n = strlen(text);

	return send(fd, text, n, MSG_NOSIGNAL) == (ssize_t)n;
}

static inline bool answer(int fd, const struct answer *a)
{
	if (!say(fd, a->first))
		return false;
	for (int i = 0; i < a->times; i++)
		if (!say(fd, a->repeat))
			return false;
	return !a->closes;
}

static inline const struct answer *find(const char *request)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		size_t n = strlen(answers[i].request);

		if (!strncmp(request, answers[i].request, n) && request[n] == ' ')
			return &answers[i];
	}
	return NULL;
}

/* "GET /from-N" is heard by the connection N, counted from 0, and later ones. */
static inline bool is_deaf(const char *request, ptrdiff_t connection)
{
	static const char from[] = "GET /from-";
	size_t n = sizeof(from) - 1;

	return !strncmp(request, from, n) && connection < request[n] - '0';
}

/* Headers and the small bodies of these tests come in one piece. */
static inline void *converse(void *arg)
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

static inline void *listening(void *arg)
{
	int fd;

	(void)arg;
	while (server.accepted < MAX_CONNECTIONS &&
	       (fd = accept(server.listener, NULL, NULL)) >= 0) {
		int i = server.accepted++;

		server.fd[i] = fd;
		pthread_create(&server.connection[i], NULL, converse, &server.fd[i]);
	}
	return NULL;
}

static inline int set_up(void **state)
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

static inline int tear_down(void **state)
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

static inline int open_socket(struct http **h, const char *path, struct err *e)
{
	const struct http_transport transport = { .socket = path };

	return http_open(h, "http://here", &transport, e);
}

static inline struct http *open_server(void)
{
	struct http *h = NULL;
	struct err e = { 0 };

	assert_int_equal(open_socket(&h, server.path, &e), 0);
	return h;
}

static inline int get(struct http *h, const char *path, struct http_reply *r,
		      struct err *e)
{
	struct http_request q = { .method = "GET", .path = path };
	struct deadline d = deadline_in(10000);

	return http_call(h, &q, r, &d, e);
}

static inline struct http_stream *open_stream(struct http *h, const char *path)
{
	struct deadline d = deadline_in(10000);
	struct http_stream *st = NULL;
	struct err e = { 0 };

	if (http_stream_open(&st, h, path, &d, &e))
		fail_msg("%s: %s", path, e.msg);
	return st;
}

static inline enum http_stream_read next_line(struct http_stream *st, const char **line,
					      int64_t ms, struct err *e)
{
	struct deadline d = deadline_in(ms);

	return http_stream_line(st, line, &d, e);
}

#endif

/*
 * fake_engine - a Docker Engine that knows a list of questions and answers, on
 * a unix socket, in a thread of the test.
 *
 * Requests must come in the order of the script and match it to the letter;
 * fake_stop fails the test when they did not, or when some never came. The
 * bodies of the requests stay readable until then. One thread serves all
 * connections, one request at a time.
 */
#ifndef FAKE_ENGINE_H
#define FAKE_ENGINE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/deadline.h"
#include "base/err.h"
#include "docker/engine.h"

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FAKE_MAX 64 /* exchanges of one script */
#define FAKE_CONNS 8
#define FAKE_MAX_LEFT 64 /* engines of one program that were never stopped */
#define FAKE_TEXT 65536  /* bytes of one request */

struct fake_exchange {
	const char *request; /* "GET /v1.41/info" */
	int status;
	const char *body;      /* of the reply; NULL for none */
	const char *version;   /* the header Api-Version; NULL for none */
	void (*write)(int fd); /* writes the body itself, chunked, and ends it */
	bool keep_open;        /* a stream: body sent as a chunk, no end */
	bool cut;              /* closes in the middle of the body */
	bool again;            /* may come any number of times, once at least */
};

/* A plain answer; version may be NULL. */
#define ANSWER(request_, status_, body_, version_) \
	{ .request = (request_), \
	  .status = (status_), \
	  .body = (body_), \
	  .version = (version_) }

struct fake {
	const struct fake_exchange *script;
	size_t count, next;
	bool came;        /* the next one, if it may come again */
	int64_t delay_ms; /* before anything listens; 0: from the start */
	char dir[64], socket[96], host[128];
	char bodies[FAKE_MAX][4096];
	char wrong[1024];        /* the first request that did not match */
	int fds[FAKE_CONNS + 2]; /* stop pipe's read end, listener, connections */
	int stop_fd;
	pthread_t thread;
};

static inline void fake_send(int fd, const char *bytes, size_t n)
{
	while (n) {
		ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);

		if (sent <= 0)
			return;
		bytes += sent;
		n -= (size_t)sent;
	}
}

static inline void fake_chunk(int fd, const char *bytes, size_t n)
{
	char head[32];

	fake_send(fd, head, (size_t)snprintf(head, sizeof(head), "%zx\r\n", n));
	fake_send(fd, bytes, n);
	fake_send(fd, "\r\n", 2);
}

static inline void fake_answer(int fd, const struct fake_exchange *x)
{
	const char *body = x->body ? x->body : "";
	bool chunked = x->write || x->keep_open;
	char head[512];
	int n;

	n = snprintf(head, sizeof(head),
		     "HTTP/1.1 %d Fake\r\n"
		     "Content-Type: application/json\r\n%s%s%s",
		     x->status, x->version ? "Api-Version: " : "",
		     x->version ? x->version : "", x->version ? "\r\n" : "");
	if (chunked)
		n += snprintf(head + n, sizeof(head) - (size_t)n,
			      "Transfer-Encoding: chunked\r\n\r\n");
	else
		n += snprintf(head + n, sizeof(head) - (size_t)n,
			      "Content-Length: %zu\r\n\r\n",
			      strlen(body) + (x->cut ? 100 : 0));
	fake_send(fd, head, (size_t)n);
	if (x->write)
		x->write(fd);
	else if (x->keep_open && *body)
		fake_chunk(fd, body, strlen(body));
	else if (!x->keep_open)
		fake_send(fd, body, strlen(body));
}

/* Reads one request; false when the other side has closed. */
static inline bool fake_read(int fd, char *text, size_t size)
{
	size_t have = 0, want = SIZE_MAX;

	while (have < want && have < size - 1) {
		ssize_t got = recv(fd, text + have, size - 1 - have, 0);
		char *end, *length;

		if (got <= 0)
			return false;
		have += (size_t)got;
		text[have] = '\0';
		end = strstr(text, "\r\n\r\n");
		if (!end)
			continue;
		length = strstr(text, "Content-Length: ");
		want = (size_t)(end + 4 - text);
		if (length && length < end)
			want += strtoul(length + 16, NULL, 10);
	}
	return true;
}

/* The exchange that a request is of, NULL for none. */
static inline const struct fake_exchange *fake_match(struct fake *f, const char *request)
{
	if (f->came && strcmp(request, f->script[f->next].request)) {
		f->came = false;
		f->next++;
	}
	if (f->next >= f->count || strcmp(request, f->script[f->next].request))
		return NULL;
	return &f->script[f->next];
}

/* False when the connection is to be closed. */
static inline bool fake_serve(struct fake *f, int fd)
{
	const struct fake_exchange *x = NULL;
	char *text = malloc(FAKE_TEXT);
	bool open = text && fake_read(fd, text, FAKE_TEXT);
	char *target;

	if (!open)
		goto out;
	target = strstr(text, " HTTP/1.1\r\n");
	if (target) {
		*target = '\0';
		x = fake_match(f, text);
	}
	if (!x) {
		if (!*f->wrong)
			snprintf(f->wrong, sizeof(f->wrong),
				 "got %.400s, "
				 "expected %.400s",
				 text,
				 f->next < f->count ? f->script[f->next].request
						    : "nothing more");
		open = false;
		goto out;
	}
	snprintf(f->bodies[f->next], sizeof(f->bodies[0]), "%s",
		 strstr(target + 1, "\r\n\r\n") + 4);
	f->came = x->again;
	f->next += !x->again;
	fake_answer(fd, x);
	open = !x->cut;
out:
	free(text);
	return open;
}

static inline void fake_accept(struct fake *f)
{
	int fd = accept(f->fds[1], NULL, NULL);

	for (int i = 2; i < FAKE_CONNS + 2 && fd >= 0; i++) {
		if (f->fds[i] < 0) {
			f->fds[i] = fd;
			return;
		}
	}
	if (fd >= 0)
		close(fd);
}

static inline int fake_listen(struct fake *f)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	f->fds[1] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(at.sun_path, sizeof(at.sun_path), "%s", f->socket);
	if (bind(f->fds[1], (struct sockaddr *)&at, sizeof(at)))
		return -1;
	return listen(f->fds[1], FAKE_CONNS);
}

static inline void *fake_run(void *arg)
{
	struct fake *f = arg;
	struct pollfd p[FAKE_CONNS + 2];

	p[0] = (struct pollfd){ .fd = f->fds[0], .events = POLLIN };
	if (f->delay_ms && (poll(p, 1, (int)f->delay_ms) || fake_listen(f)))
		return NULL;
	for (;;) {
		for (int i = 0; i < FAKE_CONNS + 2; i++)
			p[i] = (struct pollfd){ .fd = f->fds[i], .events = POLLIN };
		if (poll(p, FAKE_CONNS + 2, -1) < 0 || p[0].revents)
			return NULL;
		for (int i = 2; i < FAKE_CONNS + 2; i++) {
			if (p[i].revents && !fake_serve(f, f->fds[i])) {
				close(f->fds[i]);
				f->fds[i] = -1;
			}
		}
		if (p[1].revents)
			fake_accept(f);
	}
}

/* A failed assertion jumps past fake_stop; its files go at the end then. */
static char fake_left[FAKE_MAX_LEFT][64];

static inline void fake_sweep(void)
{
	for (size_t i = 0; i < FAKE_MAX_LEFT; i++) {
		char path[96];

		if (!*fake_left[i])
			continue;
		snprintf(path, sizeof(path), "%.63s/docker.sock", fake_left[i]);
		unlink(path);
		if (rmdir(fake_left[i]))
			perror(fake_left[i]);
	}
}

static inline void fake_remember(const char *dir)
{
	static bool registered;

	if (!registered)
		registered = !atexit(fake_sweep);
	for (size_t i = 0; i < FAKE_MAX_LEFT; i++) {
		if (!*fake_left[i]) {
			strcpy(fake_left[i], dir);
			return;
		}
	}
}

static inline void fake_forget(const char *dir)
{
	for (size_t i = 0; i < FAKE_MAX_LEFT; i++)
		if (!strcmp(fake_left[i], dir))
			*fake_left[i] = '\0';
}

static inline struct fake *fake_start(const struct fake_exchange *script, size_t count,
				      int64_t delay_ms)
{
	struct fake *f = calloc(1, sizeof(*f));
	int ends[2];

	assert_non_null(f);
	assert_true(count <= FAKE_MAX);
	assert_int_equal(pipe(ends), 0);
	memset(f->fds, -1, sizeof(f->fds));
	f->script = script;
	f->count = count;
	f->delay_ms = delay_ms;
	f->fds[0] = ends[0];
	f->stop_fd = ends[1];
	strcpy(f->dir, "/tmp/fake-engine-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	fake_remember(f->dir);
	snprintf(f->socket, sizeof(f->socket), "%s/docker.sock", f->dir);
	snprintf(f->host, sizeof(f->host), "unix://%s", f->socket);
	if (!delay_ms)
		assert_int_equal(fake_listen(f), 0);
	assert_int_equal(pthread_create(&f->thread, NULL, fake_run, f), 0);
	return f;
}

/* Ends the server and checks that all of the script was played. */
static inline void fake_stop(struct fake *f)
{
	size_t next, count = f->count;
	char wrong[sizeof(f->wrong)];

	close(f->stop_fd);
	pthread_join(f->thread, NULL);
	for (int i = 0; i < FAKE_CONNS + 2; i++)
		if (f->fds[i] >= 0)
			close(f->fds[i]);
	unlink(f->socket);
	rmdir(f->dir);
	fake_forget(f->dir);
	next = f->next + f->came;
	memcpy(wrong, f->wrong, sizeof(wrong));
	free(f);
	assert_string_equal(wrong, "");
	assert_int_equal(next, count);
}

static inline struct docker_engine *fake_open(struct fake *f, bool wait)
{
	struct docker_target place = { .label = "dev-manager-1" };
	struct deadline d = deadline_in(5000);
	struct docker_engine *g = NULL;
	struct err e = { 0 };

	place.login.host = f->host;
	place.login.wait_for_boot = wait;
	if (docker_open(&g, &place, &d, &e))
		fail_msg("%s", e.msg);
	return g;
}

/* The body of the n-th request, checked to be the JSON `want`. */
static inline void fake_body_is(const struct fake *f, size_t n, const char *want)
{
	json_t *got = json_loads(f->bodies[n], 0, NULL);
	json_t *wanted = json_loads(want, 0, NULL);

	assert_non_null(wanted);
	if (!got || !json_equal(got, wanted))
		fail_msg("request %zu has the body %s, expected %s", n, f->bodies[n],
			 want);
	json_decref(got);
	json_decref(wanted);
}

#define FAKE_START(script) fake_start(script, sizeof(script) / sizeof((script)[0]), 0)

#endif

/* SPDX-License-Identifier: MIT */
/* The result: one flat JSON object of strings on stdout. */
#include "cli/result.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/js.h"
#include "base/secret.h"
#include "base/timing.h"
#include "base/utf8.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What a value may take, and all of them: a swarm of some 20000 nodes, which
 * docker/node reads at most, and its labels, takes less. */
#define MAX_VALUE (4u << 20)
#define MAX_BYTES (96u << 20)
#define PIECE 512 /* bytes, the least that PIPE_BUF may be */

struct result {
	json_t *object;
	const char *problem; /* of the first value that could not be set */
	char key[64];        /* and its key */
};

struct result *result_new(void)
{
	struct result *r = secret_calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->object = json_object();
	if (r->object)
		return r;
	secret_free(r);
	return NULL;
}

static void fail(struct result *r, const char *key, const char *problem)
{
	if (r->problem)
		return;
	r->problem = problem;
	snprintf(r->key, sizeof(r->key), "%s", key);
}

void result_set(struct result *r, const char *key, const char *value)
{
	struct buf text = BUF_INIT(MAX_VALUE);

	/* What somebody else wrote must not take a result away from work that
	 * was done. */
	if (value && buf_add_utf8(&text, value, strlen(value)))
		fail(r, key, "is longer than 4 MiB");
	else if (json_object_set_new(r->object, key, json_string(buf_str(&text))))
		fail(r, key, "cannot be stored, memory ran out");
	buf_free(&text);
}

void result_setf(struct result *r, const char *key, const char *fmt, ...)
{
	va_list ap;
	char *text;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	text = n < 0 ? NULL : secret_malloc((size_t)n + 1);
	if (!text) {
		fail(r, key, "cannot be made, memory ran out");
		return;
	}
	va_start(ap, fmt);
	vsnprintf(text, (size_t)n + 1, fmt, ap);
	va_end(ap);
	result_set(r, key, text);
	secret_free(text);
}

/* Waits until the reader of a pipe has made room; 0, or an errno. */
static int wait_for_room(int fd, int stop_fd)
{
	struct pollfd p[] = {
		{ .fd = fd, .events = POLLOUT },
		{ .fd = stop_fd, .events = POLLIN },
	};
	int rc;

	do
		rc = poll(p, 2, TIMING_READER_MS);
	while (rc < 0 && errno == EINTR);
	if (rc < 0)
		return errno;
	return p[0].revents ? 0 : p[1].revents ? EINTR : EAGAIN;
}

/* In pieces that a pipe with any room takes whole (POSIX, write()): a larger one
 * could block. */
static int write_all(int fd, const char *p, size_t n, int stop_fd, struct err *e)
{
	while (n) {
		int error = wait_for_room(fd, stop_fd);
		ssize_t done = -1;

		if (!error) {
			done = write(fd, p, n < PIECE ? n : PIECE);
			if (done < 0 && errno == EINTR)
				continue;
			error = errno;
		}
		if (done < 0)
			return err_set(e, ERR_LOCAL,
				       "stdout: the result "
				       "cannot be written (%s); run this again "
				       "with a stdout that takes it",
				       strerror(error));
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

/* Appends JSON text with what a terminal would not show as \uXXXX, which only a
 * string can hold: a person may run this by hand. */
static int add_escaped(struct buf *out, const char *text, size_t n)
{
	while (n) {
		size_t plain = 0, one;
		uint32_t code = 0;

		while ((one = utf8_char(text + plain, n - plain, &code)) &&
		       utf8_is_shown(code))
			plain += one;
		buf_add(out, text, plain);
		text += plain + one;
		n -= plain + one;
		if (one && code > 0xffff)
			buf_addf(out, "\\u%04x\\u%04x",
				 0xd7c0 + (unsigned int)(code >> 10),
				 0xdc00 + (unsigned int)(code & 0x3ff));
		else if (one)
			buf_addf(out, "\\u%04x", (unsigned int)code);
	}
	if (out->failed)
		return -1;
	return 0;
}

int result_print(const struct result *r, int stop_fd, struct err *e)
{
	struct buf json = BUF_INIT(MAX_BYTES), text = BUF_INIT(MAX_BYTES);
	int ret = -1;

	if (r->problem) {
		err_set(e, ERR_LOCAL, "result: the value of %s %s", r->key, r->problem);
		goto out;
	}
	if (js_write(r->object, &json) || add_escaped(&text, json.data, json.len) ||
	    buf_adds(&text, "\n")) {
		err_set(e, ERR_LOCAL, "result: over %u MiB", MAX_BYTES >> 20);
		goto out;
	}
	ret = write_all(STDOUT_FILENO, text.data, text.len, stop_fd, e);
out:
	buf_free(&json);
	buf_free(&text);
	return ret;
}

void result_free(struct result *r)
{
	if (!r)
		return;
	json_decref(r->object);
	secret_free(r);
}

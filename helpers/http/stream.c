/* SPDX-License-Identifier: MIT */
/* A reply that does not end, read line by line. */
#include "http/internal.h"

#include "base/deadline.h"
#include "base/secret.h"

#include <string.h>

#define MAX_LINE (1u << 20)
#define MOST_READ (64u << 10) /* what is handed out is dropped in lumps */
#define MAX_ERROR_TEXT 300

struct http_stream {
	struct http_transfer t; /* first, so that one is the other */
	struct buf lines;       /* what has come */
	size_t at;              /* and up to where it has been handed out */
	struct buf line;        /* the one that is lent */
	bool paused;
};

static size_t waiting(const struct http_stream *st)
{
	return st->lines.len - st->at;
}

static char *whole_line(const struct http_stream *st)
{
	return waiting(st) ? memchr(st->lines.data + st->at, '\n', waiting(st)) : NULL;
}

/* A reader that is busy with something else must not make us keep all that
 * happens meanwhile; the server waits then. */
static size_t take_body(struct http_transfer *t, const char *bytes, size_t n)
{
	struct http_stream *st = (struct http_stream *)t;

	if (waiting(st) + n > MAX_LINE) {
		if (!whole_line(st))
			return http_transfer_refuse(t, ERR_UNREACHABLE,
						    "a line does not end");
		st->paused = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	if (buf_add(&st->lines, bytes, n))
		return http_transfer_refuse(t, ERR_LOCAL, "out of memory");
	return n;
}

static int failed(struct http_stream *st, struct err *e)
{
	if (st->t.code)
		return http_transfer_failed(&st->t, e);
	return err_set(e, ERR_UNREACHABLE, "%s: the server ended the stream", st->t.name);
}

/* Whether the reply can be read. */
static bool has_begun(const struct http_stream *st)
{
	const struct http_transfer *t = &st->t;

	return t->header_done && t->status >= 200 && t->status <= 299;
}

static int not_opened(struct http_stream *st, struct err *e)
{
	const struct http_transfer *t = &st->t;

	if (t->code || !t->header_done)
		return failed(st, e);
	return err_set(e, ERR_REFUSED, "%s: status %ld: %.*s", t->name, t->status,
		       MAX_ERROR_TEXT, buf_str(&st->lines));
}

static int wait_begun(struct http_stream *st, const struct deadline *d, struct err *e)
{
	for (;;) {
		http_step(st->t.http, d);
		if (has_begun(st))
			return 0;
		if (st->t.done)
			return not_opened(st, e);
		switch (http_wait(st->t.http, d, e)) {
		case HTTP_READY:
			break;
		case HTTP_LATE:
			return err_set(e, ERR_DEADLINE, "%s: no reply in time",
				       st->t.name);
		case HTTP_WAIT_FAILED:
			return -1;
		}
	}
}

int http_stream_open(struct http_stream **out, struct http *h, const char *path,
		     const struct deadline *d, struct err *e)
{
	struct http_request r = { .method = "GET", .path = path };
	struct http_stream *st = secret_calloc(1, sizeof(*st));

	if (!st)
		return err_no_memory(e);
	st->lines = BUF_INIT(MAX_LINE + MOST_READ);
	st->line = BUF_INIT(MAX_LINE);
	st->t.body = take_body;
	if (http_transfer_begin(&st->t, h, &r, e)) {
		secret_free(st);
		return -1;
	}
	st->t.next = h->streams;
	h->streams = &st->t;
	if (!wait_begun(st, d, e)) {
		*out = st;
		return 0;
	}
	http_stream_close(st);
	return -1;
}

/* Lends the line out of what has come that ends at `end`. */
static enum http_stream_read hand_out(struct http_stream *st, const char *end,
				      const char **line, struct err *e)
{
	const char *start = st->lines.data + st->at;

	buf_drop(&st->line, st->line.len);
	if (buf_add(&st->line, start, (size_t)(end - start))) {
		err_no_memory(e);
		return HTTP_STREAM_FAILED;
	}
	*line = st->line.data;
	st->at += (size_t)(end - start) + 1;
	if (st->at == st->lines.len || st->at > MOST_READ) {
		buf_drop(&st->lines, st->at);
		st->at = 0;
	}
	return HTTP_STREAM_LINE;
}

enum http_stream_read http_stream_line(struct http_stream *st, const char **line,
				       const struct deadline *d, struct err *e)
{
	struct http *h = st->t.http;
	enum http_waited waited = HTTP_READY;
	const char *end;

	while (waited == HTTP_READY) {
		end = whole_line(st);
		if (end)
			return hand_out(st, end, line, e);
		if (st->paused && !st->t.done) {
			st->paused = false;
			curl_easy_pause(st->t.easy, CURLPAUSE_CONT);
			continue;
		}
		if (st->t.done) {
			failed(st, e);
			return HTTP_STREAM_FAILED;
		}
		http_step(h, d);
		if (!whole_line(st) && !st->paused && !st->t.done)
			waited = http_wait(h, d, e);
	}
	return waited == HTTP_LATE ? HTTP_STREAM_SILENT : HTTP_STREAM_FAILED;
}

void http_stream_close(struct http_stream *st)
{
	struct http_transfer **at;

	if (!st)
		return;
	at = &st->t.http->streams;
	while (*at && *at != &st->t)
		at = &(*at)->next;
	if (*at)
		*at = st->t.next;
	http_transfer_end(&st->t);
	buf_free(&st->lines);
	buf_free(&st->line);
	secret_free(st);
}

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
	struct buf lines; /* what has come */
	size_t at;        /* and up to where it has been handed out */
	struct buf line;  /* the one that is lent */
	bool paused;
};

static size_t waiting(const struct http_stream *st)
{
	return st->lines.len - st->at;
}

static char *whole_line(const struct http_stream *st)
{
	return waiting(st) ? memchr(st->lines.data + st->at, '\n', waiting(st))
			   : NULL;
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
		return http_transfer_refuse(t, ERR_LOCAL, "no memory");
	return n;
}

static int failed(struct http_stream *st, struct err *e)
{
	if (st->t.code)
		return http_transfer_failed(&st->t, e);
	return err_set(e, ERR_UNREACHABLE, "%s: the server ended the stream",
		       st->t.name);
}

/* 1 once the reply can be read, 0 to go on waiting, -1. */
static int opened(struct http_stream *st, struct err *e)
{
	const struct http_transfer *t = &st->t;
	bool good = t->status >= 200 && t->status <= 299;

	if (t->header_done && good)
		return 1;
	if (!t->done)
		return 0;
	if (t->code || !t->header_done)
		return failed(st, e);
	return err_set(e, ERR_REFUSED, "%s: status %ld: %.*s", t->name,
		       t->status, MAX_ERROR_TEXT, buf_str(&st->lines));
}

int http_stream_open(struct http_stream **out, struct http *h,
		     const char *path, const struct deadline *d, struct err *e)
{
	struct http_request r = { .method = "GET", .path = path };
	struct http_stream *st = secret_calloc(1, sizeof(*st));
	int rc;

	if (!st)
		return err_set(e, ERR_LOCAL, "no memory");
	st->lines = BUF_INIT(MAX_LINE + MOST_READ);
	st->line = BUF_INIT(MAX_LINE);
	st->t.body = take_body;
	if (http_transfer_begin(&st->t, h, &r, e)) {
		secret_free(st);
		return -1;
	}
	st->t.next = h->streams;
	h->streams = &st->t;
	for (;;) {
		http_turn(h, d);
		if ((rc = opened(st, e)) || (rc = http_wait(h, d, e)))
			break;
	}
	if (rc == 1 && opened(st, e) == 1) {
		*out = st;
		return 0;
	}
	if (rc == 1)
		err_set(e, ERR_DEADLINE, "%s: no reply in time", st->t.name);
	http_stream_close(st);
	return -1;
}

/* Lends the next line out of what has come: 1, 0 when there is none, -1. */
static int hand_out(struct http_stream *st, const char **line, struct err *e)
{
	const char *end = whole_line(st), *start;

	if (!end)
		return 0;
	start = st->lines.data + st->at;
	buf_drop(&st->line, st->line.len);
	if (buf_add(&st->line, start, (size_t)(end - start)))
		return err_set(e, ERR_LOCAL, "no memory");
	*line = st->line.data;
	st->at += (size_t)(end - start) + 1;
	if (st->at == st->lines.len || st->at > MOST_READ) {
		buf_drop(&st->lines, st->at);
		st->at = 0;
	}
	return 1;
}

int http_stream_line(struct http_stream *st, const char **line,
		     const struct deadline *d, struct err *e)
{
	struct http *h = st->t.http;
	int rc;

	for (;;) {
		if ((rc = hand_out(st, line, e)))
			return rc;
		if (st->paused && !st->t.done) {
			st->paused = false;
			curl_easy_pause(st->t.easy, CURLPAUSE_CONT);
			continue;
		}
		if (st->t.done)
			return failed(st, e);
		http_turn(h, d);
		if (whole_line(st) || st->paused || st->t.done)
			continue;
		if ((rc = http_wait(h, d, e)))
			return rc > 0 ? 0 : -1;
	}
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

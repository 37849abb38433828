/*
 * fuzz_http - stands in for http/ in the fuzz targets of docker/: whatever
 * is asked, the answer is the fuzzer's bytes, in two pieces, with its status.
 */
#ifndef FUZZ_HTTP_H
#define FUZZ_HTTP_H

#include "fuzz.h"

#include "http/http.h"

struct http {
	const uint8_t *body;
	size_t n;
	long status;
};

static struct http fuzz_engine;

/* The first byte is left to the caller, the second is the status. */
static inline void fuzz_http_set(const uint8_t *data, size_t n)
{
	static const long statuses[] = { 200, 200, 200, 400, 404, 409, 500, 503 };

	fuzz_engine.status = statuses[n > 1 ? data[1] & 7 : 0];
	fuzz_engine.body = n > 2 ? data + 2 : NULL;
	fuzz_engine.n = n > 2 ? n - 2 : 0;
}

int http_open(struct http **out, const char *base, const struct http_transport *t,
	      struct err *e)
{
	(void)base;
	(void)t;
	(void)e;
	*out = &fuzz_engine;
	return 0;
}

void http_close(struct http *h)
{
	(void)h;
}

int http_call(struct http *h, const struct http_request *r, struct http_reply *reply,
	      const struct deadline *d, struct err *e)
{
	const char *body = (const char *)h->body;
	size_t half = h->n / 2;

	(void)d;
	*reply = (struct http_reply){ .body = BUF_INIT(HTTP_MAX_REPLY),
				      .status = h->status };
	if (!r->sink || h->status != 200)
		return h->n ? buf_add(&reply->body, body, h->n) : 0;
	if (h->n &&
	    (r->sink(r->ctx, body, half) || r->sink(r->ctx, body + half, h->n - half)))
		return err_set(e, ERR_LOCAL, "its reader gave up");
	return 0;
}

int http_stream_open(struct http_stream **out, struct http *h, const char *path,
		     const struct deadline *d, struct err *e)
{
	(void)out;
	(void)h;
	(void)path;
	(void)d;
	return err_set(e, ERR_UNREACHABLE, "no stream here");
}

enum http_stream_read http_stream_line(struct http_stream *st, const char **line,
				       const struct deadline *d, struct err *e)
{
	(void)st;
	(void)line;
	(void)d;
	err_set(e, ERR_UNREACHABLE, "no stream here");
	return HTTP_STREAM_FAILED;
}

void http_stream_close(struct http_stream *st)
{
	(void)st;
}

#endif

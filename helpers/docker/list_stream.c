/* SPDX-License-Identifier: MIT */
/* Splits a JSON array that arrives in pieces into its elements. */
#include "docker/list_stream.h"

#include <string.h>

enum place { BEFORE, FIRST, ELEMENT, BEHIND, NEXT, AFTER };

/* Between elements: which byte leads where. */
static const struct {
	enum place at;
	char byte;
	enum place to;
} steps[] = {
	{ BEFORE, '[', FIRST }, { FIRST, ']', AFTER },  { FIRST, '{', ELEMENT },
	{ BEHIND, ',', NEXT },  { BEHIND, ']', AFTER }, { NEXT, '{', ELEMENT },
};

void list_stream_start(struct list_stream *s, list_stream_fn *fn, void *ctx)
{
	*s = (struct list_stream){ .fn = fn,
				   .ctx = ctx,
				   .element = BUF_INIT(LIST_STREAM_MAX) };
}

/* Takes one byte between elements; an element's first byte is left alone. */
static int step(struct list_stream *s, char c, struct err *e)
{
	if (strchr(" \t\r\n", c) && c)
		return 0;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (steps[i].at == (enum place)s->place && steps[i].byte == c) {
			s->place = (int)steps[i].to;
			return 0;
		}
	}
	return err_set(e, ERR_REFUSED, "the reply is no JSON list of objects");
}

/* Follows one byte of an element; true when it is its last. */
static bool ends_with(struct list_stream *s, char c)
{
	if (s->in_string) {
		if (s->escaped)
			s->escaped = false;
		else if (c == '\\')
			s->escaped = true;
		else if (c == '"')
			s->in_string = false;
		return false;
	}
	if (c == '"')
		s->in_string = true;
	else if (c == '{' || c == '[')
		s->depth++;
	else if (c == '}' || c == ']')
		return --s->depth == 0;
	return false;
}

/* Takes bytes up to the end of the element or of the piece and says how many;
 * 0 when it failed. */
static size_t take(struct list_stream *s, const char *bytes, size_t n, struct err *e)
{
	size_t used = 0;
	bool last = false;

	while (used < n && !last)
		last = ends_with(s, bytes[used++]);
	if (buf_add(&s->element, bytes, used)) {
		err_set(e, ERR_REFUSED,
			"an element of the list is larger than "
			"%u bytes",
			LIST_STREAM_MAX);
		return 0;
	}
	if (!last)
		return used;
	s->place = BEHIND;
	if (s->fn(s->ctx, s->element.data, s->element.len, e))
		return 0;
	buf_drop(&s->element, s->element.len);
	return used;
}

int list_stream_feed(struct list_stream *s, const char *bytes, size_t n, struct err *e)
{
	size_t at = 0;

	while (at < n) {
		size_t used;

		if (s->place != ELEMENT && step(s, bytes[at], e))
			return -1;
		if (s->place != ELEMENT) {
			at++;
			continue;
		}
		used = take(s, bytes + at, n - at, e);
		if (!used)
			return -1;
		at += used;
	}
	return 0;
}

int list_stream_end(const struct list_stream *s, struct err *e)
{
	if (s->place == AFTER)
		return 0;
	return err_set(e, ERR_REFUSED, "the reply is no complete JSON list");
}

void list_stream_free(struct list_stream *s)
{
	buf_free(&s->element);
}

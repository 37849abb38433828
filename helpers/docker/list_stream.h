/*
 * list_stream - a JSON array that is read element by element as it comes, so
 * that a list of any length needs no more memory than its largest element.
 *
 * It only finds where the elements begin and end (strings, escapes, depth);
 * whoever gets an element parses it and so checks its inside. The struct is
 * the caller's; list_stream_free gives back what it holds.
 */
#ifndef DOCKER_LIST_STREAM_H
#define DOCKER_LIST_STREAM_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* Bytes of one element. A task is at most a raft message (1.5 MiB, swarmkit
 * limits) of protobuf, which grows when written as JSON. */
#define LIST_STREAM_MAX (8u << 20)

/* Gets one element, an object, as text; not 0 with `e` set ends the reading. */
typedef int list_stream_fn(void *ctx, const char *text, size_t n, struct err *e);

struct list_stream {
	list_stream_fn *fn;
	void *ctx;
	struct buf element; /* what of the current element has come */
	unsigned depth;     /* open brackets within the element */
	int place;          /* where in the array we are */
	bool in_string, escaped;
};

/* Begins; `ctx` goes to each call of `fn`. */
void list_stream_start(struct list_stream *s, list_stream_fn *fn, void *ctx);

/* Takes the next `n` bytes, cut anywhere. Errors: ERR_REFUSED when it is no
 * array of objects or an element is too large; whatever fn reports. */
int list_stream_feed(struct list_stream *s, const char *bytes, size_t n, struct err *e);

/* Checks that the array has ended. Errors: ERR_REFUSED. */
int list_stream_end(const struct list_stream *s, struct err *e);

/* After list_stream_start, however the reading has ended. */
void list_stream_free(struct list_stream *s);

#endif

/*
 * sink - who gets a stream of bytes, piece by piece.
 */
#ifndef BASE_SINK_H
#define BASE_SINK_H

#include <stddef.h>

struct err;

/* Takes all `n` bytes, or returns -1 with `e` set, which ends the stream. */
typedef int sink_fn(void *ctx, const void *bytes, size_t n, struct err *e);

struct sink {
	sink_fn *take;
	void *ctx;
};

#endif

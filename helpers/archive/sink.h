/*
 * sink - who gets a stream of bytes, piece by piece.
 */
#ifndef ARCHIVE_SINK_H
#define ARCHIVE_SINK_H

#include <stddef.h>

struct err;

/* Takes all `n` bytes, or returns -1 with `e` set, which ends the stream. */
typedef int archive_sink_fn(void *ctx, const void *bytes, size_t n, struct err *e);

#endif

/*
 * gzip - RFC 1952 by zlib: a stream that is unpacked as it comes, and a small text
 * that is packed at once. Members behind each other are one stream, as for gzip itself.
 *
 * What goes through it holds keys, so that zlib has wiping allocators.
 */
#ifndef ARCHIVE_GZIP_H
#define ARCHIVE_GZIP_H

#include "base/sink.h"

struct archive_gunzip;
struct buf;

/* `sink` gets what is unpacked. NULL without memory. The caller frees it with
 * archive_gunzip_free. */
struct archive_gunzip *archive_gunzip_new(sink_fn *sink, void *ctx);

/* Unpacks the next piece. Errors: ERR_REFUSED for what is no gzip; those of the sink. */
int archive_gunzip_add(struct archive_gunzip *z, const void *bytes, size_t n,
		       struct err *e);

/* Whether the stream was whole. Errors: ERR_REFUSED. */
int archive_gunzip_end(const struct archive_gunzip *z, struct err *e);

/* Wipes. NULL is fine. */
void archive_gunzip_free(struct archive_gunzip *z);

/* Unpacks the first member of `bytes` behind what `out` holds; *used are its bytes. Errors:
 * ERR_REFUSED for what is no member, or one that is larger than `out` may be. */
int archive_gunzip_first(const void *bytes, size_t n, struct buf *out, size_t *used,
			 struct err *e);

/* Appends the bytes as one member. Errors: ERR_LOCAL. */
int archive_gzip(struct buf *out, const void *bytes, size_t n, struct err *e);

#endif

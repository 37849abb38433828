/* SPDX-License-Identifier: MIT */
/* Unpacks a gzip stream as it comes; packs a small text. */
#include "archive/gzip.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

#define PIECE_BYTES 65536
/* zlib.h, inflateInit2 and deflateInit2: the largest window, and gzip's header */
#define WINDOW_GZIP (15 + 16)

struct archive_gunzip {
	z_stream z;
	bool begun, whole; /* it has come to the end of a member */
	sink_fn *sink;
	void *ctx;
	unsigned char piece[PIECE_BYTES];
};

static void *allocate(void *ctx, unsigned count, unsigned n)
{
	(void)ctx;
	return secret_calloc(count, n);
}

static void give_back(void *ctx, void *p)
{
	(void)ctx;
	secret_free(p);
}

struct archive_gunzip *archive_gunzip_new(sink_fn *sink, void *ctx)
{
	struct archive_gunzip *z = secret_calloc(1, sizeof(*z));

	if (!z)
		return NULL;
	z->z.zalloc = allocate;
	z->z.zfree = give_back;
	z->sink = sink;
	z->ctx = ctx;
	if (inflateInit2(&z->z, WINDOW_GZIP) == Z_OK)
		return z;
	secret_free(z);
	return NULL;
}

/* Unpacks until the input or its room is used up. */
static int step(struct archive_gunzip *z, struct err *e)
{
	int rc;

	if (z->whole && inflateReset(&z->z) != Z_OK)
		return err_no_memory(e);
	z->begun = true;
	z->whole = false;
	z->z.next_out = z->piece;
	z->z.avail_out = sizeof(z->piece);
	rc = inflate(&z->z, Z_NO_FLUSH);
	if (rc == Z_MEM_ERROR)
		return err_no_memory(e);
	if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
		return err_set(e, ERR_REFUSED, "it is damaged: no gzip stream (%s)",
			       z->z.msg ? z->z.msg : "it ends in its middle");
	z->whole = rc == Z_STREAM_END;
	return z->sink(z->ctx, z->piece, sizeof(z->piece) - z->z.avail_out, e);
}

int archive_gunzip_add(struct archive_gunzip *z, const void *bytes, size_t n,
		       struct err *e)
{
	/* zlib does not write to it, but before 1.2.5.2 it was not const. */
	z->z.next_in = (Bytef *)(uintptr_t)bytes;
	z->z.avail_in = (uInt)n;
	while (z->z.avail_in || (!z->whole && n && !z->z.avail_out))
		if (step(z, e))
			return -1;
	return 0;
}

int archive_gunzip_end(const struct archive_gunzip *z, struct err *e)
{
	if (z->begun && z->whole)
		return 0;
	return err_set(e, ERR_REFUSED, "it is damaged: the gzip stream ends too early");
}

void archive_gunzip_free(struct archive_gunzip *z)
{
	if (!z)
		return;
	inflateEnd(&z->z);
	secret_free(z);
}

int archive_gunzip_first(const void *bytes, size_t n, struct buf *out, size_t *used,
			 struct err *e)
{
	z_stream z = { .zalloc = allocate, .zfree = give_back };
	unsigned char piece[4096];
	int rc;

	z.next_in = (Bytef *)(uintptr_t)bytes;
	z.avail_in = n > UINT_MAX ? UINT_MAX : (uInt)n;
	if (inflateInit2(&z, WINDOW_GZIP) != Z_OK)
		return err_no_memory(e);
	do {
		z.next_out = piece;
		z.avail_out = sizeof(piece);
		rc = inflate(&z, Z_NO_FLUSH);
		if (buf_add(out, piece, sizeof(piece) - z.avail_out))
			break;
	} while (rc == Z_OK);
	*used = z.total_in;
	inflateEnd(&z);
	if (rc == Z_STREAM_END && !out->failed)
		return 0;
	return err_set(e, ERR_REFUSED,
		       "it is damaged, or was not made by backup-swarm: its "
		       "first gzip member %s",
		       out->failed ? "is too large" : "is none");
}

int archive_gzip(struct buf *out, const void *bytes, size_t n, struct err *e)
{
	z_stream z = { .zalloc = allocate, .zfree = give_back };
	unsigned char piece[4096];
	int rc, ret = -1;

	if (n > INT_MAX || deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, WINDOW_GZIP,
					8, Z_DEFAULT_STRATEGY) != Z_OK)
		return err_no_memory(e);
	z.next_in = (Bytef *)(uintptr_t)bytes;
	z.avail_in = (uInt)n;
	do {
		z.next_out = piece;
		z.avail_out = sizeof(piece);
		rc = deflate(&z, Z_FINISH);
		if (buf_add(out, piece, sizeof(piece) - z.avail_out))
			break;
	} while (rc == Z_OK);
	if (rc == Z_STREAM_END && !out->failed)
		ret = 0;
	else
		err_set(e, ERR_LOCAL, "a text of %zu bytes cannot be packed", n);
	deflateEnd(&z);
	return ret;
}

/*
 * tar - the entries of a tar stream (POSIX.1-1988 ustar, as every tar writes short
 * names), read as the bytes come; and one entry that is written.
 */
#ifndef ARCHIVE_TAR_H
#define ARCHIVE_TAR_H

#include "base/sink.h"

#include <stdint.h>

#define ARCHIVE_TAR_NAME 256 /* bytes of a name, with its NUL */

struct buf;

/* Of a file, in this order; other entries but folders are refused, folders left out. */
struct archive_tar_reader {
	int (*begin)(void *ctx, const char *name, uint64_t size, struct err *e);
	sink_fn *data;
	int (*end)(void *ctx, struct err *e);
};

struct archive_tar {
	const struct archive_tar_reader *reader;
	void *ctx;
	unsigned char block[512];
	size_t filled;    /* of the block */
	uint64_t left;    /* bytes of the file */
	unsigned padding; /* behind it */
	int in_file, ended;
};

/* Reads the next piece of the stream. Errors: ERR_REFUSED for what is no tar; those of
 * the reader. */
int archive_tar_add(struct archive_tar *t, const void *bytes, size_t n, struct err *e);

/* Whether the stream has come to its end. Errors: ERR_REFUSED. */
int archive_tar_end(const struct archive_tar *t, struct err *e);

/* Appends a file of mode 0600, root's, whose other entries follow. Errors: ERR_LOCAL. */
int archive_tar_file(struct buf *out, const char *name, const void *bytes, size_t n,
		     int64_t mtime, struct err *e);

#endif

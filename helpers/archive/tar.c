/* SPDX-License-Identifier: MIT */
/* Reads a tar stream as it comes; writes one entry. */
#include "archive/tar.h"

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define BLOCK 512

/* The header's fields (POSIX.1-1988, ustar): offset and bytes. */
enum {
	NAME = 0,
	NAME_BYTES = 100,
	MODE = 100,
	UID = 108,
	GID = 116,
	SIZE = 124,
	SIZE_BYTES = 12,
	MTIME = 136,
	SUM = 148,
	SUM_BYTES = 8,
	TYPE = 156,
	MAGIC = 257,
	PREFIX = 345,
	PREFIX_BYTES = 155,
	NUMBER_BYTES = 8
};

/* Octal digits, with spaces or NULs around them. */
static int octal(const unsigned char *p, size_t n, uint64_t *out)
{
	size_t i = 0;

	*out = 0;
	while (i < n && p[i] == ' ')
		i++;
	for (; i < n && p[i] >= '0' && p[i] <= '7'; i++)
		*out = *out << 3 | (unsigned)(p[i] - '0');
	if (i < n && p[i] && p[i] != ' ')
		return -1;
	return 0;
}

static uint64_t sum_of(const unsigned char *block)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < BLOCK; i++)
		sum += i >= SUM && i < SUM + SUM_BYTES ? ' ' : block[i];
	return sum;
}

static void name_of(const unsigned char *block, char *name)
{
	const char *p = (const char *)block;
	bool prefix = !memcmp(p + MAGIC, "ustar", 6) && p[PREFIX];

	snprintf(name, ARCHIVE_TAR_NAME, "%.*s%s%.*s", prefix ? PREFIX_BYTES : 0,
		 p + PREFIX, prefix ? "/" : "", NAME_BYTES, p + NAME);
}

static bool is_zero(const unsigned char *block)
{
	for (size_t i = 0; i < BLOCK; i++)
		if (block[i])
			return false;
	return true;
}

static int begin(struct archive_tar *t, struct err *e)
{
	char name[ARCHIVE_TAR_NAME];
	uint64_t sum;
	char type = (char)t->block[TYPE];

	if (is_zero(t->block)) {
		t->ended = 1;
		return 0;
	}
	if (octal(t->block + SUM, SUM_BYTES, &sum) || sum != sum_of(t->block) ||
	    octal(t->block + SIZE, SIZE_BYTES, &t->left))
		return err_set(e, ERR_REFUSED, "it is damaged: no tar header");
	name_of(t->block, name);
	if (type == '5' && !t->left)
		return 0;
	if (type && type != '0')
		return err_set(e, ERR_REFUSED,
			       "it has an entry that is no file (%s, type %c)", name,
			       type);
	t->in_file = 1;
	t->padding = (unsigned)(-t->left % BLOCK);
	return t->reader->begin(t->ctx, name, t->left, e);
}

static int end(struct archive_tar *t, struct err *e)
{
	t->in_file = 0;
	return t->reader->end(t->ctx, e);
}

/* One step on from `p`; *used of its `n` bytes. */
static int step(struct archive_tar *t, const unsigned char *p, size_t n, size_t *used,
		struct err *e)
{
	if (t->in_file && t->left) {
		*used = t->left < n ? (size_t)t->left : n;
		t->left -= *used;
		return t->reader->data(t->ctx, p, *used, e);
	}
	if (t->in_file) {
		*used = t->padding < n ? t->padding : n;
		t->padding -= (unsigned)*used;
		return t->padding ? 0 : end(t, e);
	}
	*used = BLOCK - t->filled < n ? BLOCK - t->filled : n;
	memcpy(t->block + t->filled, p, *used);
	t->filled += *used;
	if (t->filled < BLOCK)
		return 0;
	t->filled = 0;
	return begin(t, e);
}

int archive_tar_add(struct archive_tar *t, const void *bytes, size_t n, struct err *e)
{
	const unsigned char *p = bytes;
	size_t used;

	/* Behind the end there is filling. */
	while (n && !t->ended) {
		if (step(t, p, n, &used, e))
			return -1;
		p += used;
		n -= used;
		/* A file without padding has ended without another byte. */
		if (t->in_file && !t->left && !t->padding && end(t, e))
			return -1;
	}
	return 0;
}

int archive_tar_end(const struct archive_tar *t, struct err *e)
{
	if (t->ended)
		return 0;
	return err_set(e, ERR_REFUSED, "it is damaged: the tar stream ends too early");
}

static void number(unsigned char *block, size_t at, size_t bytes, uint64_t value)
{
	snprintf((char *)block + at, bytes, "%0*llo", (int)bytes - 1,
		 (unsigned long long)value);
}

int archive_tar_file(struct buf *out, const char *name, const void *bytes, size_t n,
		     int64_t mtime, struct err *e)
{
	static const char filling[BLOCK];
	unsigned char block[BLOCK] = { 0 };

	snprintf((char *)block + NAME, NAME_BYTES, "%s", name);
	number(block, MODE, NUMBER_BYTES, 0600);
	number(block, UID, NUMBER_BYTES, 0);
	number(block, GID, NUMBER_BYTES, 0);
	number(block, SIZE, SIZE_BYTES, n);
	number(block, MTIME, SIZE_BYTES, (uint64_t)mtime);
	block[TYPE] = '0';
	memcpy(block + MAGIC, "ustar\00000", 8);
	number(block, SUM, SUM_BYTES - 1, sum_of(block));
	block[SUM + SUM_BYTES - 1] = ' ';
	buf_add(out, block, sizeof(block));
	buf_add(out, bytes, n);
	buf_add(out, filling, -n % BLOCK);
	return out->failed ? err_set(e, ERR_LOCAL, "%s is too large for a header", name)
			   : 0;
}

/*
 * stamp - a moment, to the second, in UTC, as text: one that stands in a file's name, and
 * whose order is that of time.
 */
#ifndef ARCHIVE_STAMP_H
#define ARCHIVE_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARCHIVE_STAMP_BYTES 16

struct archive_stamp {
	char text[ARCHIVE_STAMP_BYTES + 1]; /* "20261129T115959Z" */
};

/* `seconds` since 1970. */
struct archive_stamp archive_stamp_at(int64_t seconds);
struct archive_stamp archive_stamp_now(void);

/* Since 1970; pure. Of a day that no month has it is one of the next month. */
int64_t archive_stamp_seconds(const struct archive_stamp *s);

/* Reads the first ARCHIVE_STAMP_BYTES of a text. False when they are none. */
bool archive_stamp_read(struct archive_stamp *out, const char *text, size_t n);

/* Less than, equal to or greater than 0, as strcmp. */
int archive_stamp_compare(const struct archive_stamp *a, const struct archive_stamp *b);

/* "2026-11-29T11:59:59Z" (RFC 3339). */
struct archive_stamp_rfc {
	char text[21];
};
struct archive_stamp_rfc archive_stamp_rfc(const struct archive_stamp *s);

#endif

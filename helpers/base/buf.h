/*
 * buf - a growing run of bytes with a limit, wiped whenever it lets go of any.
 *
 * The struct is the caller's; buf_free gives back what it holds. A failed
 * append leaves the buffer empty and marks it failed, so that a chain of
 * appends needs one check at its end. The bytes are always followed by a NUL
 * that does not count.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data; /* NULL or NUL-terminated; valid until the next change */
	size_t len; /* bytes */
	size_t cap;
	size_t max; /* bytes it may ever hold */
	bool failed;
};

/* An empty buffer for at most `max` bytes. */
#define BUF_INIT(max_bytes) ((struct buf){ .max = (max_bytes) })

/* Each appends and returns 0, or -1 when that would be more than the limit.
 * Without memory the process ends (secret_must_realloc). */
int buf_add(struct buf *b, const void *bytes, size_t n);
int buf_adds(struct buf *b, const char *s);
int buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The text, "" when empty. Borrowed until the next change. */
const char *buf_str(const struct buf *b);

/* Removes the first `n` bytes (all when there are fewer). */
void buf_drop(struct buf *b, size_t n);

/* Empties and wipes, keeping the limit; usable again afterwards. */
void buf_free(struct buf *b);

/* Appends `n` bytes, with U+FFFD for each that is no UTF-8 and for a NUL.
 * Returns -1 when the buffer is full. */
int buf_add_utf8(struct buf *b, const char *text, size_t n);

#endif

/*
 * base64 - bytes as text (RFC 4648 section 4).
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stddef.h>

struct buf;

/* Appends the base64 of `n` bytes, with padding. Returns -1 when the buffer is full. */
int base64_encode(struct buf *b, const void *bytes, size_t n);

/* Appends what `n` characters of base64 stand for; line ends and spaces between them are
 * passed over, padding is required. Returns -1 for anything else, or when the buffer is
 * full. */
int base64_decode(struct buf *b, const char *text, size_t n);

#endif

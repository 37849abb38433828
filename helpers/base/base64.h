/*
 * base64 - bytes as text (RFC 4648 section 4).
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stddef.h>

struct buf;

/* Appends the base64 of `n` bytes, with padding. Returns -1 when the buffer is full. */
int base64_encode(struct buf *out, const void *bytes, size_t n);

/* Appends what a text stands for. Returns -1 when it is no base64 with padding, or the
 * buffer is full. */
int base64_decode(struct buf *out, const char *text);

#endif

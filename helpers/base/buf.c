/* SPDX-License-Identifier: MIT */
/* A growing byte buffer with a fixed upper bound, wiped when it is freed. */
#include "base/buf.h"

#include "base/secret.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

#define SMALLEST 256

static int fail(struct buf *b)
{
	buf_free(b);
	b->failed = true;
	return -1;
}

static int reserve(struct buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : SMALLEST;

	if (b->failed || n > b->max || b->len > b->max - n)
		return fail(b);
	if (b->len + n < b->cap)
		return 0;
	while (cap <= b->len + n)
		cap *= 2;
	b->data = secret_must_realloc(b->data, cap);
	b->cap = cap;
	return 0;
}

int buf_add(struct buf *b, const void *bytes, size_t n)
{
	if (reserve(b, n))
		return -1;
	if (n)
		memcpy(b->data + b->len, bytes, n);
	b->len += n;
	b->data[b->len] = '\0';
	return 0;
}

int buf_adds(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

int buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || reserve(b, (size_t)n))
		return fail(b);
	va_start(ap, fmt);
	vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
	return 0;
}

const char *buf_str(const struct buf *b)
{
	return b->data ? b->data : "";
}

void buf_drop(struct buf *b, size_t n)
{
	if (n >= b->len) {
		if (b->data)
			secret_wipe(b->data, b->len);
		b->len = 0;
		return;
	}
	memmove(b->data, b->data + n, b->len - n + 1);
	secret_wipe(b->data + b->len - n, n);
	b->len -= n;
}

void buf_free(struct buf *b)
{
	secret_free(b->data);
	b->data = NULL;
	b->len = b->cap = 0;
	b->failed = false;
}

int buf_add_utf8(struct buf *b, const char *text, size_t n)
{
	while (n) {
		size_t good = 0, one;
		uint32_t code;

		while ((one = utf8_char(text + good, n - good, &code)) && code)
			good += one;
		buf_add(b, text, good);
		if (good < n)
			buf_adds(b, REPLACEMENT);
		good += good < n;
		text += good;
		n -= good;
	}
	return b->failed ? -1 : 0;
}

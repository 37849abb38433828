/* SPDX-License-Identifier: MIT */
/* Base64. */
#include "base/base64.h"

#include "base/buf.h"

#include <stdint.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			       "0123456789+/";

int base64_encode(struct buf *out, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)p[i] << 16;
		char four[4];

		v |= i + 1 < n ? (uint32_t)p[i + 1] << 8 : 0;
		v |= i + 2 < n ? (uint32_t)p[i + 2] : 0;
		for (size_t k = 0; k < 4; k++)
			four[k] = i + k > n ? '=' : alphabet[v >> (18 - 6 * k) & 63];
		buf_add(out, four, sizeof(four));
	}
	return out->failed ? -1 : 0;
}

/* The value of a character; of the padding 0. */
static int value_of(char c)
{
	const char *at = c ? strchr(alphabet, c) : NULL;

	return c == '=' ? 0 : at ? (int)(at - alphabet) : -1;
}

int base64_decode(struct buf *out, const char *text)
{
	size_t n = strlen(text), pad = n - strcspn(text, "=");

	if (n % 4 || pad > 2 || strspn(text + n - pad, "=") != pad)
		return -1;
	for (size_t i = 0; i < n; i += 4) {
		uint32_t v = 0;
		char three[3];

		for (size_t k = 0; k < 4; k++) {
			int value = value_of(text[i + k]);

			if (value < 0)
				return -1;
			v = v << 6 | (uint32_t)value;
		}
		for (size_t k = 0; k < 3; k++)
			three[k] = (char)(v >> (16 - 8 * k) & 255);
		buf_add(out, three, i + 4 == n ? 3 - pad : 3);
	}
	return out->failed ? -1 : 0;
}

/* SPDX-License-Identifier: MIT */
/* Base64. */
#include "base/base64.h"

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static const char digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* One group of four characters as up to three bytes; `pad` of them are '='. */
static int put_group(struct buf *b, const unsigned char *group, unsigned int pad)
{
	unsigned char bytes[3] = {
		(unsigned char)(group[0] << 2 | group[1] >> 4),
		(unsigned char)(group[1] << 4 | group[2] >> 2),
		(unsigned char)(group[2] << 6 | group[3]),
	};

	/* Bits behind the last byte are zero, or one text would be two. */
	if (pad > 2 || (pad && bytes[3 - pad]))
		return -1;
	return buf_add(b, bytes, 3 - pad);
}

int base64_decode(struct buf *b, const char *text, size_t n)
{
	unsigned char group[4];
	unsigned int have = 0, pad = 0;
	bool ended = false;

	for (; n; n--, text++) {
		const char *digit = *text ? strchr(digits, *text) : NULL;

		if (is_space(*text))
			continue;
		if (ended || (*text != '=' && (!digit || pad)))
			return -1;
		pad += *text == '=';
		group[have++] = digit ? (unsigned char)(digit - digits) : 0;
		if (have < 4)
			continue;
		if (put_group(b, group, pad))
			return -1;
		ended = pad > 0;
		have = 0;
	}
	if (have)
		return -1;
	return 0;
}

int base64_encode(struct buf *b, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < n; i += 3) {
		size_t have = n - i < 3 ? n - i : 3;
		uint32_t bits = (uint32_t)p[i] << 16;
		char group[4];

		if (have > 1)
			bits |= (uint32_t)p[i + 1] << 8;
		if (have > 2)
			bits |= p[i + 2];
		for (size_t k = 0; k < 4; k++)
			group[k] = k > have ? '=' : digits[bits >> (18 - 6 * k) & 63];
		if (buf_add(b, group, sizeof(group)))
			return -1;
	}
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* UTF-8: characters, what may be shown, and cutting between characters. */
#include "base/utf8.h"

#include <string.h>

/* By the first byte: how long a character is, which of its bits are there, and
 * the least number that needs so many bytes. */
static const struct {
	unsigned char mask, lead;
	size_t bytes;
	uint32_t least;
} forms[] = {
	{ 0x80, 0x00, 1, 0 },
	{ 0xe0, 0xc0, 2, 0x80 },
	{ 0xf0, 0xe0, 3, 0x800 },
	{ 0xf8, 0xf0, 4, 0x10000 },
};

/* C0 and C1 controls, the marks of bidirectional text, separators of lines,
 * and what has no width (Unicode, general categories Cc, Cf, Zl and Zp). */
static const struct {
	uint32_t from, to;
} hidden[] = {
	{ 0x0000, 0x001f },   { 0x007f, 0x009f },   { 0x00ad, 0x00ad },
	{ 0x0600, 0x0605 },   { 0x061c, 0x061c },   { 0x06dd, 0x06dd },
	{ 0x070f, 0x070f },   { 0x0890, 0x0891 },   { 0x08e2, 0x08e2 },
	{ 0x180e, 0x180e },   { 0x200b, 0x200f },   { 0x2028, 0x202e },
	{ 0x2060, 0x206f },   { 0xfeff, 0xfeff },   { 0xfff9, 0xfffb },
	{ 0x110bd, 0x110bd }, { 0x110cd, 0x110cd }, { 0x13430, 0x1343f },
	{ 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
};

size_t utf8_char(const char *s, size_t n, uint32_t *code)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t form = 0;
	uint32_t c;

	while (form < 4 && (!n || (*p & forms[form].mask) != forms[form].lead))
		form++;
	if (form == 4 || n < forms[form].bytes)
		return 0;
	c = *p & (unsigned char)~forms[form].mask;
	for (size_t i = 1; i < forms[form].bytes; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < forms[form].least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*code = c;
	return forms[form].bytes;
}

bool utf8_is_shown(uint32_t code)
{
	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
		if (code >= hidden[i].from && code <= hidden[i].to)
			return false;
	return true;
}

void utf8_mask(char *s)
{
	size_t left = strlen(s);
	char *to = s;

	while (left) {
		uint32_t code = 0;
		size_t n = utf8_char(s, left, &code);

		if (n && utf8_is_shown(code)) {
			memmove(to, s, n);
			to += n;
		} else {
			*to++ = *s == '\n' || *s == '\t' ? ' ' : '?';
		}
		s += n ? n : 1;
		left -= n ? n : 1;
	}
	*to = '\0';
}

bool utf8_copy(char *out, size_t size, const char *text, size_t n)
{
	uint32_t code;

	if (n < size) {
		memcpy(out, text, n);
		out[n] = '\0';
		return true;
	}
	/* Back to where a character begins that would be cut, if there is one. */
	for (size_t back = 1; back < 4 && back < size; back++) {
		size_t at = size - 1 - back;
		size_t whole = utf8_char(text + at, n - at, &code);

		if (whole > back)
			size = at + 1;
		if (whole)
			break;
	}
	memcpy(out, text, size - 1);
	out[size - 1] = '\0';
	return false;
}

/* SPDX-License-Identifier: MIT */
/* Text of others made fit for a terminal, for JSON and for a field: base/utf8. */
#include "base/utf8.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof(rows[0]))

/* mutant helpers/base/utf8.c utf8_char: term least => false */
static void knows_what_is_utf8(void **state)
{
	static const struct {
		const char *text;
		size_t n, bytes;
		uint32_t code;
	} rows[] = {
		{ "a", 1, 1, 'a' },
		{ "\xc3\xa9", 2, 2, 0xe9 },
		{ "\xe2\x82\xac", 3, 3, 0x20ac },
		{ "\xf0\x9f\x98\x80", 4, 4, 0x1f600 },
		{ "\xf4\x8f\xbf\xbf", 4, 4, 0x10ffff },
		{ "", 0, 0, 0 },
		{ "\xc3", 1, 0, 0 }, /* cut */
		{ "\xe2\x82", 2, 0, 0 },
		{ "\xe2\x82\xac", 2, 0, 0 },
		{ "\xa9", 1, 0, 0 }, /* without its beginning */
		{ "\xc3"
		  "a",
		  2, 0, 0 },
		{ "\xc0\xaf", 2, 0, 0 }, /* longer than need be */
		{ "\xc1\x9b", 2, 0, 0 },
		{ "\xe0\x80\x9b", 3, 0, 0 },
		{ "\xf0\x80\x80\x9b", 4, 0, 0 },
		{ "\xed\xa0\x80", 3, 0, 0 },     /* half a UTF-16 pair */
		{ "\xf4\x90\x80\x80", 4, 0, 0 }, /* above the last one */
		{ "\xf8\x88\x80\x80\x80", 5, 0, 0 },
		{ "\xff", 1, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint32_t code = 0;

		assert_int_equal(utf8_char(rows[i].text, rows[i].n, &code),
				 rows[i].bytes);
		assert_int_equal(code, rows[i].code);
	}
}

/* mutant helpers/base/utf8.c hidden: 0x009f => 0x007f
 * mutant helpers/base/utf8.c hidden: 0x202e => 0x2029 */
static void masks_what_drives_a_terminal(void **state)
{
	static const struct {
		const char *text, *masked;
	} rows[] = {
		{ "M\xc3\xbcller \xe2\x82\xac \xf0\x9f\x98\x80",
		  "M\xc3\xbcller \xe2\x82\xac \xf0\x9f\x98\x80" },
		{ "a\nb\tc\x1b[2Jd\re\x7f", "a b c?[2Jd?e?" },
		/* C1 controls, CSI among them, as UTF-8 and as bytes */
		{ "a\xc2\x9b"
		  "31mb",
		  "a?31mb" },
		{ "\xc2\x80\xc2\x85\xc2\x90\xc2\x9d\xc2\x9f", "?????" },
		{ "\x80\x9b\x9f", "???" },
		{ "\xc2\xa0.", "\xc2\xa0." },
		/* U+202A to E, U+2066 to 9, U+200E, U+200F, U+061C */
		{ "\xe2\x80\xaa\xe2\x80\xab\xe2\x80\xac\xe2\x80\xad\xe2\x80\xae",
		  "?????" },
		{ "\xe2\x81\xa6\xe2\x81\xa7\xe2\x81\xa8\xe2\x81\xa9", "????" },
		{ "\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c", "???" },
		/* a zero-width space, a line separator, a tag */
		{ "a\xe2\x80\x8b"
		  "b\xe2\x80\xa8"
		  "c\xf3\xa0\x81\x81",
		  "a?b?c?" },
		{ "caf\xe9, \xc3", "caf?, ?" },
		{ "\xf0\x9f\x98", "???" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[64];

		strcpy(text, rows[i].text);
		utf8_mask(text);
		assert_string_equal(text, rows[i].masked);
	}
}

/* mutant helpers/base/utf8.c utf8_copy: condition whole > back => whole > back + 1 */
static void cuts_between_characters(void **state)
{
	static const struct {
		const char *text;
		size_t size;
		const char *cut;
		bool whole;
	} rows[] = {
		{ "abc", 4, "abc", true },
		{ "abc", 3, "ab", false },
		{ "abc", 1, "", false },
		{ "a\xc3\xa9", 4, "a\xc3\xa9", true },
		{ "a\xc3\xa9", 3, "a", false },
		{ "a\xc3\xa9z", 4, "a\xc3\xa9", false },
		{ "a\xe2\x82\xac", 4, "a", false },
		{ "a\xe2\x82\xac", 3, "a", false },
		{ "\xf0\x9f\x98\x80", 4, "", false },
		{ "b\xf0\x9f\x98\x80", 5, "b", false },
		{ "b\xf0\x9f\x98\x80z", 6, "b\xf0\x9f\x98\x80", false },
		/* what is no UTF-8 is not cut shorter for it */
		{ "\xe9\xe9\xe9\xe9", 4, "\xe9\xe9\xe9", false },
		{ "\xa9\xa9\xa9\xa9\xa9\xa9", 6, "\xa9\xa9\xa9\xa9\xa9", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char out[16];

		memset(out, 'x', sizeof(out));
		assert_int_equal(utf8_copy(out, rows[i].size, rows[i].text,
					   strlen(rows[i].text)),
				 rows[i].whole);
		assert_string_equal(out, rows[i].cut);
		assert_int_equal(out[rows[i].size], 'x');
	}
}

static void mends_what_is_no_utf8(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		const char *mended;
	} rows[] = {
		{ "M\xc3\xbcller", 7, "M\xc3\xbcller" },
		{ "caf\xe9", 4, "caf\xef\xbf\xbd" },
		{ "\xc3", 1, "\xef\xbf\xbd" },
		{ "a\xff\xfe"
		  "b",
		  4,
		  "a\xef\xbf\xbd\xef\xbf\xbd"
		  "b" },
		{ "a\0b", 3,
		  "a\xef\xbf\xbd"
		  "b" },
		{ "", 0, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct buf b = BUF_INIT(64);

		assert_int_equal(buf_add_utf8(&b, rows[i].text, rows[i].n), 0);
		assert_string_equal(buf_str(&b), rows[i].mended);
		buf_free(&b);
	}
}

static void stops_at_the_buffers_limit(void **state)
{
	struct buf b = BUF_INIT(4);

	(void)state;
	assert_int_equal(buf_add_utf8(&b, "ab\xff\xff", 4), -1);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_what_is_utf8),
		cmocka_unit_test(masks_what_drives_a_terminal),
		cmocka_unit_test(cuts_between_characters),
		cmocka_unit_test(mends_what_is_no_utf8),
		cmocka_unit_test(stops_at_the_buffers_limit),
	};

	return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}

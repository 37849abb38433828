/* SPDX-License-Identifier: MIT */
/* Base64 there and back, and what is none. */
#include "base/base64.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* RFC 4648 section 10, and bytes that are no text */
static const struct {
	const char *bytes;
	size_t n;
	const char *text;
} rows[] = {
	{ "", 0, "" },
	{ "f", 1, "Zg==" },
	{ "fo", 2, "Zm8=" },
	{ "foo", 3, "Zm9v" },
	{ "foob", 4, "Zm9vYg==" },
	{ "fooba", 5, "Zm9vYmE=" },
	{ "foobar", 6, "Zm9vYmFy" },
	{ "\0\xff\xfe", 3, "AP/+" },
};

/* mutant helpers/base/base64.c base64_encode: k > have => k >= have */
static void there_and_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf text = BUF_INIT(64), bytes = BUF_INIT(64);

		assert_int_equal(base64_encode(&text, rows[i].bytes, rows[i].n), 0);
		assert_string_equal(buf_str(&text), rows[i].text);
		assert_int_equal(base64_decode(&bytes, rows[i].text,
					       strlen(rows[i].text)),
				 0);
		assert_int_equal(bytes.len, rows[i].n);
		if (rows[i].n)
			assert_memory_equal(bytes.data, rows[i].bytes, rows[i].n);
		buf_free(&text);
		buf_free(&bytes);
	}
}

static void refuses_others(void **state)
{
	static const char *const texts[] = { "Zg",   "Zg=",      "=Zg=",
					     "Z===", "Zm9v!AAA", "Zg==Zg==" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct buf bytes = BUF_INIT(64);

		print_message("  %s\n", texts[i]);
		assert_int_equal(base64_decode(&bytes, texts[i], strlen(texts[i])), -1);
		buf_free(&bytes);
	}
}

static void keeps_the_limit(void **state)
{
	struct buf out = BUF_INIT(5);

	(void)state;
	assert_int_equal(base64_encode(&out, "foobar", 6), -1);
	buf_free(&out);
	assert_int_equal(base64_decode(&out, "Zm9vYmFy", 8), -1);
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(refuses_others),
		cmocka_unit_test(keeps_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* The pieces of SSH's formats: what is read, what is refused, what is written. */
#include "sshkey/wire.h"

#include "base/base64.h"
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* mutant helpers/sshkey/wire.c ssh_wire_string: term rest.n => false */
static void test_strings(void **state)
{
	static const struct {
		const char *name;
		const char *bytes;
		size_t n;
		int ret;
		size_t len, left;
	} rows[] = {
		{ "empty input", "", 0, -1, 0, 0 },
		{ "half a length", "\0\0\0", 3, -1, 0, 3 },
		{ "empty string", "\0\0\0\0", 4, 0, 0, 0 },
		{ "whole", "\0\0\0\3abc", 7, 0, 3, 0 },
		{ "more behind", "\0\0\0\3abcd", 8, 0, 3, 1 },
		{ "one byte short", "\0\0\0\4abc", 7, -1, 0, 7 },
		{ "huge length",
		  "\xff\xff\xff\xff"
		  "abc",
		  7, -1, 0, 7 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ssh_wire w = { (const unsigned char *)rows[i].bytes, rows[i].n };
		struct ssh_wire s = { 0 };

		print_message("  %s\n", rows[i].name);
		assert_int_equal(ssh_wire_string(&w, &s), rows[i].ret);
		assert_int_equal(s.n, rows[i].len);
		assert_int_equal(w.n, rows[i].left);
	}
}

static void test_numbers(void **state)
{
	static const struct {
		const char *name;
		const char *number; /* to be written */
		size_t n;
		const char *mpint;
		size_t mpint_n;
		size_t read_n; /* of it when read back */
	} rows[] = {
		{ "zero", "", 0, "\0\0\0\0", 4, 0 },
		{ "zeros", "\0\0", 2, "\0\0\0\0", 4, 0 },
		{ "small", "\x01\x02", 2, "\0\0\0\2\1\2", 6, 2 },
		{ "leading zeros", "\0\0\x7f", 3, "\0\0\0\1\x7f", 5, 1 },
		{ "top bit", "\x80", 1, "\0\0\0\2\0\x80", 6, 1 },
	};
	struct ssh_wire negative = { (const unsigned char *)"\0\0\0\1\x80", 5 }, s;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf b = BUF_INIT(64);
		struct ssh_wire w;

		print_message("  %s\n", rows[i].name);
		assert_int_equal(ssh_wire_put_number(&b,
						     (const unsigned char *)rows[i].number,
						     rows[i].n),
				 0);
		assert_int_equal(b.len, rows[i].mpint_n);
		assert_memory_equal(b.data, rows[i].mpint, b.len);
		w = (struct ssh_wire){ (unsigned char *)b.data, b.len };
		assert_int_equal(ssh_wire_number(&w, &s), 0);
		assert_int_equal(s.n, rows[i].read_n);
		buf_free(&b);
	}
	assert_int_equal(ssh_wire_number(&negative, &s), -1);
	assert_int_equal(negative.n, 5);
}

static void test_base64(void **state)
{
	static const struct {
		const char *name, *text;
		int ret;
		const char *bytes;
	} rows[] = {
		{ "empty", "", 0, "" },
		{ "one byte", "Zg==", 0, "f" },
		{ "two bytes", "Zm8=", 0, "fo" },
		{ "three bytes", "Zm9v", 0, "foo" },
		{ "six bytes", "Zm9vYmFy", 0, "foobar" },
		{ "lines", "Zm9v\r\nYm Fy\n", 0, "foobar" },
		{ "padding missing", "Zg", -1, "" },
		{ "half the padding", "Zg=", -1, "" },
		{ "padding alone", "====", -1, "" },
		{ "too much padding", "Z===", -1, "" },
		{ "padding inside", "Zg==Zg==", -1, "" },
		{ "digit after padding", "Z=g=", -1, "" },
		{ "other characters", "Zm-v", -1, "" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf b = BUF_INIT(64), back = BUF_INIT(64);

		print_message("  %s\n", rows[i].name);
		assert_int_equal(base64_decode(&b, rows[i].text, strlen(rows[i].text)),
				 rows[i].ret);
		if (!rows[i].ret) {
			assert_string_equal(buf_str(&b), rows[i].bytes);
			base64_encode(&back, (unsigned char *)b.data, b.len);
			if (!strpbrk(rows[i].text, " \r\n"))
				assert_string_equal(buf_str(&back), rows[i].text);
		}
		buf_free(&b);
		buf_free(&back);
	}
}

static void test_base64_of_nul(void **state)
{
	struct buf b = BUF_INIT(64);

	(void)state;
	assert_int_equal(base64_decode(&b, "AA\0A", 4), -1);
	buf_free(&b);
}

static void test_types(void **state)
{
	static const struct {
		const char *name, *key;
		size_t n;
		const char *type;
	} rows[] = {
		{ "ed25519", "\0\0\0\x0bssh-ed25519", 15, "ED25519" },
		{ "rsa", "\0\0\0\7ssh-rsa", 11, "RSA" },
		{ "ecdsa",
		  "\0\0\0\x13"
		  "ecdsa-sha2-nistp384",
		  23, "ECDSA" },
		{ "unknown", "\0\0\0\3new", 7, "new" },
		{ "cut", "\0\0\0\3newer than the room", 7, "new" },
		{ "no fun for terminals", "\0\0\0\4a\033[m", 8, "a?[m" },
		{ "no key", "\0\0", 2, "unknown" },
		{ "long",
		  "\0\0\0\x14"
		  "abcdefghijklmnopqrst",
		  24, "abcdefghijklmno" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char out[16];

		print_message("  %s\n", rows[i].name);
		assert_string_equal(ssh_wire_type((const unsigned char *)rows[i].key,
						  rows[i].n, out, sizeof(out)),
				    rows[i].type);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strings), cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_base64),  cmocka_unit_test(test_base64_of_nul),
		cmocka_unit_test(test_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

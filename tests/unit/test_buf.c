/* SPDX-License-Identifier: MIT */
/* Growth, limits and wiping of base/buf. */
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void starts_empty(void **state)
{
	struct buf b = BUF_INIT(16);

	(void)state;
	assert_string_equal(buf_str(&b), "");
	buf_drop(&b, 3);
	assert_int_equal(b.len, 0);
	buf_free(&b);
}

static void grows_and_stays_terminated(void **state)
{
	struct buf b = BUF_INIT(100000);

	(void)state;
	for (int i = 0; i < 20000; i++) {
		assert_int_equal(buf_addf(&b, "%d", i % 10), 0);
		assert_int_equal(b.data[b.len], '\0');
	}
	assert_int_equal(b.len, 20000);
	assert_int_equal(strlen(buf_str(&b)), 20000);
	buf_free(&b);
}

static void holds_nul_bytes(void **state)
{
	struct buf b = BUF_INIT(16);

	(void)state;
	assert_int_equal(buf_add(&b, "a\0b", 3), 0);
	assert_int_equal(buf_add(&b, NULL, 0), 0);
	assert_int_equal(b.len, 3);
	assert_memory_equal(b.data, "a\0b", 4);
	buf_free(&b);
}

/* mutant helpers/base/buf.c reserve: term b->max - n => false
 * mutant helpers/base/buf.c fail: true => false */
static void takes_exactly_its_limit(void **state)
{
	struct buf b = BUF_INIT(8);

	(void)state;
	assert_int_equal(buf_adds(&b, "12345678"), 0);
	assert_int_equal(buf_adds(&b, ""), 0);
	assert_int_equal(buf_adds(&b, "9"), -1);
	assert_int_equal(b.len, 0);
	assert_true(b.failed);
	buf_free(&b);
}

static void one_failure_fails_the_chain(void **state)
{
	struct buf b = BUF_INIT(4);

	(void)state;
	assert_int_equal(buf_addf(&b, "%s", "too long"), -1);
	assert_int_equal(buf_adds(&b, "a"), -1);
	assert_string_equal(buf_str(&b), "");
	buf_free(&b);
	assert_int_equal(buf_adds(&b, "a"), 0);
	buf_free(&b);
}

static void refuses_what_would_overflow(void **state)
{
	struct buf b = BUF_INIT(SIZE_MAX);

	(void)state;
	assert_int_equal(buf_adds(&b, "a"), 0);
	assert_int_equal(buf_add(&b, "a", SIZE_MAX), -1);
	assert_true(b.failed);
	buf_free(&b);
}

static void drops_from_the_front(void **state)
{
	static const struct {
		size_t drop;
		const char *left;
	} rows[] = {
		{ 0, "secret" }, { 2, "cret" }, { 5, "t" }, { 6, "" }, { 9, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf b = BUF_INIT(16);
		const char *end;

		buf_adds(&b, "secret");
		buf_drop(&b, rows[i].drop);
		assert_string_equal(buf_str(&b), rows[i].left);
		for (end = b.data + b.len; end < b.data + 6; end++)
			assert_int_equal(*end, '\0');
		buf_free(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starts_empty),
		cmocka_unit_test(grows_and_stays_terminated),
		cmocka_unit_test(holds_nul_bytes),
		cmocka_unit_test(takes_exactly_its_limit),
		cmocka_unit_test(one_failure_fails_the_chain),
		cmocka_unit_test(refuses_what_would_overflow),
		cmocka_unit_test(drops_from_the_front),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Arithmetic, waiting and reading of base/deadline. */
#include "base/deadline.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof(rows[0]))

/* mutant helpers/base/deadline.c units in "ms": 1 => 2
 * mutant helpers/base/deadline.c deadline_parse: condition total > LONGEST_MS => total > 2 * LONGEST_MS */
static void reads_durations(void **state)
{
	static const struct {
		const char *text;
		int64_t ms; /* -1: refused */
	} rows[] = {
		{ "1ms", 1 },         { "500ms", 500 },
		{ "90s", 90000 },     { "5m", 300000 },
		{ "1h30m", 5400000 }, { "24h", 86400000 },
		{ "1m5ms", 60005 },   { "007s", 7000 },
		{ "1s500ms", 1500 },  { "", -1 },
		{ "5", -1 },          { "s", -1 },
		{ "0s", -1 },         { "-1s", -1 },
		{ "+1s", -1 },        { " 1s", -1 },
		{ "1s ", -1 },        { "1.5s", -1 },
		{ "1 s", -1 },        { "1S", -1 },
		{ "1d", -1 },         { "1m30", -1 },
		{ "24h1ms", -1 },     { "25h", -1 },
		{ "86400001ms", -1 }, { "99999999999999999999s", -1 },
		{ "1us", -1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t ms = -1;
		int ret = deadline_parse(rows[i].text, &ms);

		if (ms != rows[i].ms || ret != (rows[i].ms < 0 ? -1 : 0))
			fail_msg("`%s`: got %lld", rows[i].text, (long long)ms);
	}
}

static void counts_down_to_zero(void **state)
{
	struct deadline far = deadline_in(60000), past = deadline_in(-5);

	(void)state;
	assert_in_range(deadline_left_ms(&far), 59000, 60000);
	assert_int_equal(deadline_left_ms(&past), 0);
	assert_false(deadline_stopped(&far));
}

static void counts_whole_seconds(void **state)
{
	int64_t now = deadline_now_ms();

	(void)state;
	assert_in_range(deadline_seconds_since(now - 60999), 60, 62);
	assert_in_range(deadline_seconds_since(now), 0, 1);
}

static void takes_the_sooner(void **state)
{
	struct deadline d = { .at_ms = deadline_now_ms() + 10000, .stop_fd = 7 };
	struct deadline sooner = deadline_within(&d, 1000);
	struct deadline later = deadline_within(&d, 20000);

	(void)state;
	assert_true(sooner.at_ms < d.at_ms);
	assert_int_equal(later.at_ms, d.at_ms);
	assert_int_equal(sooner.stop_fd, 7);
}

static void pauses_for_the_whole_time(void **state)
{
	struct deadline d = deadline_in(60000);
	int64_t began = deadline_now_ms();

	(void)state;
	assert_int_equal(deadline_pause(&d, 30), 0);
	assert_true(deadline_now_ms() - began >= 30);
}

/* mutant helpers/base/deadline.c deadline_pause: condition d->at_ms => false */
static void ends_a_pause_with_the_deadline(void **state)
{
	struct deadline d = deadline_in(30);

	(void)state;
	assert_int_equal(deadline_pause(&d, 60000), -1);
	assert_int_equal(deadline_left_ms(&d), 0);
	assert_int_equal(deadline_pause(&d, 1), -1);
}

static void stops_when_asked(void **state)
{
	struct deadline d = deadline_in(60000);
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	d.stop_fd = ends[0];
	assert_int_equal(deadline_pause(&d, 1), 0);
	assert_int_equal(write(ends[1], "", 1), 1);
	assert_true(deadline_stopped(&d));
	assert_int_equal(deadline_left_ms(&d), 0);
	assert_int_equal(deadline_pause(&d, 60000), -1);
	close(ends[0]);
	close(ends[1]);
}

static void stops_on_hangup(void **state)
{
	struct deadline d = deadline_in(60000);
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	d.stop_fd = ends[0];
	close(ends[1]);
	assert_true(deadline_stopped(&d));
	assert_int_equal(deadline_pause(&d, 60000), -1);
	close(ends[0]);
}

static void *write_soon(void *fd)
{
	struct deadline d = deadline_in(60000);

	deadline_pause(&d, 20);
	return write(*(int *)fd, "", 1) == 1 ? fd : NULL;
}

static void wakes_from_a_pause(void **state)
{
	struct deadline d = deadline_in(60000);
	int64_t began = deadline_now_ms();
	pthread_t thread;
	void *wrote;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	d.stop_fd = ends[0];
	assert_int_equal(pthread_create(&thread, NULL, write_soon, &ends[1]), 0);
	assert_int_equal(deadline_pause(&d, 50000), -1);
	assert_true(deadline_now_ms() - began < 40000);
	pthread_join(thread, &wrote);
	assert_non_null(wrote);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_durations),
		cmocka_unit_test(counts_down_to_zero),
		cmocka_unit_test(counts_whole_seconds),
		cmocka_unit_test(takes_the_sooner),
		cmocka_unit_test(pauses_for_the_whole_time),
		cmocka_unit_test(ends_a_pause_with_the_deadline),
		cmocka_unit_test(stops_when_asked),
		cmocka_unit_test(stops_on_hangup),
		cmocka_unit_test(wakes_from_a_pause),
	};

	return cmocka_run_group_tests_name("deadline", tests, NULL, NULL);
}

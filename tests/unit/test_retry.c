/* SPDX-License-Identifier: MIT */
/* When base/retry tries again, and how long it waits. */
#include "base/retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

static const struct err busy = { .kind = ERR_BUSY, .msg = "not yet" };
static const struct err refused = { .kind = ERR_REFUSED, .msg = "no" };

static struct retry every(int64_t ms)
{
	return (struct retry){
		.every_ms = ms,
		.until = deadline_in(60000),
		.may = ERR_KIND(ERR_BUSY),
	};
}

/* Milliseconds that the next pause takes. */
static int64_t paused(struct retry *r)
{
	int64_t began = deadline_now_ms();

	assert_true(retry_pause(r, &busy));
	return deadline_now_ms() - began;
}

static void goes_by_the_kind(void **state)
{
	struct retry r = every(50000), anything = every(0);
	int64_t began = deadline_now_ms();

	(void)state;
	anything.may = ~ERR_KIND(ERR_REFUSED);
	assert_true(retry_may(&r, &busy));
	assert_false(retry_may(&r, &refused));
	assert_true(retry_may(&anything, &busy));
	assert_false(retry_may(&anything, &refused));
	assert_false(retry_pause(&r, &refused));
	assert_false(retry_anew(&r, &refused));
	assert_true(deadline_now_ms() - began < 40000);
}

static void waits_alike(void **state)
{
	struct retry r = every(20);

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_true(paused(&r) >= 20);
	assert_int_equal(r.every_ms, 20);
}

static void grows_up_to_the_most(void **state)
{
	struct retry r = every(10);

	(void)state;
	r.growth = 100;
	r.most_ms = 35;
	assert_true(paused(&r) >= 10);
	assert_int_equal(r.every_ms, 20);
	assert_true(paused(&r) >= 20);
	assert_int_equal(r.every_ms, 35);
	assert_true(paused(&r) >= 35);
	assert_int_equal(r.every_ms, 35);
}

/* Of sixty pauses of 3 to 6 ms one at least is shorter than the whole. */
static void leaves_out_by_chance(void **state)
{
	struct retry r = every(6);
	int64_t most = 0, least = 1000, ms;

	(void)state;
	r.jitter = 50;
	for (int i = 0; i < 60; i++) {
		ms = paused(&r);
		most = ms > most ? ms : most;
		least = ms < least ? ms : least;
	}
	assert_true(least >= 3);
	assert_true(least < 6);
	assert_true(most > least);
}

static void ends_with_the_time(void **state)
{
	struct retry r = every(50000);
	int64_t began = deadline_now_ms();

	(void)state;
	r.until = deadline_in(20);
	assert_false(retry_in_time(&r));
	assert_false(retry_anew(&r, &busy));
	assert_true(deadline_left_ms(&r.until) > 0);
	assert_false(retry_pause(&r, &busy));
	assert_int_equal(deadline_left_ms(&r.until), 0);
	assert_true(deadline_now_ms() - began < 40000);
}

static void begins_anew(void **state)
{
	struct retry r = every(20);
	int64_t began = deadline_now_ms();

	(void)state;
	assert_true(retry_in_time(&r));
	assert_true(retry_anew(&r, &busy));
	assert_true(deadline_now_ms() - began >= 20);
}

/* How many lines three tries leave on stderr, the last of them after `err`. */
static size_t lines_of_three(const struct err *err)
{
	struct retry r = every(1);
	int saved = dup(STDERR_FILENO);
	FILE *said = tmpfile();
	size_t lines = 0;

	assert_non_null(said);
	dup2(fileno(said), STDERR_FILENO);
	assert_true(retry_anew(&r, &busy));
	assert_true(retry_anew(&r, &busy));
	assert_true(retry_anew(&r, err));
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(said);
	for (int c = getc(said); c != EOF; c = getc(said))
		lines += c == '\n';
	fclose(said);
	return lines;
}

/* mutant helpers/base/retry.c say: condition !strcmp(r->said, e->msg) => false
 * mutant helpers/base/retry.c say: term !strcmp(r->said, e->msg) => true */
static void notes_an_error_once(void **state)
{
	static const struct err other = { .kind = ERR_BUSY, .msg = "another" };

	(void)state;
	assert_int_equal(lines_of_three(&busy), 1);
	assert_int_equal(lines_of_three(&other), 2);
}

static void stops_when_asked(void **state)
{
	struct retry r = every(50000);
	int64_t began = deadline_now_ms();
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	r.until.stop_fd = ends[0];
	close(ends[1]);
	assert_false(retry_in_time(&r));
	assert_false(retry_pause(&r, &busy));
	assert_true(deadline_now_ms() - began < 40000);
	close(ends[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goes_by_the_kind),
		cmocka_unit_test(waits_alike),
		cmocka_unit_test(grows_up_to_the_most),
		cmocka_unit_test(leaves_out_by_chance),
		cmocka_unit_test(ends_with_the_time),
		cmocka_unit_test(begins_anew),
		cmocka_unit_test(notes_an_error_once),
		cmocka_unit_test(stops_when_asked),
	};

	return cmocka_run_group_tests_name("retry", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Who rolls a swarm: one at a time, and the next one after a roll that was cut off.
 * Over an engine that says in turn what a manager of a real swarm says. */
/* mutant helpers/swarm/roll_lease.c was_cut_off: condition has_ended => false
 * mutant helpers/swarm/roll_lease.c was_cut_off: condition strcmp => false
 * mutant helpers/swarm/roll_lease.c was_cut_off: condition until => false
 * mutant helpers/base/process.c process_has_ended: term own_space => false */
#include "fake_engine.h"

#include "base/process.h"
#include "swarm/roll_lease.h"

#include <sys/wait.h>

#define SWARM(labels) \
	"{\"ID\":\"abwib5jszlj4k7n9mrb8ugdr2\",\"Version\":{" \
	"\"Index\":11},\"Spec\":{\"Labels\":" labels "},\"JoinTokens\":{\"Worker\":" \
	"\"SWMTKN-1-w\",\"Manager\":\"SWMTKN-1-m\"}}"
#define HELD(value) SWARM("{\"terraform-swarm-helpers.rolling\":\"" value "\"}")
#define READ(body) ANSWER("GET /v1.41/swarm", 200, body, NULL)
#define WRITE \
	ANSWER("POST /v1.41/swarm/update?version=11&rotateWorkerToken=" \
	       "false&rotateManagerToken=false&rotateManagerUnlockKey=false", \
	       200, "", NULL)
/* A process of another machine. */
#define OTHER "ci-7 0d2c3a44-boot 4242 77 pid:[4026531836]"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int acquire(const struct fake_exchange *script, size_t n, int64_t held_ms,
		   struct swarm_roll_lease *l, struct err *e)
{
	struct fake *f = fake_start(script, n, 0);
	struct docker_engine *g = fake_open(f, false);
	struct deadline d = deadline_in(20000);
	int ret = swarm_roll_lease_acquire(l, g, held_ms, &d, e);

	if (!ret)
		assert_non_null(strstr(f->bodies[n - 1], l->value));
	docker_close(g);
	fake_stop(f);
	return ret;
}

static void takes_one_that_is_free(void **state)
{
	static const struct fake_exchange script[] = { READ(SWARM("{}")), WRITE };
	struct swarm_roll_lease l = { 0 };
	struct err e = { 0 };

	(void)state;
	if (acquire(script, COUNT(script), 60000, &l, &e))
		fail_msg("%s", e.msg);
	assert_non_null(strstr(l.value, " #1"));
}

/* It counts on: refused at once, naming the machine. */
static void refuses_while_another_goes_on(void **state)
{
	static const struct fake_exchange script[] = {
		READ(HELD(OTHER " #3")),
		READ(HELD(OTHER " #4")),
	};
	struct swarm_roll_lease l = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(acquire(script, COUNT(script), 60000, &l, &e), -1);
	assert_int_equal(e.kind, ERR_REFUSED);
	assert_non_null(
		strstr(e.msg,
		       "another roll or backup of this swarm is under way, started "
		       "on ci-7"));
	assert_string_equal(l.value, "");
}

/* It does not count: taken over from the very one that was seen. */
static void takes_over_what_stands_still(void **state)
{
	static const struct fake_exchange script[] = {
		READ(HELD(OTHER " #3")),
		READ(HELD(OTHER " #3")),
		READ(HELD(OTHER " #3")),
		WRITE,
	};
	struct swarm_roll_lease l = { 0 };
	struct err e = { 0 };

	(void)state;
	if (acquire(script, COUNT(script), 500, &l, &e))
		fail_msg("%s", e.msg);
}

/* One that begins to count in the last moment keeps it. */
static void loses_no_race_for_what_stood_still(void **state)
{
	static const struct fake_exchange script[] = {
		READ(HELD(OTHER " #3")),
		READ(HELD(OTHER " #3")),
		READ(HELD(OTHER " #4")),
	};
	struct swarm_roll_lease l = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_int_equal(acquire(script, COUNT(script), 500, &l, &e), -1);
	assert_int_equal(e.kind, ERR_REFUSED);
}

/* A process of this machine that has ended, and the name that it had. */
static void end_a_process(char *name, size_t size)
{
	int ends[2], status;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (!child) {
		process_self(name, size);
		_exit(write(ends[1], name, size) != (ssize_t)size);
	}
	assert_int_equal(read(ends[0], name, size), size);
	assert_int_equal(waitpid(child, &status, 0), child);
	close(ends[0]);
	close(ends[1]);
}

static void takes_over_at_once_from_a_process_that_ended(void **state)
{
	char name[PROCESS_NAME_MAX], body[1024];
	const struct fake_exchange script[] = { READ(body), READ(body), WRITE };
	struct swarm_roll_lease l = { 0 };
	struct err e = { 0 };

	(void)state;
	end_a_process(name, sizeof(name));
	assert_true(process_has_ended(name));
	snprintf(body, sizeof(body), HELD("here %s #9"), name);
	if (acquire(script, COUNT(script), 60000, &l, &e))
		fail_msg("%s", e.msg);
}

/* Neither one that lives, nor one of which this machine knows nothing, has ended. */
static void tells_which_process_has_ended(void **state)
{
	char name[PROCESS_NAME_MAX], text[PROCESS_NAME_MAX + 8];

	(void)state;
	assert_int_equal(process_self(name, sizeof(name)), 0);
	assert_false(process_has_ended(name));
	assert_false(process_has_ended(""));
	assert_false(process_has_ended("x"));
	assert_false(process_has_ended(strchr(OTHER, ' ') + 1));
	end_a_process(name, sizeof(name));
	snprintf(text, sizeof(text), "%s0", name);
	assert_false(process_has_ended(text));
}

static int renew(const char *now, struct swarm_roll_lease *l, bool *lost, size_t n)
{
	const struct fake_exchange script[] = { READ(now), WRITE };
	struct fake *f = fake_start(script, n, 0);
	struct docker_engine *g = fake_open(f, false);
	struct deadline d = deadline_in(20000);
	struct err e = { 0 };
	int ret = swarm_roll_lease_renew(l, g, lost, &d, &e);

	docker_close(g);
	fake_stop(f);
	return ret;
}

static void counts_on_and_notices_what_it_lost(void **state)
{
	struct swarm_roll_lease l = { .who = "here 1", .value = "here 1 #5", .count = 5 };
	bool lost = true;

	(void)state;
	assert_int_equal(renew(HELD("here 1 #5"), &l, &lost, 2), 0);
	assert_false(lost);
	assert_string_equal(l.value, "here 1 #6");
	/* written, but its reply was lost: nothing is written now */
	assert_int_equal(renew(HELD("here 1 #7"), &l, &lost, 1), 0);
	assert_false(lost);
	assert_string_equal(l.value, "here 1 #7");
	assert_int_equal(renew(HELD(OTHER " #1"), &l, &lost, 1), 0);
	assert_true(lost);
	assert_string_equal(l.value, "");
}

static void releases_its_own_alone(void **state)
{
	static const struct fake_exchange own[] = { READ(HELD("here 1 #5")), WRITE };
	static const struct fake_exchange others[] = { READ(HELD(OTHER " #1")) };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct swarm_roll_lease l = { .who = "here 1", .value = "here 1 #5" };
		struct fake *f = i ? FAKE_START(others) : FAKE_START(own);
		struct docker_engine *g = fake_open(f, false);
		struct deadline d = deadline_in(20000);
		struct err e = { 0 };

		if (swarm_roll_lease_release(&l, g, &d, &e))
			fail_msg("%s", e.msg);
		if (!i)
			fake_body_is(f, 1, "{\"Labels\":{}}");
		assert_string_equal(l.value, "");
		docker_close(g);
		fake_stop(f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_one_that_is_free),
		cmocka_unit_test(refuses_while_another_goes_on),
		cmocka_unit_test(takes_over_what_stands_still),
		cmocka_unit_test(loses_no_race_for_what_stood_still),
		cmocka_unit_test(takes_over_at_once_from_a_process_that_ended),
		cmocka_unit_test(tells_which_process_has_ended),
		cmocka_unit_test(counts_on_and_notices_what_it_lost),
		cmocka_unit_test(releases_its_own_alone),
	};

	return cmocka_run_group_tests_name("swarm/roll_lease", tests, NULL, NULL);
}

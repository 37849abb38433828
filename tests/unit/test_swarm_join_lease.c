/* SPDX-License-Identifier: MIT */
/* Who holds the join lease, and when the raft sync of a new manager is done.
 * Over an engine that says in turn what a manager of a real swarm says. */
#include "fake_engine.h"

#include "swarm/raft_sync.h"
#include "swarm/join_lease.h"

#define ID_A "24ifsmvkjbyhk1111111aaaaa"
#define ME "dev-manager-2 (10.0.1.12)"
#define OTHER "dev-manager-3 (10.0.1.13)"
#define LABELS(who) "{\"terraform-swarm-helpers.becoming-manager\":\"" who "\"}"
#define SPEC(labels) "{\"Labels\":" labels "}"
#define SWARM_AT(version, labels) \
	"{\"ID\":\"abwib5jszlj4k7n9mrb8ugdr2\",\"Version\":{" \
	"\"Index\":" #version \
	"},\"Spec\":" SPEC(labels) ",\"JoinTokens\":{\"Worker\":" \
				   "\"SWMTKN-1-w\",\"Manager\":\"SWMTKN-1-m\"}}"
#define SWARM(labels) SWARM_AT(11, labels)
#define READ_AT(version, labels) \
	ANSWER("GET /v1.41/swarm", 200, SWARM_AT(version, labels), NULL)
#define READ(labels) READ_AT(11, labels)
#define WRITE \
	ANSWER("POST /v1.41/swarm/update?version=11&rotateWorkerToken=" \
	       "false&rotateManagerToken=false&rotateManagerUnlockKey=false", \
	       200, "", NULL)

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The fake stays for its bodies. */
static int take(struct fake *f, int64_t held_ms, int64_t ms, struct err *e)
{
	struct docker_engine *g = fake_open(f, false);
	struct swarm_join_lease t = { .manager = g, .who = ME };
	struct deadline d = deadline_in(ms);
	int ret = swarm_join_lease_acquire(&t, held_ms, &d, e);

	assert_int_equal(t.mine, !ret);
	docker_close(g);
	return ret;
}

/* It is taken in the end, by the last exchange. */
static void is_taken(const struct fake_exchange *script, size_t n, int64_t held_ms)
{
	struct fake *f = fake_start(script, n, 0);
	struct err e = { 0 };

	if (take(f, held_ms, 60000, &e))
		fail_msg("%s", e.msg);
	fake_body_is(f, n - 1, SPEC(LABELS(ME)));
	fake_stop(f);
}

static void takes_a_turn_that_is_free(void **state)
{
	static const struct fake_exchange script[] = { READ("{}"), WRITE };

	(void)state;
	is_taken(script, COUNT(script), 60000);
}

static void has_what_it_took_before(void **state)
{
	static const struct fake_exchange script[] = { READ(LABELS(ME)) };
	struct fake *f = fake_start(script, COUNT(script), 0);
	struct err e = { 0 };

	(void)state;
	if (take(f, 60000, 60000, &e))
		fail_msg("%s", e.msg);
	fake_stop(f);
}

static void waits_for_another(void **state)
{
	static const struct fake_exchange script[] = {
		READ(LABELS(OTHER)),
		READ(LABELS(OTHER)),
		READ("{}"),
		WRITE,
	};

	(void)state;
	is_taken(script, COUNT(script), 60000);
}

/* By compare and swap from the very one that has held it too long. */
/* mutant helpers/swarm/lease.c swarm_lease_acquire: w.from = NULL */
static void takes_what_is_held_too_long(void **state)
{
	static const struct fake_exchange script[] = {
		READ(LABELS(OTHER)),
		READ(LABELS(OTHER)),
		READ(LABELS(OTHER)),
		WRITE,
	};

	(void)state;
	is_taken(script, COUNT(script), 200);
}

/* Whoever goes on changes the swarm's version. */
/* mutant helpers/swarm/join_lease.c judge: term seen->version != w->version => false */
static void waits_for_one_that_goes_on(void **state)
{
	static const struct fake_exchange script[] = {
		READ_AT(7, LABELS(OTHER)),
		READ_AT(8, LABELS(OTHER)),
		READ_AT(9, LABELS(OTHER)),
		READ_AT(10, LABELS(OTHER)),
		READ("{}"),
		WRITE,
	};

	(void)state;
	is_taken(script, COUNT(script), 400);
}

/* It may have gone to a third one in the meantime. */
static void takes_it_from_nobody_else(void **state)
{
	static const struct fake_exchange script[] = {
		READ_AT(7, LABELS(OTHER)),
		READ_AT(7, LABELS(OTHER)),
		READ_AT(8, LABELS("dev-manager-4 (10.0.1.14)")),
		READ("{}"),
		WRITE,
	};

	(void)state;
	is_taken(script, COUNT(script), 200);
}

static void waits_no_longer_than_it_may(void **state)
{
	static const struct fake_exchange script[] = {
		{ .request = "GET /v1.41/swarm",
		  .status = 200,
		  .again = true,
		  .body = SWARM(LABELS(OTHER)) },
	};
	struct fake *f = fake_start(script, COUNT(script), 0);
	struct err e = { 0 };

	(void)state;
	assert_int_equal(take(f, 60000, 1000, &e), -1);
	assert_int_equal(e.kind, ERR_DEADLINE);
	fake_stop(f);
}

/* mutant helpers/swarm/join_lease.c swarm_join_lease_held: strcmp() => 1 */
static void keeps_and_gives_back_its_own_only(void **state)
{
	static const struct fake_exchange script[] = {
		READ(LABELS(ME)),
		READ(LABELS(ME)),
		WRITE,
		READ(LABELS(ME)),
		WRITE,
		READ(LABELS(OTHER)),
		READ(LABELS(OTHER)),
		READ(LABELS(OTHER)),
	};
	struct fake *f = fake_start(script, COUNT(script), 0);
	struct docker_engine *g = fake_open(f, false);
	struct swarm_join_lease t = { .manager = g, .who = ME };
	struct deadline d = deadline_in(60000);
	struct err e = { 0 };
	bool held;

	(void)state;
	assert_int_equal(swarm_join_lease_held(&t, &held, &d, &e), 0);
	assert_true(held);
	assert_int_equal(swarm_join_lease_renew(&t, &d, &e), 0);
	fake_body_is(f, 2, SPEC(LABELS(ME)));
	assert_int_equal(swarm_join_lease_release(&t, &d, &e), 0);
	fake_body_is(f, 4, SPEC("{}"));
	assert_int_equal(swarm_join_lease_held(&t, &held, &d, &e), 0);
	assert_false(held);
	assert_int_equal(swarm_join_lease_renew(&t, &d, &e), 0);
	assert_int_equal(swarm_join_lease_release(&t, &d, &e), 0);
	docker_close(g);
	fake_stop(f);
}

#define NODE(second) \
	"{\"ID\":\"" ID_A "\",\"Version\":{\"Index\":7}," \
	"\"UpdatedAt\":\"2023-11-14T22:13:" second "Z\",\"Spec\":{\"Role\":" \
	"\"manager\"},\"Status\":{\"State\":\"ready\",\"Addr\":\"10.0.0.1\"}}"
#define EVENT(second) \
	"{\"Type\":\"node\",\"Action\":\"update\"," \
	"\"timeNano\":17000000" second "000000000}\n"
#define EVENTS \
	"GET /v1.41/events?filters=%7B%22type%22%3A%5B%22node%22%5D%2C" \
	"%22event%22%3A%5B%22update%22%5D%7D"
#define UPDATES(events) \
	{ .request = EVENTS, .status = 200, .body = (events), .keep_open = true }

static int sync_raft(const struct fake_exchange *script, size_t n, int64_t ms,
		     struct err *e)
{
	struct fake *f = fake_start(script, n, 0);
	struct docker_engine *g = fake_open(f, false);
	struct swarm_join_lease t = { .manager = g, .who = ME };
	struct deadline d = deadline_in(ms);
	int ret = swarm_raft_sync(g, g, ID_A, &t, &d, e);

	docker_close(g);
	fake_stop(f);
	return ret;
}

/* mutant helpers/docker/event.c note: condition ev->latest => when */
static void is_told_of_its_own_write(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("GET /v1.41/_ping", 200, "OK", "1.41"),
		UPDATES(EVENT("05") "no event\n" EVENT("10") EVENT("07")),
		ANSWER("GET /v1.41/nodes/" ID_A, 200, NODE("25"), NULL),
		ANSWER("POST /v1.41/nodes/" ID_A "/update?version=7", 200, NULL, NULL),
		ANSWER("GET /v1.41/nodes/" ID_A, 200, NODE("30"), NULL),
	};
	struct err e = { 0 };

	(void)state;
	if (sync_raft(script, COUNT(script), 60000, &e))
		fail_msg("%s", e.msg);
}

/* It is told of what was written before, and goes on waiting. */
static void is_told_of_older_writes(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("GET /v1.41/_ping", 200, "OK", "1.41"),
		UPDATES(EVENT("05") EVENT("09")),
		ANSWER("GET /v1.41/nodes/" ID_A, 200, NODE("25"), NULL),
		ANSWER("POST /v1.41/nodes/" ID_A "/update?version=7", 200, NULL, NULL),
		ANSWER("GET /v1.41/nodes/" ID_A, 200, NODE("30"), NULL),
		ANSWER("GET /v1.41/nodes/" ID_A, 200, NODE("30"), NULL),
		{ .request = "POST /v1.41/nodes/" ID_A "/update?version=7",
		  .status = 404,
		  .body = "{\"message\":\"node not found\"}" },
	};
	struct err e = { 0 };

	(void)state;
	assert_int_equal(sync_raft(script, COUNT(script), 60000, &e), -1);
	assert_int_equal(e.kind, ERR_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_a_turn_that_is_free),
		cmocka_unit_test(has_what_it_took_before),
		cmocka_unit_test(waits_for_another),
		cmocka_unit_test(takes_what_is_held_too_long),
		cmocka_unit_test(waits_for_one_that_goes_on),
		cmocka_unit_test(takes_it_from_nobody_else),
		cmocka_unit_test(waits_no_longer_than_it_may),
		cmocka_unit_test(keeps_and_gives_back_its_own_only),
		cmocka_unit_test(is_told_of_its_own_write),
		cmocka_unit_test(is_told_of_older_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

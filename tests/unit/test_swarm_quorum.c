/* SPDX-License-Identifier: MIT */
/* Whether a manager may go, by the numbers. */
#include "swarm/quorum.h"

#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* One letter a node: L leader, m reachable manager, x unreachable manager that
 * is Down, r one that is Ready, w worker. Node IDs are "n0", "n1", ... */
static size_t make(const char *shape, struct docker_node *list)
{
	size_t n = strlen(shape);

	memset(list, 0, n * sizeof(*list));
	for (size_t i = 0; i < n; i++) {
		snprintf(list[i].id, sizeof(list[i].id), "n%zu", i);
		snprintf(list[i].hostname, sizeof(list[i].hostname), "host-%zu", i);
		list[i].in_raft = shape[i] != 'w';
		list[i].reachable = shape[i] == 'L' || shape[i] == 'm';
		list[i].leader = shape[i] == 'L';
		list[i].state = shape[i] == 'x' ? DOCKER_NODE_DOWN : DOCKER_NODE_READY;
	}
	return n;
}

static const struct {
	const char *name;
	const char *shape;
	const char *leaving;
	const char *says; /* part of the refusal, NULL when allowed */
} rows[] = {
	{ "the only manager", "Lww", "n0", "host-0 is the last manager" },
	{ "a worker never matters", "Lww", "n1", NULL },
	{ "an unknown node never matters", "Lww", "n9", NULL },
	{ "one of two", "Lm", "n1", NULL },
	{ "one of two, the other dead", "Lx", "n0",
	  "2 managers, 1 unreachable: demoting host-0 would leave 0 of 1" },
	{ "the dead one of two", "Lx", "n1", NULL },
	{ "one of three", "Lmm", "n2", NULL },
	{ "a live one of three with one dead", "Lmx", "n1",
	  "3 managers, 1 unreachable: demoting host-1 would leave 1 of 2, and 2 "
	  "are needed" },
	{ "the dead one of three", "Lmx", "n2", NULL },
	{ "one of three with two dead", "Lxx", "n0",
	  "3 managers, 2 unreachable: demoting host-0 would leave 0 of 2" },
	{ "one of four with one dead", "Lmmx", "n1", NULL },
	{ "one of five with two dead", "Lmmxx", "n1",
	  "5 managers, 2 unreachable: demoting host-1 would leave 2 of 4, and 3 "
	  "are needed" },
	{ "a dead one of five with two dead", "Lmmxx", "n3", NULL },
};

/* mutant helpers/swarm/quorum.c is_majority: 1 => 0
 * mutant helpers/swarm/quorum.c swarm_quorum_allows: up = q.reachable
 * mutant helpers/swarm/quorum.c swarm_quorum_allows: condition == 1 => q.managers == 0 */
static void test_allows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct docker_node list[8];
		struct docker_nodes nodes = { list, make(rows[i].shape, list) };
		struct err e = { ERR_NONE, "" };
		int r = swarm_quorum_allows(&nodes, rows[i].leaving, &e);

		print_message("  %s\n", rows[i].name);
		if (!rows[i].says) {
			assert_int_equal(r, 0);
			assert_int_equal(e.kind, ERR_NONE);
			continue;
		}
		assert_int_equal(r, -1);
		assert_int_equal(e.kind, ERR_REFUSED);
		assert_non_null(strstr(e.msg, rows[i].says));
	}
}

static const struct {
	const char *name;
	const char *shape;
	const char *restarting;
	const char *says; /* part of the refusal, NULL when allowed */
} restart_rows[] = {
	{ "the only manager", "Lw", "n0", "while host-0 restarts, 0 of 1 answer" },
	{ "a worker never matters", "Lw", "n1", NULL },
	{ "an unknown node never matters", "Lw", "", NULL },
	{ "one of two", "Lm", "n1",
	  "2 managers, 0 unreachable: while host-1 restarts, "
	  "1 of 2 answer, and 2 are needed" },
	{ "one of three", "Lmm", "n0", NULL },
	{ "a live one of three with one dead", "Lmx", "n1",
	  "3 managers, 1 unreachable: while host-1 restarts, 1 of 3 answer" },
	{ "the dead one of three", "Lmx", "n2", NULL },
	{ "one of four with one dead", "Lmmx", "n1", "2 of 4 answer, and 3 are needed" },
	{ "one of five with one dead", "Lmmmx", "n1", NULL },
	{ "one of five with two dead", "Lmmxx", "n1", "2 of 5 answer, and 3 are needed" },
};

static void test_may_restart(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(restart_rows) / sizeof(restart_rows[0]); i++) {
		struct docker_node list[8];
		struct docker_nodes nodes = { list, make(restart_rows[i].shape, list) };
		struct err e = { ERR_NONE, "" };
		int r = swarm_quorum_may_restart(&nodes, restart_rows[i].restarting, &e);

		print_message("  %s\n", restart_rows[i].name);
		assert_int_equal(r, restart_rows[i].says ? -1 : 0);
		assert_int_equal(e.kind, restart_rows[i].says ? ERR_REFUSED : ERR_NONE);
		if (restart_rows[i].says)
			assert_non_null(strstr(e.msg, restart_rows[i].says));
	}
}

static const struct {
	const char *name;
	const char *shape;
	const char *leaving;
	bool may_come;
} coming_rows[] = {
	{ "the other one of two has just joined", "Lr", "n0", true },
	{ "the other one of two is Down", "Lx", "n0", false },
	{ "nobody else is there to come", "Lw", "n0", false },
	{ "one of three comes up", "Lmr", "n1", true },
	{ "one of three is Down", "Lmx", "n1", false },
	{ "of five one comes up and one is Down", "Lmmrx", "n1", true },
	{ "of five two are Down, one comes up", "Lmrxx", "n1", false },
	{ "the one that goes does not help", "Lxr", "n2", false },
};

/* mutant helpers/swarm/quorum.c swarm_quorum_may_come: term DOCKER_NODE_DOWN => false */
static void test_may_come(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(coming_rows) / sizeof(coming_rows[0]); i++) {
		struct docker_node list[8];
		struct docker_nodes nodes = { list, make(coming_rows[i].shape, list) };

		print_message("  %s\n", coming_rows[i].name);
		assert_int_equal(swarm_quorum_may_come(&nodes, coming_rows[i].leaving),
				 coming_rows[i].may_come);
	}
}

static void test_count(void **state)
{
	struct docker_node list[8];
	struct docker_nodes nodes = { list, make("Lmxww", list) };
	struct swarm_quorum q = swarm_quorum_count(&nodes);

	(void)state;
	assert_int_equal(q.managers, 3);
	assert_int_equal(q.reachable, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_allows),
		cmocka_unit_test(test_may_restart),
		cmocka_unit_test(test_may_come),
		cmocka_unit_test(test_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Which manager a swarm's state is copied from, and when from none. */
#include "swarm/backup_internal.h"

#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* One letter a manager: L leader, m reachable, x unreachable; in `answers` y for one that
 * answers us. */
static const struct {
	const char *name, *shape, *answers;
	bool stop, autolock;
	const char *picks; /* NULL: refused */
	const char *says;
} rows[] = {
	{ "the only manager", "L", "y", true, false, "n0", NULL },
	{ "the only manager, running", "L", "y", false, false, "n0", NULL },
	{ "not the leader", "Lmm", "yyy", true, false, "n1", NULL },
	{ "the leader in the middle", "mLm", "yyy", true, false, "n0", NULL },
	{ "the first that answers", "Lmm", "y-y", true, false, "n2", NULL },
	{ "none but the leader answers", "Lmm", "y--", true, false, NULL,
	  "of the 3 managers none but the leader host-0 is named and answers" },
	{ "nobody answers", "Lmm", "---", true, false, NULL, "none of the hosts named" },
	{ "one that the others do not reach", "Lxm", "yy-", true, false, NULL,
	  "none but the leader" },
	{ "two managers", "Lm", "yy", true, false, NULL,
	  "nothing was stopped: 2 managers, 0 unreachable: while host-1 restarts, 1 of 2 "
	  "answer, and 2 are needed" },
	{ "two managers, running", "Lm", "yy", false, false, "n1", NULL },
	{ "one of three is away", "Lmx", "yyy", true, false, NULL,
	  "3 managers, 1 unreachable" },
	{ "one of three is away, running", "Lmx", "yyy", false, false, "n1", NULL },
	{ "two of five are away", "Lmmxx", "yyyyy", true, false, NULL,
	  "5 managers, 2 unreachable" },
	{ "one of five is away", "Lmmmx", "yyyyy", true, false, "n1", NULL },
	{ "several that lock", "Lmm", "yyy", true, true, NULL,
	  "the 3 managers of this swarm lock themselves" },
	{ "several that lock, running", "Lmm", "yyy", false, true, NULL,
	  "could not be restored" },
	{ "the only one locks", "L", "y", true, true, NULL, "set copy to running" },
	{ "the only one locks, running", "L", "y", false, true, "n0", NULL },
};

static size_t make(const char *shape, struct docker_node *list)
{
	size_t n = strlen(shape);

	memset(list, 0, n * sizeof(*list));
	for (size_t i = 0; i < n; i++) {
		snprintf(list[i].id, sizeof(list[i].id), "n%zu", i);
		snprintf(list[i].hostname, sizeof(list[i].hostname), "host-%zu", i);
		list[i].in_raft = true;
		list[i].reachable = shape[i] != 'x';
		list[i].leader = shape[i] == 'L';
	}
	return n;
}

/* mutant helpers/swarm/backup_choose.c pick: term n->reachable => true
 * mutant helpers/swarm/backup_choose.c swarm_backup_pick: term count > 1 => true
 * mutant helpers/swarm/backup_choose.c pick: term n->leader => n->leader */
static void picks_a_manager(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct docker_node list[8];
		struct docker_nodes nodes = { list, make(rows[i].shape, list) };
		const struct docker_node *n;
		struct err e = { 0 };
		bool answers[8];

		for (size_t k = 0; k < nodes.count; k++)
			answers[k] = rows[i].answers[k] == 'y';
		print_message("  %s\n", rows[i].name);
		n = swarm_backup_pick(&nodes, answers, rows[i].stop, rows[i].autolock,
				      &e);
		if (rows[i].picks) {
			assert_non_null(n);
			assert_string_equal(n->id, rows[i].picks);
			continue;
		}
		assert_null(n);
		assert_int_equal(e.kind, ERR_REFUSED);
		if (!strstr(e.msg, rows[i].says))
			fail_msg("%s", e.msg);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(picks_a_manager),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

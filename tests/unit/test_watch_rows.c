/* SPDX-License-Identifier: MIT */
/* A model as lines of a list: order, groups, filters, and how each should be looked at. */
/* mutant helpers/watch/rows.c natural: condition is_digit => false
 * mutant helpers/watch/rows.c service_mood: condition r->load->failed => false
 * mutant helpers/watch/rows.c watch_task_word: condition docker_task_is_live => false */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "watch/rows.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A node in a few words, and a task: its service is "web", or of the slot 0 "all". */
struct node {
	const char *id, *hostname;
	enum docker_role role;
};

struct task {
	const char *id, *node;
	int64_t slot;
	enum docker_task_state state, desired;
};

static void add_nodes(struct watch_model *m, const struct node *from, size_t n)
{
	struct docker_view_nodes l = { calloc(n, sizeof(*l.list)), n };

	assert_non_null(l.list);
	for (size_t i = 0; i < n; i++) {
		strcpy(l.list[i].id, from[i].id);
		strcpy(l.list[i].hostname, from[i].hostname);
		l.list[i].role = from[i].role;
		l.list[i].manager = l.list[i].reachable = from[i].role == DOCKER_MANAGER;
		l.list[i].state = DOCKER_NODE_READY;
		l.list[i].availability = DOCKER_AVAILABLE;
	}
	watch_model_take_nodes(m, &l, NULL, NULL);
}

static void add_services(struct watch_model *m)
{
	struct docker_view_services l = { calloc(2, sizeof(*l.list)), 2 };

	assert_non_null(l.list);
	strcpy(l.list[0].id, "web");
	strcpy(l.list[0].name, "web");
	strcpy(l.list[1].id, "all");
	strcpy(l.list[1].name, "all");
	l.list[1].mode = DOCKER_GLOBAL;
	watch_model_take_services(m, &l, NULL, NULL);
}

static void add_tasks(struct watch_model *m, const struct task *from, size_t n)
{
	struct docker_view_tasks l = { calloc(n, sizeof(*l.list)), n };

	assert_non_null(l.list);
	for (size_t i = 0; i < n; i++) {
		strcpy(l.list[i].id, from[i].id);
		strcpy(l.list[i].node, from[i].node);
		strcpy(l.list[i].service, from[i].slot ? "web" : "all");
		l.list[i].slot = from[i].slot;
		l.list[i].state = from[i].state;
		l.list[i].desired = from[i].desired;
		strcpy(l.list[i].image, from[i].slot ? "Nginx:1" : "agent:1");
	}
	watch_model_take_tasks(m, &l, NULL, NULL);
	assert_int_equal(watch_model_count(m), 0);
	m->whole = true;
}

/* A model with three nodes, of which one has a number of two digits. */
static struct watch_model swarm(void)
{
	static const struct node nodes[] = {
		{ "n1", "dev-worker-10", DOCKER_WORKER },
		{ "n2", "dev-worker-9", DOCKER_WORKER },
		{ "n3", "dev-manager-1", DOCKER_MANAGER },
	};
	static const struct task tasks[] = {
		{ "t1", "n1", 1, DOCKER_TASK_RUNNING, DOCKER_TASK_RUNNING },
		{ "t2", "n2", 2, DOCKER_TASK_RUNNING, DOCKER_TASK_SHUTDOWN },
		{ "t3", "", 2, DOCKER_TASK_PENDING, DOCKER_TASK_RUNNING },
		{ "t4", "n3", 0, DOCKER_TASK_RUNNING, DOCKER_TASK_RUNNING },
		{ "t5", "n1", 1, DOCKER_TASK_SHUTDOWN, DOCKER_TASK_SHUTDOWN },
	};
	struct watch_model m = { 0 };

	add_nodes(&m, nodes, 3);
	add_services(&m);
	add_tasks(&m, tasks, 5);
	return m;
}

/* The rows' IDs, each behind the sign of its mood. */
static const char *ids(const struct watch_model *m, enum watch_view view,
		       const char *filter, bool all)
{
	const struct watch_rows_params p = { .view = view, .all = all, .filter = filter };
	struct watch_rows r = { 0 };
	static char text[256];

	assert_int_equal(watch_rows_make(&r, m, &p), 0);
	*text = '\0';
	for (size_t i = 0; i < r.count; i++) {
		size_t n = strlen(text);

		snprintf(text + n, sizeof(text) - n, "%s%c%s", n ? " " : "",
			 watch_mood_sign(watch_row_mood(&r.list[i])), r.list[i].id);
	}
	free(r.list);
	return text;
}

static void groups_by_node(void **state)
{
	struct watch_model m = swarm();

	(void)state;
	assert_string_equal(ids(&m, WATCH_BY_NODE, "", false),
			    "=n3 =t4 >n2 >t2 =n1 =t1 ! !t3");
	assert_string_equal(ids(&m, WATCH_BY_NODE, "", true),
			    "=n3 =t4 >n2 >t2 =n1 =t1 .t5 ! !t3");
	assert_string_equal(ids(&m, WATCH_NODES_ALONE, "", false), "=n3 >n2 =n1");
	watch_model_free(&m);
}

static void groups_by_service(void **state)
{
	struct watch_model m = swarm();

	(void)state;
	assert_string_equal(ids(&m, WATCH_BY_SERVICE, "", false),
			    "=all =t4 !web =t1 >t2 !t3");
	watch_model_free(&m);
}

static const struct {
	enum watch_view view;
	const char *filter, *ids;
} filters[] = {
	{ WATCH_BY_NODE, "WORKER-9", ">n2 >t2" }, /* a head, and all below it */
	{ WATCH_BY_NODE, "nginx", ">n2 >t2 =n1 =t1 ! !t3" },
	{ WATCH_BY_NODE, "stopping", ">n2 >t2" },
	{ WATCH_BY_NODE, "pending", "! !t3" },
	{ WATCH_BY_SERVICE, "dev-manager", "=all =t4" },
	{ WATCH_BY_NODE, "nothing has this", "" },
};

static void filters_rows(void **state)
{
	struct watch_model m = swarm();

	(void)state;
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++)
		assert_string_equal(ids(&m, filters[i].view, filters[i].filter, false),
				    filters[i].ids);
	watch_model_free(&m);
}

static void shows_nothing_before_the_first_look(void **state)
{
	struct watch_model m = swarm();

	(void)state;
	m.whole = false;
	assert_string_equal(ids(&m, WATCH_BY_NODE, "", false), "");
	watch_model_free(&m);
}

static void warns_of_nodes(void **state)
{
	struct watch_model m = swarm();

	(void)state;
	m.nodes.list[0].state = DOCKER_NODE_DOWN;
	m.nodes.list[1].availability = DOCKER_DRAINED;
	m.nodes.list[2].reachable = false;
	assert_string_equal(ids(&m, WATCH_NODES_ALONE, "", false), "!n3 >n2 !n1");
	assert_string_equal(watch_node_part(&m.nodes.list[2]), "unreachable");
	assert_string_equal(watch_node_part(&m.nodes.list[0]), "worker");
	watch_model_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(groups_by_node),
		cmocka_unit_test(groups_by_service),
		cmocka_unit_test(filters_rows),
		cmocka_unit_test(shows_nothing_before_the_first_look),
		cmocka_unit_test(warns_of_nodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

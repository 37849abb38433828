/* SPDX-License-Identifier: MIT */
/* What a model tells of two looks at a swarm, and how it counts what nodes carry. */
/* mutant helpers/watch/model.c compare: memcmp() => 0
 * mutant helpers/watch/model.c count_place: condition docker_task_is_live => false
 * mutant helpers/watch/model.c watch_task_moves: condition watch_task_wanted => false */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "watch/line.h"
#include "watch/model.h"

#include "base/buf.h"
#include "base/js.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the last changes were, as "+node a", "*task b", "-task c" */
static char told[1024];

static void note(void *ctx, const struct watch_change *c)
{
	static const char *const kinds[] = { "node", "service", "task" };
	size_t n = strlen(told);

	(void)ctx;
	snprintf(told + n, sizeof(told) - n, "%s%c%s %s", n ? ", " : "", "+*-"[c->change],
		 kinds[c->kind], (const char *)c->now);
}

static struct docker_view_nodes nodes(const char *const *ids, size_t n)
{
	struct docker_view_nodes out = { calloc(n, sizeof(*out.list)), n };

	assert_non_null(out.list);
	for (size_t i = 0; i < n; i++) {
		snprintf(out.list[i].id, sizeof(out.list[i].id), "%s", ids[i]);
		snprintf(out.list[i].hostname, sizeof(out.list[i].hostname), "dev-%s",
			 ids[i]);
	}
	return out;
}

/* A task in a few words. */
struct task {
	const char *id, *node;
	int64_t slot;
	enum docker_task_state state, desired;
	int64_t created;
};

static struct docker_view_tasks tasks(const struct task *from, size_t n)
{
	struct docker_view_tasks out = { calloc(n + 1, sizeof(*out.list)), n };

	assert_non_null(out.list);
	for (size_t i = 0; i < n; i++) {
		struct docker_view_task *t = &out.list[i];

		snprintf(t->id, sizeof(t->id), "%s", from[i].id);
		snprintf(t->node, sizeof(t->node), "%s", from[i].node);
		snprintf(t->service, sizeof(t->service), "web");
		t->slot = from[i].slot;
		t->state = from[i].state;
		t->desired = from[i].desired;
		t->created = from[i].created;
		t->cpus = 10;
	}
	return out;
}

#define TAKE_TASKS(m, list) \
	do { \
		struct docker_view_tasks l = tasks(list, \
						   sizeof(list) / sizeof(*(list))); \
		watch_model_take_tasks(m, &l, note, NULL); \
		assert_int_equal(watch_model_count(m), 0); \
	} while (0)

static void take_nodes(struct watch_model *m, const char *const *ids, size_t n)
{
	struct docker_view_nodes l = nodes(ids, n);

	watch_model_take_nodes(m, &l, note, NULL);
}

static void take_service(struct watch_model *m)
{
	struct docker_view_services l = { calloc(1, sizeof(*l.list)), 1 };

	strcpy(l.list[0].id, "web");
	strcpy(l.list[0].name, "web");
	watch_model_take_services(m, &l, NULL, NULL);
}

static void tells_differences(void **state)
{
	static const char *const first[] = { "b", "a" }, *const second[] = { "c", "b" };
	struct watch_model m = { 0 };
	struct docker_view_nodes same;

	(void)state;
	*told = '\0';
	take_nodes(&m, first, 2);
	assert_string_equal(told, "+node a, +node b");
	*told = '\0';
	same = nodes(first, 2);
	assert_false(watch_model_take_nodes(&m, &same, note, NULL));
	assert_string_equal(told, "");
	same = nodes(second, 2);
	same.list[1].state = DOCKER_NODE_DOWN;
	assert_true(watch_model_take_nodes(&m, &same, note, NULL));
	assert_string_equal(told, "*node b, +node c, -node a");
	assert_int_equal(watch_model_node(&m, "c"), 1);
	assert_int_equal(watch_model_node(&m, "a"), -1);
	*told = '\0';
	watch_model_tell(&m, note, NULL);
	assert_string_equal(told, "+node b, +node c");
	watch_model_free(&m);
}

static void counts_a_drain(void **state)
{
	static const char *const ids[] = { "a", "b" };
	static const struct task before[] = {
		{ "1", "a", 1, DOCKER_TASK_RUNNING, DOCKER_TASK_RUNNING, 1 },
	};
	static const struct task moving[] = {
		{ "1", "a", 1, DOCKER_TASK_RUNNING, DOCKER_TASK_SHUTDOWN, 1 },
		{ "2", "b", 1, DOCKER_TASK_PREPARING, DOCKER_TASK_RUNNING, 2 },
	};
	static const struct task after[] = {
		{ "1", "a", 1, DOCKER_TASK_SHUTDOWN, DOCKER_TASK_SHUTDOWN, 1 },
		{ "2", "b", 1, DOCKER_TASK_RUNNING, DOCKER_TASK_RUNNING, 2 },
	};
	struct watch_model m = { 0 };

	(void)state;
	take_nodes(&m, ids, 2);
	take_service(&m);
	TAKE_TASKS(&m, before);
	assert_false(watch_model_moves(&m));
	assert_int_equal(m.node_loads[0].running, 1);
	assert_int_equal(m.node_loads[0].cpus, 10);
	*told = '\0';
	TAKE_TASKS(&m, moving);
	assert_string_equal(told, "*task 1, +task 2");
	assert_true(watch_model_moves(&m));
	assert_int_equal(m.node_loads[0].running, 0);
	assert_int_equal(m.node_loads[0].moving, 1);
	assert_int_equal(m.node_loads[1].wanted, 1);
	assert_int_equal(m.service_loads[0].moving, 2);
	assert_int_equal(m.shown, 2);
	assert_string_equal(m.shown_tasks[0]->id, "2");
	TAKE_TASKS(&m, after);
	assert_false(watch_model_moves(&m));
	assert_int_equal(m.node_loads[0].cpus, 0);
	assert_int_equal(m.node_loads[1].running, 1);
	assert_int_equal(m.service_loads[0].wanted, 1);
	assert_int_equal(m.shown, 1);
	watch_model_free(&m);
}

/* The last failure is shown until its successor runs; a task without a node does not move. */
static void shows_failures(void **state)
{
	static const char *const ids[] = { "a" };
	static const struct task failing[] = {
		{ "1", "a", 1, DOCKER_TASK_FAILED, DOCKER_TASK_SHUTDOWN, 1 },
		{ "2", "a", 1, DOCKER_TASK_REJECTED, DOCKER_TASK_SHUTDOWN, 2 },
		{ "3", "", 1, DOCKER_TASK_PENDING, DOCKER_TASK_RUNNING, 3 },
		{ "4", "a", 2, DOCKER_TASK_FAILED, DOCKER_TASK_SHUTDOWN, 1 },
		{ "5", "a", 2, DOCKER_TASK_RUNNING, DOCKER_TASK_RUNNING, 2 },
	};
	struct watch_model m = { 0 };
	char name[64];

	(void)state;
	take_nodes(&m, ids, 1);
	take_service(&m);
	TAKE_TASKS(&m, failing);
	assert_int_equal(m.shown, 3);
	assert_string_equal(m.shown_tasks[0]->id, "3");
	assert_string_equal(m.shown_tasks[1]->id, "2");
	assert_string_equal(m.shown_tasks[2]->id, "5");
	assert_int_equal(m.service_loads[0].failed, 1);
	assert_int_equal(m.service_loads[0].pending, 1);
	assert_false(watch_model_moves(&m));
	watch_model_task_name(&m, m.shown_tasks[2], name, sizeof(name));
	assert_string_equal(name, "web.2");
	watch_model_free(&m);
}

/* What a job's task is wanted to become is "complete". */
static void lets_jobs_run(void **state)
{
	static const struct task job[] = {
		{ "1", "a", 1, DOCKER_TASK_RUNNING, DOCKER_TASK_COMPLETE, 1 },
		{ "2", "a", 2, DOCKER_TASK_COMPLETE, DOCKER_TASK_COMPLETE, 1 },
	};
	struct watch_model m = { 0 };

	(void)state;
	take_service(&m);
	TAKE_TASKS(&m, job);
	assert_false(watch_model_moves(&m));
	assert_int_equal(m.service_loads[0].wanted, 1);
	assert_int_equal(m.service_loads[0].running, 1);
	watch_model_free(&m);
}

static struct buf lines = { .max = 65536 };

static void write_line(void *ctx, const struct watch_change *c)
{
	(void)ctx;
	watch_line_change(&lines, c);
}

static void writes_lines(void **state)
{
	static const char *const ids[] = { "a" };
	static const struct task one[] = {
		{ "1", "a", 3, DOCKER_TASK_FAILED, DOCKER_TASK_RUNNING, 1500000000 },
	};
	struct watch_model m = { 0 };
	struct err e = { 0 };
	json_t *v;

	(void)state;
	take_nodes(&m, ids, 1);
	take_service(&m);
	TAKE_TASKS(&m, one);
	strcpy(m.tasks.list[0].message, "say \"no\\\"");
	watch_model_tell(&m, write_line, NULL);
	v = js_read(strrchr(lines.data, '{'), strlen(strrchr(lines.data, '{')), "a line",
		    &e);
	assert_non_null(v);
	assert_string_equal(js_text(v, "kind"), "task");
	assert_string_equal(js_text(v, "change"), "added");
	assert_string_equal(js_text(v, "name"), "web.3");
	assert_string_equal(js_text(v, "hostname"), "dev-a");
	assert_string_equal(js_text(v, "state"), "failed");
	assert_string_equal(js_text(v, "desired"), "running");
	assert_string_equal(js_text(v, "created"), "1970-01-01T00:00:01.500Z");
	assert_string_equal(js_text(v, "message"), "say \"no\\\"");
	assert_int_equal(js_number(v, "slot"), 3);
	json_decref(v);
	buf_free(&lines);
	watch_line_whole(&lines, &m);
	assert_non_null(strstr(lines.data, "\"nodes\":1,\"services\":1,\"tasks\":1}\n"));
	buf_free(&lines);
	watch_model_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_differences), cmocka_unit_test(counts_a_drain),
		cmocka_unit_test(shows_failures),    cmocka_unit_test(lets_jobs_run),
		cmocka_unit_test(writes_lines),
	};

	js_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

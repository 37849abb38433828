/* SPDX-License-Identifier: MIT */
/* When a stack is whole, when it fails, and how it goes. */
#include "fake_engine.h"

#include "base/js.h"
#include "swarm/stack_internal.h"

#define FILTER "filters=%7B%22label%22%3A%5B%22com.docker.stack.namespace%3Dweb%22%5D%7D"
#define ID1 "9mnpnzenvg8p8tdbtq4wvbkcz"

/* ---- counting ---- */

/* A letter a task: r runs, R ran before, o runs but is not new, w waits, f failed, F had
 * failed before. */
static const struct {
	const char *name, *tasks;
	int64_t wanted;
	enum docker_stack_update update;
	uint32_t max_failures;
	enum swarm_stack_seen sees;
	int64_t running;
	bool changed;
} rows[] = {
	{ "all run", "rr", 2, DOCKER_UPDATE_NONE, 3, SWARM_STACK_WHOLE, 2, true },
	{ "as before", "RR", 2, DOCKER_UPDATE_NONE, 3, SWARM_STACK_WHOLE, 2, false },
	{ "one is missing", "rw", 2, DOCKER_UPDATE_NONE, 3, SWARM_STACK_NOT_YET, 1,
	  true },
	{ "old ones do not count", "oo", 2, DOCKER_UPDATE_NONE, 3, SWARM_STACK_NOT_YET, 0,
	  false },
	{ "an update has but old tasks to end", "rr", 2, DOCKER_UPDATE_GOES_ON, 3,
	  SWARM_STACK_WHOLE, 2, true },
	{ "an update goes on", "ro", 2, DOCKER_UPDATE_GOES_ON, 3, SWARM_STACK_NOT_YET, 1,
	  true },
	{ "an update was given up", "rr", 2, DOCKER_UPDATE_GIVEN_UP, 3, SWARM_STACK_FAILS,
	  2, true },
	{ "few failures", "fw", 1, DOCKER_UPDATE_NONE, 2, SWARM_STACK_NOT_YET, 0, false },
	{ "as many failures as may be", "ffw", 1, DOCKER_UPDATE_NONE, 2,
	  SWARM_STACK_FAILS, 0, false },
	{ "failures from before", "FFw", 1, DOCKER_UPDATE_NONE, 2, SWARM_STACK_NOT_YET, 0,
	  false },
	{ "any number of failures", "ffffw", 1, DOCKER_UPDATE_NONE, 0,
	  SWARM_STACK_NOT_YET, 0, false },
	{ "whole after failures", "ffr", 1, DOCKER_UPDATE_NONE, 2, SWARM_STACK_WHOLE, 1,
	  true },
	{ "no task wanted", "", 0, DOCKER_UPDATE_NONE, 2, SWARM_STACK_WHOLE, 0, false },
};

static void fill(struct swarm_stack_wait *w, const char *letters,
		 struct docker_stack_task *list)
{
	w->tasks.list = list;
	w->tasks.count = strlen(letters);
	for (size_t i = 0; i < w->tasks.count; i++) {
		struct docker_stack_task *t = &list[i];

		memset(t, 0, sizeof(*t));
		snprintf(t->id, sizeof(t->id), "t%zu", i);
		t->running = strchr("rRo", letters[i]);
		t->is_new = letters[i] != 'o';
		t->waits = letters[i] == 'w';
		t->failed = strchr("fF", letters[i]);
		if (strchr("RF", letters[i]))
			json_object_set_new(w->before, t->id, json_true());
	}
}

/* mutant helpers/swarm/stack_whole.c failures: term was_before => false
 * mutant helpers/swarm/stack_whole.c running: term t->is_new => true */
static void counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct docker_stack_task list[8];
		struct docker_stack_service service = { .id = ID1,
							.name = "web_a",
							.wanted = rows[i].wanted,
							.update = rows[i].update };
		struct swarm_stack_wait w = { .stack = "web",
					      .max_failures = rows[i].max_failures,
					      .before = json_object(),
					      .failed = json_object(),
					      .services = { &service, 1 } };

		print_message("  %s\n", rows[i].name);
		fill(&w, rows[i].tasks, list);
		assert_int_equal(swarm_stack_count(&w), rows[i].sees);
		assert_int_equal(w.running, rows[i].running);
		assert_int_equal(w.wanted, rows[i].wanted);
		assert_int_equal(w.changed, rows[i].changed);
		json_decref(w.before);
		json_decref(w.failed);
	}
}

/* The swarm forgets tasks that have ended; their number here does not fall. */
static void failures_add_up(void **state)
{
	struct docker_stack_task list[8];
	struct docker_stack_service service = { .id = ID1, .name = "web_a", .wanted = 1 };
	struct swarm_stack_wait w = { .stack = "web",
				      .max_failures = 2,
				      .before = json_object(),
				      .failed = json_object(),
				      .services = { &service, 1 } };

	(void)state;
	fill(&w, "f", list);
	assert_int_equal(swarm_stack_count(&w), SWARM_STACK_NOT_YET);
	assert_int_equal(swarm_stack_count(&w), SWARM_STACK_NOT_YET);
	snprintf(list[0].id, sizeof(list[0].id), "another");
	assert_int_equal(swarm_stack_count(&w), SWARM_STACK_FAILS);
	json_decref(w.before);
	json_decref(w.failed);
}

/* ---- versions ---- */

static struct swarm_stack_version version_of(const char *compose, const char *tag)
{
	struct swarm_stack_version v = { .compose = BUF_INIT(1024),
					 .environment = json_pack("{s:s}", "TAG", tag),
					 .objects = json_pack("{s:{}, s:{}}", "secrets",
							      "configs") };

	buf_adds(&v.compose, compose);
	return v;
}

static void versions_have_names(void **state)
{
	static const struct {
		const char *compose, *tag;
	} of[] = { { "a", "1" }, { "b", "1" }, { "a", "2" } };
	char names[3][SWARM_STACK_VERSION];
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct swarm_stack_version v = version_of(of[i].compose, of[i].tag);

		assert_int_equal(swarm_stack_version_name(&v, &e), 0);
		assert_int_equal(strlen(v.name), SWARM_STACK_VERSION - 1);
		memcpy(names[i], v.name, sizeof(names[i]));
		assert_int_equal(swarm_stack_version_name(&v, &e), 0);
		assert_string_equal(names[i], v.name);
		swarm_stack_version_free(&v);
	}
	assert_string_not_equal(names[0], names[1]);
	assert_string_not_equal(names[0], names[2]);
}

/* ---- removing ---- */

#define NONE(path) ANSWER("GET /v1.41/" path "?" FILTER, 200, "[]", NULL)
#define NODES \
	ANSWER("GET /v1.41/nodes", 200, \
	       "[{\"ID\":\"1mnpnzenvg8p8tdbtq4wvbkcz\",\"Spec\":{\"Role\":\"worker\"," \
	       "\"Availability\":\"active\"},\"Description\":{\"Hostname\":\"h\"}," \
	       "\"Status\":{\"State\":\"down\"}}]", \
	       NULL)
#define INFO \
	ANSWER("GET /v1.41/info", 200, \
	       "{\"Swarm\":{\"NodeID\":\"2mnpnzenvg8p8tdbtq4wvbkcz\"," \
	       "\"LocalNodeState\":\"active\",\"ControlAvailable\":true," \
	       "\"Cluster\":{\"ID\":\"3mnpnzenvg8p8tdbtq4wvbkcz\"}}}", \
	       NULL)

static int remove_stack(const struct fake_exchange *script, size_t n, bool *found)
{
	struct fake *f = fake_start(script, n, 0);
	struct docker_target target = { .label = "m1" };
	const struct swarm_hosts hosts = { &target, 1 };
	struct deadline d = deadline_in(20000);
	struct err e = { 0 };
	int ret;

	target.login.host = f->host;
	d.stop_fd = -1;
	ret = swarm_stack_remove(&hosts, "web", found, &d, &e);
	if (ret)
		print_message("%s\n", e.msg);
	fake_stop(f);
	return ret;
}

static void nothing_to_remove(void **state)
{
	static const struct fake_exchange script[] = {
		INFO,
		NONE("services"),
		NODES,
		NONE("tasks"),
		NONE("secrets"),
		NONE("configs"),
		NONE("networks"),
	};
	bool found = true;

	(void)state;
	assert_int_equal(remove_stack(script, sizeof(script) / sizeof(script[0]), &found),
			 0);
	assert_false(found);
}

/* What services use stays until the last task has gone; those on nodes that are Down are not
 * waited for.
 * mutant helpers/swarm/stack_remove.c look: term r->tasks => false */
static void removes_in_order(void **state)
{
	static const struct fake_exchange script[] = {
		INFO,
		ANSWER("GET /v1.41/services?" FILTER, 200,
		       "[{\"ID\":\"" ID1 "\",\"Spec\":{\"Name\":\"web_a\"}}]", NULL),
		ANSWER("DELETE /v1.41/services/" ID1, 200, "", NULL),
		NODES,
		ANSWER("GET /v1.41/tasks?" FILTER, 200,
		       "[{\"NodeID\":\"2mnpnzenvg8p8tdbtq4wvbkcz\"}]", NULL),
		NONE("services"),
		NODES,
		ANSWER("GET /v1.41/tasks?" FILTER, 200,
		       "[{\"NodeID\":\"1mnpnzenvg8p8tdbtq4wvbkcz\"}]", NULL),
		NONE("secrets"),
		NONE("configs"),
		ANSWER("GET /v1.41/networks?" FILTER, 200,
		       "[{\"Id\":\"" ID1 "\",\"Name\":\"web_default\"}]", NULL),
		ANSWER("DELETE /v1.41/networks/" ID1, 403,
		       "{\"message\":\"network web_default has active endpoints\"}",
		       NULL),
		NONE("services"),
		NODES,
		NONE("tasks"),
		NONE("secrets"),
		NONE("configs"),
		ANSWER("GET /v1.41/networks?" FILTER, 200,
		       "[{\"Id\":\"" ID1 "\",\"Name\":\"web_default\"}]", NULL),
		ANSWER("DELETE /v1.41/networks/" ID1, 204, "", NULL),
		NONE("services"),
		NODES,
		NONE("tasks"),
		NONE("secrets"),
		NONE("configs"),
		NONE("networks"),
	};
	bool found = false;

	(void)state;
	assert_int_equal(remove_stack(script, sizeof(script) / sizeof(script[0]), &found),
			 0);
	assert_true(found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts),
		cmocka_unit_test(failures_add_up),
		cmocka_unit_test(versions_have_names),
		cmocka_unit_test(nothing_to_remove),
		cmocka_unit_test(removes_in_order),
	};

	js_setup();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

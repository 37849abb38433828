/* SPDX-License-Identifier: MIT */
/* Nodes: reading, changing and removing them, over replies of an engine. */
#include "fake_engine.h"

#include "docker/node.h"

#define ID_A "24ifsmvkjbyhk1111111aaaaa"
#define ID_B "24ifsmvkjbyhk2222222bbbbb"

#define MANAGER \
	"{\"ID\":\"" ID_A "\",\"Version\":{\"Index\":373531}," \
	"\"Spec\":{\"Name\":\"kept\",\"Labels\":{\"zone\":\"a\"}," \
	"\"Role\":\"manager\",\"Availability\":\"active\"}," \
	"\"Description\":{\"Hostname\":\"dev-manager-1\"}," \
	"\"Status\":{\"State\":\"ready\",\"Addr\":\"0.0.0.0\"}," \
	"\"ManagerStatus\":{\"Leader\":true,\"Reachability\":\"reachable\"," \
	"\"Addr\":\"10.0.0.46:2377\"}}"
#define WORKER(version) \
	"{\"ID\":\"" ID_B "\",\"Version\":{\"Index\":" #version \
	"},\"Spec\":{\"Labels\":{},\"Role\":\"worker\"," \
	"\"Availability\":\"drain\"},\"Description\":{\"Hostname\":" \
	"\"dev-worker-1\",\"Engine\":null},\"Status\":{\"State\":\"down\"," \
	"\"Message\":\"heartbeat failure\",\"Addr\":\"10.0.0.47\"}}"
#define RACE \
	"{\"message\":\"rpc error: code = Unknown desc = update out of " \
	"sequence\"}"

#define MANY 20000 /* nodes */

static struct deadline soon(void)
{
	return deadline_in(5000);
}

static void lists_nodes(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("GET /v1.41/nodes", 200, "[" MANAGER "," WORKER(9) "]", "1.41"),
	};
	struct fake *f = FAKE_START(script);
	struct docker_engine *g = fake_open(f, false);
	struct docker_nodes n;
	struct deadline d = soon();
	struct err e = { 0 };

	(void)state;
	if (docker_nodes_list(g, &n, &d, &e))
		fail_msg("%s", e.msg);
	assert_int_equal(n.count, 2);
	assert_string_equal(n.list[0].id, ID_A);
	assert_string_equal(n.list[0].addr, "10.0.0.46");
	assert_true(n.list[0].in_raft && n.list[0].leader && n.list[0].reachable);
	assert_int_equal(json_object_size(n.list[0].labels), 1);
	assert_string_equal(n.list[1].hostname, "dev-worker-1");
	assert_string_equal(n.list[1].addr, "10.0.0.47");
	assert_int_equal(n.list[1].role, DOCKER_WORKER);
	assert_int_equal(n.list[1].availability, DOCKER_DRAINED);
	assert_int_equal(n.list[1].state, DOCKER_NODE_DOWN);
	assert_string_equal(n.list[1].manager_addr, "");
	assert_false(n.list[1].in_raft || n.list[1].leader || n.list[1].reachable);
	docker_nodes_free(&n);
	docker_nodes_free(&n);
	docker_close(g);
	fake_stop(f);
}

static void asks_for_a_part(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("GET /v1.41/nodes?filters=%7B%22role%22%3A%5B%22manager"
		       "%22%5D%7D",
		       200, "[" MANAGER "]", "1.41"),
		ANSWER("GET /v1.41/nodes?filters=%7B%22name%22%3A%5B%22dev%20%26"
		       "%22%5D%7D",
		       200, "[]", "1.41"),
	};
	struct fake *f = FAKE_START(script);
	struct docker_engine *g = fake_open(f, false);
	struct docker_nodes n;
	struct deadline d = soon();
	struct err e = { 0 };

	(void)state;
	if (docker_nodes_managers(g, &n, &d, &e))
		fail_msg("%s", e.msg);
	assert_int_equal(n.count, 1);
	docker_nodes_free(&n);
	if (docker_nodes_named(g, "dev &", &n, &d, &e))
		fail_msg("%s", e.msg);
	assert_int_equal(n.count, 0);
	docker_nodes_free(&n);
	docker_close(g);
	fake_stop(f);
}

/* More than all that jansson may hold at once, were it read as a whole. */
static void write_many(int fd)
{
	char node[1024];

	for (int i = 0; i < MANY; i++)
		fake_chunk(fd, node,
			   (size_t)snprintf(node, sizeof(node),
					    "%s{\"ID\":\"n%024d\",\"Spec\":{\"Labels\":{}},"
					    "\"Filler\":[{},{},{},{},{},{},{},{}]}",
					    i ? "," : "[", i));
	fake_chunk(fd, "]", 1);
	fake_send(fd, "0\r\n\r\n", 5);
}

static void lists_thousands(void **state)
{
	static const struct fake_exchange script[] = {
		{ .request = "GET /v1.41/nodes", .status = 200, .write = write_many },
	};
	struct fake *f = FAKE_START(script);
	struct docker_engine *g = fake_open(f, false);
	struct docker_nodes n;
	struct deadline d = deadline_in(60000);
	struct err e = { 0 };

	(void)state;
	if (docker_nodes_list(g, &n, &d, &e))
		fail_msg("%s", e.msg);
	assert_int_equal(n.count, MANY);
	assert_string_equal(n.list[MANY - 1].id, "n000000000000000000019999");
	docker_nodes_free(&n);
	docker_close(g);
	fake_stop(f);
}

/* mutant helpers/docker/call.c docker_call_is_id: term strlen => true
 * mutant helpers/docker/node.c decode: docker_call_is_id() => true */
static void refuses_wrong_lists(void **state)
{
	static const char *const rows[] = {
		"{}",
		"[null]",
		"[[]]",
		"[{}]",
		"[{\"ID\":null}]",
		"[{\"ID\":\"short\"}]",
		"[{\"ID\":\"" ID_A "-\"}]",
		"[" MANAGER ",{}]",
		"[{\"ID\":\"" ID_A "\",\"Spec\":{\"Role\":"
		"\"a role that no engine ever had\"}}]",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct fake_exchange script[] = {
			ANSWER("GET /v1.41/nodes", 200, rows[i], "1.41"),
		};
		struct fake *f = FAKE_START(script);
		struct docker_engine *g = fake_open(f, false);
		struct docker_nodes n;
		struct deadline d = soon();
		struct err e = { 0 };

		assert_int_equal(docker_nodes_list(g, &n, &d, &e), -1);
		assert_int_equal(e.kind, ERR_REFUSED);
		assert_null(n.list);
		docker_close(g);
		fake_stop(f);
	}
}

static void mends_the_leaders_address(void **state)
{
	static const struct {
		const char *addr, *manager, *want;
	} rows[] = {
		{ "10.0.0.1", "10.0.0.2:2377", "10.0.0.1" },
		{ "0.0.0.0", "10.0.0.2:2377", "10.0.0.2" },
		{ "", "10.0.0.2:2377", "10.0.0.2" },
		{ "::", "[fd00::2]:2377", "fd00::2" },
		{ "0.0.0.0", "", "0.0.0.0" },
		{ "0.0.0.0", ":2377", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char reply[512];
		const struct fake_exchange script[] = {
			ANSWER("GET /v1.41/nodes/" ID_A, 200, reply, "1.41"),
		};
		struct fake *f;
		struct docker_engine *g;
		struct docker_node n;
		struct deadline d = soon();
		struct err e = { 0 };

		snprintf(reply, sizeof(reply),
			 "{\"ID\":\"" ID_A "\",\"Spec\":"
			 "{\"Labels\":null},\"Status\":{\"Addr\":\"%s\"},"
			 "\"ManagerStatus\":{\"Addr\":\"%s\"}}",
			 rows[i].addr, rows[i].manager);
		f = FAKE_START(script);
		g = fake_open(f, false);
		assert_int_equal(docker_node_read(g, ID_A, &n, &d, &e), 0);
		assert_string_equal(n.addr, rows[i].want);
		assert_true(json_is_object(n.labels));
		docker_node_free(&n);
		docker_close(g);
		fake_stop(f);
	}
}

/* mutant helpers/docker/node.c read_raw: docker_call_is_id() => true */
static void never_takes_another_node(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("GET /v1.41/nodes/" ID_A, 200, WORKER(9), "1.41"),
		ANSWER("GET /v1.41/nodes/" ID_A, 404,
		       "{\"message\":\"node " ID_A " not found\"}", "1.41"),
		/* says nothing of whether the node is there */
		ANSWER("GET /v1.41/nodes/" ID_A, 200, "[1]", "1.41"),
	};
	static const char *const wrong[] = {
		"",
		"dev-worker-1",
		"24ifsm",
		ID_A "a",
		"24IFSMVKJBYHK1111111AAAAA",
		"../swarm/leave?force=true",
	};
	struct fake *f = FAKE_START(script);
	struct docker_engine *g = fake_open(f, false);
	struct docker_node n;
	struct deadline d = soon();
	struct err e = { 0 };

	(void)state;
	for (int i = 0; i < 2; i++) {
		e.kind = ERR_NONE;
		assert_int_equal(docker_node_read(g, ID_A, &n, &d, &e), -1);
		assert_int_equal(e.kind, ERR_NOT_FOUND);
	}
	assert_int_equal(docker_node_read(g, ID_A, &n, &d, &e), -1);
	assert_int_equal(e.kind, ERR_REFUSED);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(docker_node_read(g, wrong[i], &n, &d, &e), -1);
		assert_int_equal(e.kind, ERR_USAGE);
		assert_int_equal(docker_node_remove(g, wrong[i], true, &d, &e), -1);
		assert_int_equal(e.kind, ERR_USAGE);
	}
	docker_close(g);
	fake_stop(f);
}

static void updates_only_what_differs(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("GET /v1.41/nodes/" ID_A, 200, MANAGER, "1.41"),
		ANSWER("GET /v1.41/nodes/" ID_A, 200, MANAGER, "1.41"),
		ANSWER("POST /v1.41/nodes/" ID_A "/update?version=373531", 200, "",
		       "1.41"),
	};
	struct fake *f = FAKE_START(script);
	struct docker_engine *g = fake_open(f, false);
	json_t *labels = json_pack("{s:s}", "zone", "a");
	struct docker_node_params want = { .role = DOCKER_MANAGER,
					   .availability = DOCKER_AVAILABLE,
					   .labels = labels };
	struct deadline d = soon();
	struct err e = { 0 };

	(void)state;
	assert_int_equal(docker_node_update(g, ID_A, &want, &d, &e), 0);
	want = (struct docker_node_params){ .availability = DOCKER_DRAINED };
	assert_int_equal(docker_node_update(g, ID_A, &want, &d, &e), 0);
	fake_body_is(f, 2,
		     "{\"Name\":\"kept\",\"Labels\":{\"zone\":\"a\"},"
		     "\"Role\":\"manager\",\"Availability\":\"drain\"}");
	json_decref(labels);
	docker_close(g);
	fake_stop(f);
}

static void replaces_the_whole_label_map(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("GET /v1.41/nodes/" ID_A, 200, MANAGER, "1.41"),
		ANSWER("POST /v1.41/nodes/" ID_A "/update?version=373531", 200, "",
		       "1.41"),
		ANSWER("GET /v1.41/nodes/" ID_B, 200, WORKER(9), "1.41"),
	};
	struct fake *f = FAKE_START(script);
	struct docker_engine *g = fake_open(f, false);
	json_t *labels = json_pack("{s:s}", "disk", "ssd");
	json_t *none = json_object();
	struct docker_node_params want = { .labels = labels };
	struct deadline d = soon();
	struct err e = { 0 };

	(void)state;
	assert_int_equal(docker_node_update(g, ID_A, &want, &d, &e), 0);
	fake_body_is(f, 1,
		     "{\"Name\":\"kept\",\"Labels\":{\"disk\":\"ssd\"},"
		     "\"Role\":\"manager\",\"Availability\":\"active\"}");
	want.labels = none;
	assert_int_equal(docker_node_update(g, ID_B, &want, &d, &e), 0);
	json_decref(labels);
	json_decref(none);
	docker_close(g);
	fake_stop(f);
}

/* mutant helpers/docker/node.c docker_node_update: condition docker_call_lost_race => true */
static void tries_again_out_of_sequence(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("GET /v1.41/nodes/" ID_B, 200, WORKER(9), "1.41"),
		ANSWER("POST /v1.41/nodes/" ID_B "/update?version=9", 500, RACE, "1.41"),
		ANSWER("GET /v1.41/nodes/" ID_B, 200, WORKER(10), "1.41"),
		ANSWER("POST /v1.41/nodes/" ID_B "/update?version=10", 200, "", "1.41"),
	};
	const struct docker_node_params want = { .availability = DOCKER_AVAILABLE };
	struct fake *f = FAKE_START(script);
	struct docker_engine *g = fake_open(f, false);
	struct deadline d = soon();
	struct err e = { 0 };

	(void)state;
	assert_int_equal(docker_node_update(g, ID_B, &want, &d, &e), 0);
	docker_close(g);
	fake_stop(f);
}

/* The time is up when the answer comes, so that only the pause can notice. */
static int64_t answered_at_ms;

static void answer_late(int fd)
{
	struct pollfd none = { .fd = -1 };

	poll(&none, 0, (int)(answered_at_ms - deadline_now_ms()));
	fake_chunk(fd, RACE, strlen(RACE));
	fake_chunk(fd, "", 0);
}

static void gives_up_a_lost_race_in_time(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("GET /v1.41/nodes/" ID_B, 200, WORKER(9), "1.41"),
		{ .request = "POST /v1.41/nodes/" ID_B "/update?version=9",
		  .status = 500,
		  .version = "1.41",
		  .write = answer_late },
	};
	const struct docker_node_params want = { .availability = DOCKER_AVAILABLE };
	struct fake *f = FAKE_START(script);
	struct docker_engine *g = fake_open(f, false);
	struct deadline d = deadline_in(600);
	struct err e = { 0 };

	(void)state;
	answered_at_ms = d.at_ms - 15; /* the shortest pause is 20 ms */
	assert_int_equal(docker_node_update(g, ID_B, &want, &d, &e), -1);
	assert_int_equal(e.kind, ERR_DEADLINE);
	docker_close(g);
	fake_stop(f);
}

static void removes_by_id(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("DELETE /v1.41/nodes/" ID_B "?force=false", 200, "", "1.41"),
		ANSWER("DELETE /v1.41/nodes/" ID_B "?force=true", 404,
		       "{\"message\":\"node " ID_B " not found\"}", "1.41"),
		ANSWER("DELETE /v1.41/nodes/" ID_B "?force=false", 400,
		       "{\"message\":\"rpc error: code = FailedPrecondition "
		       "desc = node " ID_B " is not down and can't be "
		       "removed\"}",
		       "1.41"),
	};
	struct fake *f = FAKE_START(script);
	struct docker_engine *g = fake_open(f, false);
	struct deadline d = soon();
	struct err e = { 0 };

	(void)state;
	assert_int_equal(docker_node_remove(g, ID_B, false, &d, &e), 0);
	assert_int_equal(docker_node_remove(g, ID_B, true, &d, &e), 0);
	assert_int_equal(e.kind, ERR_NONE);
	assert_int_equal(docker_node_remove(g, ID_B, false, &d, &e), -1);
	assert_int_equal(e.kind, ERR_REFUSED);
	assert_non_null(
		strstr(e.msg, "dev-manager-1: DELETE /nodes/" ID_B ": rpc error"));
	docker_close(g);
	fake_stop(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_nodes),
		cmocka_unit_test(asks_for_a_part),
		cmocka_unit_test(lists_thousands),
		cmocka_unit_test(refuses_wrong_lists),
		cmocka_unit_test(mends_the_leaders_address),
		cmocka_unit_test(never_takes_another_node),
		cmocka_unit_test(updates_only_what_differs),
		cmocka_unit_test(replaces_the_whole_label_map),
		cmocka_unit_test(tries_again_out_of_sequence),
		cmocka_unit_test(gives_up_a_lost_race_in_time),
		cmocka_unit_test(removes_by_id),
	};

	return cmocka_run_group_tests_name("docker/node", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* Lists of nodes, services and tasks for whoever shows them; logs and samples of tasks. */
/* mutant helpers/docker/view.c copy: utf8_mask() =>
 * mutant helpers/docker/view.c append: condition docker_call_is_id => false
 * mutant helpers/docker/task_logs.c take_apart: condition has_heads => false
 * mutant helpers/docker/task_logs.c add_lines: utf8_mask() => */
#include "fake_engine.h"

#include "base/buf.h"
#include "docker/stats.h"
#include "docker/task_logs.h"
#include "docker/view.h"

#define NODE "9mnpnzenvg8p8tdbtq4wvbkcz"
#define SERVICE "8mnpnzenvg8p8tdbtq4wvbkcz"
#define TASK "7mnpnzenvg8p8tdbtq4wvbkcz"

static struct docker_engine *engine(struct fake **f, const struct fake_exchange *x)
{
	*f = fake_start(x, 1, 0);
	return fake_open(*f, false);
}

static void reads_nodes(void **state)
{
	static const struct fake_exchange x = ANSWER(
		"GET /v1.41/nodes", 200,
		"[{\"ID\":\"" NODE "\",\"Spec\":{\"Role\":\"manager\","
		"\"Availability\":\"drain\"},\"Description\":{\"Hostname\":\"a\\u001b[2Jb\","
		"\"Resources\":{\"NanoCPUs\":2000000000,\"MemoryBytes\":1024},"
		"\"Engine\":{\"EngineVersion\":\"28.5.2\"}},\"Status\":{\"State\":\"down\","
		"\"Message\":\"heartbeat failure\",\"Addr\":\"10.0.0.1\"},"
		"\"ManagerStatus\":{\"Reachability\":\"reachable\",\"Leader\":true}},"
		"{\"ID\":\"" SERVICE "\",\"Spec\":{\"Role\":\"new word\"}}]",
		NULL);
	struct docker_view_nodes n;
	struct deadline d = deadline_in(5000);
	struct fake *f;
	struct docker_engine *g = engine(&f, &x);
	struct err e = { 0 };

	(void)state;
	assert_int_equal(docker_view_read_nodes(g, &n, &d, &e), 0);
	assert_int_equal(n.count, 2);
	assert_string_equal(n.list[0].hostname, "a?[2Jb");
	assert_string_equal(n.list[0].engine, "28.5.2");
	assert_string_equal(n.list[0].message, "heartbeat failure");
	assert_int_equal(n.list[0].role, DOCKER_MANAGER);
	assert_int_equal(n.list[0].availability, DOCKER_DRAINED);
	assert_int_equal(n.list[0].state, DOCKER_NODE_DOWN);
	assert_true(n.list[0].manager && n.list[0].leader && n.list[0].reachable);
	assert_int_equal(n.list[0].cpus, 2000000000);
	assert_int_equal(n.list[0].memory, 1024);
	assert_int_equal(n.list[1].role, DOCKER_ROLE_NONE);
	free(n.list);
	docker_close(g);
	fake_stop(f);
}

static void reads_services(void **state)
{
	static const struct fake_exchange x = ANSWER(
		"GET /v1.41/services", 200,
		"[{\"ID\":\"" SERVICE "\",\"Spec\":{\"Name\":\"web\","
		"\"Mode\":{\"Replicated\":{\"Replicas\":3}},\"TaskTemplate\":"
		"{\"ContainerSpec\":{\"Image\":\"nginx:1@sha256:00\"}}},"
		"\"UpdateStatus\":{\"State\":\"updating\",\"Message\":\"in progress\"}},"
		"{\"ID\":\"" NODE
		"\",\"Spec\":{\"Name\":\"all\",\"Mode\":{\"Global\":{}}}}]",
		NULL);
	struct docker_view_services s;
	struct deadline d = deadline_in(5000);
	struct fake *f;
	struct docker_engine *g = engine(&f, &x);
	struct err e = { 0 };

	(void)state;
	assert_int_equal(docker_view_read_services(g, &s, &d, &e), 0);
	assert_int_equal(s.count, 2);
	assert_string_equal(s.list[0].name, "web");
	assert_string_equal(s.list[0].image, "nginx:1");
	assert_string_equal(s.list[0].update, "updating");
	assert_string_equal(s.list[0].message, "in progress");
	assert_int_equal(s.list[0].mode, DOCKER_REPLICATED);
	assert_int_equal(s.list[0].replicas, 3);
	assert_int_equal(s.list[1].mode, DOCKER_GLOBAL);
	assert_string_equal(docker_view_mode_name(s.list[1].mode), "global");
	free(s.list);
	docker_close(g);
	fake_stop(f);
}

static void reads_tasks(void **state)
{
	static const struct fake_exchange x = ANSWER(
		"GET /v1.41/tasks", 200,
		"[{\"ID\":\"" TASK "\",\"ServiceID\":\"" SERVICE "\",\"NodeID\":\"" NODE
		"\","
		"\"Slot\":2,\"DesiredState\":\"shutdown\",\"Spec\":{\"ContainerSpec\":"
		"{\"Image\":\"nginx:2\"},\"Resources\":{\"Reservations\":"
		"{\"NanoCPUs\":5,\"MemoryBytes\":6}}},\"Status\":{\"State\":\"failed\","
		"\"Message\":\"started\",\"Err\":\"no\\nluck\","
		"\"Timestamp\":\"1970-01-01T00:00:01.5Z\",\"ContainerStatus\":"
		"{\"ContainerID\":\"c1\",\"ExitCode\":3}}},"
		"{\"ID\":\"" NODE "\",\"Status\":{\"State\":\"running\"}}]",
		NULL);
	struct docker_view_tasks t;
	struct deadline d = deadline_in(5000);
	struct fake *f;
	struct docker_engine *g = engine(&f, &x);
	struct err e = { 0 };

	(void)state;
	assert_int_equal(docker_view_read_tasks(g, &t, &d, &e), 0);
	/* a container on an attachable network has no service */
	assert_int_equal(t.count, 1);
	assert_string_equal(t.list[0].service, SERVICE);
	assert_string_equal(t.list[0].node, NODE);
	assert_string_equal(t.list[0].container, "c1");
	assert_string_equal(t.list[0].message, "no luck");
	assert_int_equal(t.list[0].slot, 2);
	assert_int_equal(t.list[0].state, DOCKER_TASK_FAILED);
	assert_int_equal(t.list[0].desired, DOCKER_TASK_SHUTDOWN);
	assert_int_equal(t.list[0].since, 1500000000);
	assert_int_equal(t.list[0].cpus, 5);
	assert_int_equal(t.list[0].memory, 6);
	assert_int_equal(t.list[0].exit, 3);
	free(t.list);
	docker_close(g);
	fake_stop(f);
}

static void refuses_what_has_no_id(void **state)
{
	static const struct fake_exchange x = ANSWER("GET /v1.41/tasks", 200,
						     "[{\"ID\":\"../info\"}]", NULL);
	struct docker_view_tasks t;
	struct deadline d = deadline_in(5000);
	struct fake *f;
	struct docker_engine *g = engine(&f, &x);
	struct err e = { 0 };

	(void)state;
	assert_int_equal(docker_view_read_tasks(g, &t, &d, &e), -1);
	assert_int_equal(e.kind, ERR_REFUSED);
	assert_int_equal(t.count, 0);
	docker_close(g);
	fake_stop(f);
}

/* Two pieces with heads, of stdout and stderr. */
static void write_pieces(int fd)
{
	fake_chunk(fd, "\1\0\0\0\0\0\0\4one\n\2\0\0\0\0\0\0\6\033two\r\n", 26);
	fake_chunk(fd, "", 0);
}

static void write_terminal(int fd)
{
	fake_chunk(fd, "one\r\ntwo", 8);
	fake_chunk(fd, "", 0);
}

static const struct {
	void (*write)(int fd);
	const char *lines;
} logs[] = {
	{ write_pieces, "one\n?two\n" },
	{ write_terminal, "one\ntwo\n" },
};

static void reads_logs(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
		const struct fake_exchange x = {
			.request = "GET /v1.41/tasks/" TASK
				   "/logs?stdout=1&stderr=1&tail=10",
			.status = 200,
			.write = logs[i].write
		};
		struct buf out = BUF_INIT(4096);
		struct deadline d = deadline_in(5000);
		struct fake *f;
		struct docker_engine *g = engine(&f, &x);
		struct err e = { 0 };

		assert_int_equal(docker_task_logs(g, TASK, 10, &out, &d, &e), 0);
		assert_string_equal(buf_str(&out), logs[i].lines);
		assert_int_equal(docker_task_logs(g, "../info", 10, &out, &d, &e), -1);
		assert_int_equal(e.kind, ERR_USAGE);
		buf_free(&out);
		docker_close(g);
		fake_stop(f);
	}
}

static void reads_a_sample(void **state)
{
	static const struct fake_exchange x =
		ANSWER("GET /v1.41/containers/c1/stats?stream=false&one-shot=true", 200,
		       "{\"read\":\"1970-01-01T00:00:02Z\",\"cpu_stats\":{\"cpu_usage\":"
		       "{\"total_usage\":7}},\"memory_stats\":{\"usage\":100,\"limit\":200,"
		       "\"stats\":{\"inactive_file\":30}}}",
		       NULL);
	struct docker_stats s;
	struct deadline d = deadline_in(5000);
	struct fake *f;
	struct docker_engine *g = engine(&f, &x);
	struct err e = { 0 };

	(void)state;
	assert_int_equal(docker_stats_read(g, "c1", &s, &d, &e), 0);
	assert_int_equal(s.cpu_ns, 7);
	assert_int_equal(s.read_ns, 2000000000);
	assert_int_equal(s.memory, 70);
	assert_int_equal(s.limit, 200);
	docker_close(g);
	fake_stop(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_nodes), cmocka_unit_test(reads_services),
		cmocka_unit_test(reads_tasks), cmocka_unit_test(refuses_what_has_no_id),
		cmocka_unit_test(reads_logs),  cmocka_unit_test(reads_a_sample),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

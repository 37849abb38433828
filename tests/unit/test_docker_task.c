/* SPDX-License-Identifier: MIT */
/* What tasks a node has, from lists of an engine. */
#include "fake_engine.h"

#include "base/buf.h"
#include "docker/task.h"

#define NODE_A "24ifsmvkjbyhk1111111aaaaa"
#define NODE_B "24ifsmvkjbyhk2222222bbbbb"
#define OF_A "?filters=%7B%22node%22%3A%5B%22" NODE_A "%22%5D%7D"

/* A task as GET /tasks shows one. */
#define TASK(node, state, desired) \
	"{\"ID\":\"0kzzo1i0y4jz6027t0k7aezc7\"," \
	"\"Version\":{\"Index\":71},\"Labels\":{},\"Spec\":{\"ContainerSpec\":" \
	"{\"Image\":\"lab/busybox\",\"Command\":[\"sh\",\"-c\",\"echo ']}'\"]," \
	"\"Isolation\":\"default\"},\"ForceUpdate\":0},\"ServiceID\":" \
	"\"9mnpnzenvg8p8tdbtq4wvbkcz\",\"Slot\":3,\"NodeID\":\"" node "\"," \
	"\"Status\":{\"State\":\"" state "\",\"ContainerStatus\":{\"PID\":677}}," \
	"\"DesiredState\":\"" desired "\",\"NetworksAttachments\":[{}]}"

static int count(const struct fake_exchange *x, const char *node, const char *skip,
		 struct docker_tasks *out, struct err *e)
{
	struct fake *f = fake_start(x, 1, 0);
	struct docker_engine *g = fake_open(f, false);
	struct deadline d = deadline_in(20000);
	int ret = docker_tasks_count(g, node, skip, out, &d, e);

	docker_close(g);
	fake_stop(f);
	return ret;
}

static const struct {
	const char *task;
	size_t live, stopping, starting;
} states[] = {
	{ TASK(NODE_A, "new", "running"), 0, 0, 0 },
	{ TASK(NODE_A, "pending", "running"), 0, 0, 0 },
	{ TASK(NODE_A, "assigned", "running"), 1, 0, 1 },
	{ TASK(NODE_A, "accepted", "running"), 1, 0, 1 },
	{ TASK(NODE_A, "preparing", "running"), 1, 0, 1 },
	{ TASK(NODE_A, "ready", "ready"), 1, 0, 0 },
	{ TASK(NODE_A, "starting", "running"), 1, 0, 1 },
	{ TASK(NODE_A, "running", "running"), 1, 0, 0 },
	{ TASK(NODE_A, "running", "shutdown"), 1, 1, 0 },
	{ TASK(NODE_A, "running", "remove"), 1, 1, 0 },
	{ TASK(NODE_A, "preparing", "shutdown"), 1, 1, 0 },
	{ TASK(NODE_A, "complete", "shutdown"), 0, 0, 0 },
	{ TASK(NODE_A, "shutdown", "shutdown"), 0, 0, 0 },
	{ TASK(NODE_A, "failed", "shutdown"), 0, 0, 0 },
	{ TASK(NODE_A, "rejected", "shutdown"), 0, 0, 0 },
	{ TASK(NODE_A, "remove", "remove"), 0, 0, 0 },
	{ TASK(NODE_A, "orphaned", "shutdown"), 0, 0, 0 },
	{ "{}", 0, 0, 0 },
	{ "{\"Status\":null,\"Spec\":7,\"NodeID\":null}", 0, 0, 0 },
	{ "{\"Status\":{\"State\":\"running\"},\"Spec\":"
	  "{\"NetworkAttachmentSpec\":{\"ContainerID\":\"x\"}}}",
	  0, 0, 0 },
};

/* mutant helpers/docker/task.c live_states: without "starting" */
static void counts_by_state(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		struct docker_tasks t;
		struct err e = { 0 };
		char reply[2048];
		struct fake_exchange x = ANSWER("GET /v1.41/tasks" OF_A, 200, reply,
						"1.41");

		snprintf(reply, sizeof(reply), "[%s]\n", states[i].task);
		if (count(&x, NODE_A, NULL, &t, &e))
			fail_msg("%s", e.msg);
		assert_int_equal(t.live, states[i].live);
		assert_int_equal(t.stopping, states[i].stopping);
		assert_int_equal(t.starting, states[i].starting);
		assert_string_equal(
			t.example,
			states[i].live
				? "task 0kzzo1i0y4jz (service 9mnpnzenvg8p.3, image "
				  "lab/busybox)"
				: "");
	}
}

static void skips_nodes(void **state)
{
	static const struct {
		const char *skip;
		size_t live;
	} rows[] = {
		{ NULL, 2 },
		{ "", 2 },
		{ NODE_A, 1 },
		{ NODE_B, 1 },
		{ NODE_A "," NODE_B, 0 },
		{ " x, " NODE_A " ,", 1 },
		{ "24ifsm", 2 },
		{ NODE_A "a", 2 },
	};
	static const struct fake_exchange x =
		ANSWER("GET /v1.41/tasks", 200,
		       "[" TASK(NODE_A, "running", "running") "," TASK(NODE_B, "running",
								       "running") "]",
		       "1.41");

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct docker_tasks t;
		struct err e = { 0 };

		assert_int_equal(count(&x, NULL, rows[i].skip, &t, &e), 0);
		assert_int_equal(t.live, rows[i].live);
	}
}

static void refuses_wrong_lists(void **state)
{
	static const char *const rows[] = {
		"",
		"null",
		"{}",
		"[",
		"[null]",
		"[{]]",
		"[{\"a\":1}",
		"[{\"a\":1},]",
		"[{\"a\":1}]]",
		"[{\"a\":\"\\u0000\"}]",
		"[{\"a\":nul}]",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct fake_exchange x = ANSWER("GET /v1.41/tasks", 200, rows[i],
						      "1.41");
		struct docker_tasks t;
		struct err e = { 0 };

		assert_int_equal(count(&x, NULL, NULL, &t, &e), -1);
		assert_int_equal(e.kind, ERR_REFUSED);
		assert_int_equal(strncmp(e.msg, "dev-manager-1: GET /tasks", 25), 0);
	}
}

static void tells_a_cut_reply_from_a_whole_one(void **state)
{
	static const struct fake_exchange x = {
		.request = "GET /v1.41/tasks",
		.status = 200,
		.body = "[" TASK(NODE_A, "running", "running") "]",
		.cut = true,
	};
	struct docker_tasks t;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(count(&x, NULL, NULL, &t, &e), -1);
	assert_int_equal(e.kind, ERR_UNREACHABLE);
}

static void passes_refusals_on(void **state)
{
	static const struct fake_exchange x = ANSWER("GET /v1.41/tasks" OF_A, 404,
						     "{\"message\":\"node " NODE_A
						     " not found\"}",
						     "1.41");
	struct docker_tasks t;
	struct err e = { 0 };
	struct deadline d = deadline_in(1000);
	struct docker_target place = { .label = "a" };
	struct docker_engine *g;

	(void)state;
	assert_int_equal(count(&x, NODE_A, NULL, &t, &e), -1);
	assert_int_equal(e.kind, ERR_NOT_FOUND);
	place.login.host = "unix:///nonexistent/docker.sock";
	assert_int_equal(docker_open(&g, &place, &d, &e), 0);
	assert_int_equal(docker_tasks_count(g, "dev-worker-1", NULL, &t, &d, &e), -1);
	assert_int_equal(e.kind, ERR_USAGE);
	docker_close(g);
}

static void many_tasks(int fd)
{
	static const char task[] = TASK(NODE_A, "running", "shutdown");
	struct buf b = BUF_INIT(1 << 20);

	buf_adds(&b, "[");
	for (int i = 0; i < 20000; i++) {
		buf_addf(&b, "%s%s", i ? "," : "", task);
		if (b.len > 60000 || i == 19999) {
			if (i == 19999)
				buf_adds(&b, "]\n");
			fake_chunk(fd, b.data, b.len);
			buf_drop(&b, b.len);
		}
	}
	fake_chunk(fd, "", 0);
	buf_free(&b);
}

/* What JSON values take, now and at most. */
static size_t json_bytes, json_most;

static void *counting_malloc(size_t n)
{
	size_t *p = malloc(n + sizeof(max_align_t));

	if (!p)
		return NULL;
	*p = n;
	json_bytes += n;
	if (json_bytes > json_most)
		json_most = json_bytes;
	return (char *)p + sizeof(max_align_t);
}

static void counting_free(void *p)
{
	size_t *head = p ? (size_t *)(void *)((char *)p - sizeof(max_align_t)) : NULL;

	if (head)
		json_bytes -= *head;
	free(head);
}

/* The list is some 12 MB, one task 600 bytes. */
static void streams_many_tasks(void **state)
{
	static const struct fake_exchange x = {
		.request = "GET /v1.41/tasks" OF_A,
		.status = 200,
		.version = "1.41",
		.write = many_tasks,
	};
	struct docker_tasks t;
	struct err e = { 0 };

	(void)state;
	json_set_alloc_funcs(counting_malloc, counting_free);
	if (count(&x, NODE_A, NULL, &t, &e))
		fail_msg("%s", e.msg);
	json_set_alloc_funcs(malloc, free);
	assert_int_equal(t.live, 20000);
	assert_int_equal(t.stopping, 20000);
	assert_int_equal(json_bytes, 0);
	assert_in_range(json_most, 600, 20000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_by_state),
		cmocka_unit_test(skips_nodes),
		cmocka_unit_test(refuses_wrong_lists),
		cmocka_unit_test(tells_a_cut_reply_from_a_whole_one),
		cmocka_unit_test(passes_refusals_on),
		cmocka_unit_test(streams_many_tasks),
	};

	return cmocka_run_group_tests_name("docker/task", tests, NULL, NULL);
}

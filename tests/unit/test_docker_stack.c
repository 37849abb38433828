/* SPDX-License-Identifier: MIT */
/* What an engine has of a stack: services, tasks, secrets, configs, networks, logs. */
#include "fake_engine.h"

#include "base/buf.h"
#include "docker/stack_item.h"
#include "docker/stack_work.h"

#define FILTER "filters=%7B%22label%22%3A%5B%22com.docker.stack.namespace%3Dweb%22%5D%7D"
#define ID1 "9mnpnzenvg8p8tdbtq4wvbkcz"
#define ID2 "0mnpnzenvg8p8tdbtq4wvbkcz"
#define NODE "1mnpnzenvg8p8tdbtq4wvbkcz"

struct play {
	struct fake *f;
	struct docker_engine *g;
	struct deadline d;
	struct err e;
};

static struct play begin(const struct fake_exchange *script, size_t n)
{
	struct play p = { .f = fake_start(script, n, 0), .d = deadline_in(20000) };

	p.g = fake_open(p.f, false);
	return p;
}

static void end(struct play *p)
{
	docker_close(p->g);
	fake_stop(p->f);
}

#define BEGIN(script) begin(script, sizeof(script) / sizeof((script)[0]))

/* ---- items ---- */

static void lists_items(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("GET /v1.41/secrets?" FILTER, 200,
		       "[{\"ID\":\"" ID1 "\",\"CreatedAt\":\"2026-01-01T00:00:00Z\","
		       "\"Spec\":{\"Name\":\"web_pw-1\",\"Labels\":{"
		       "\"terraform-swarm-helpers.key\":\"pw\","
		       "\"terraform-swarm-helpers.salt\":\"abc\"}}}]",
		       NULL),
		ANSWER("GET /v1.41/networks?" FILTER, 200,
		       "[{\"Id\":\"" ID2 "\",\"Name\":\"web_default\",\"Labels\":{}}]",
		       NULL),
	};
	struct play p = BEGIN(script);
	struct docker_stack_items items;

	(void)state;
	assert_int_equal(docker_stack_items_list(p.g, DOCKER_STACK_SECRET, "web", &items,
						 &p.d, &p.e),
			 0);
	assert_int_equal(items.count, 1);
	assert_string_equal(items.list[0].id, ID1);
	assert_string_equal(items.list[0].key, "pw");
	assert_string_equal(items.list[0].salt, "abc");
	assert_int_equal(items.list[0].created, 1767225600000000000);
	assert_non_null(docker_stack_items_named(&items, "web_pw-1"));
	assert_null(docker_stack_items_named(&items, "web_pw-2"));
	docker_stack_items_free(&items);
	assert_int_equal(docker_stack_items_list(p.g, DOCKER_STACK_NETWORK, "web", &items,
						 &p.d, &p.e),
			 0);
	assert_string_equal(items.list[0].name, "web_default");
	docker_stack_items_free(&items);
	end(&p);
}

static void refuses_a_bad_id(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("GET /v1.41/configs?" FILTER, 200,
		       "[{\"ID\":\"../x\",\"Spec\":{\"Name\":\"a\"}}]", NULL),
	};
	struct play p = BEGIN(script);
	struct docker_stack_items items;

	(void)state;
	assert_int_equal(docker_stack_items_list(p.g, DOCKER_STACK_CONFIG, "web", &items,
						 &p.d, &p.e),
			 -1);
	assert_int_equal(p.e.kind, ERR_REFUSED);
	end(&p);
}

/* mutant helpers/docker/stack_item.c as_in_use: err_as() => 0 */
static void removes_items(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("DELETE /v1.41/secrets/" ID1, 400,
		       "{\"message\":\"secret 'x' is in use by the following service: y\"}",
		       NULL),
		ANSWER("DELETE /v1.41/networks/" ID1, 404,
		       "{\"message\":\"network not found\"}", NULL),
		ANSWER("DELETE /v1.41/services/" ID1, 200, "", NULL),
		ANSWER("DELETE /v1.41/configs/" ID1, 500, "{\"message\":\"no\"}", NULL),
	};
	struct play p = BEGIN(script);

	(void)state;
	assert_int_equal(docker_stack_item_remove(p.g, DOCKER_STACK_SECRET, ID1, &p.d,
						  &p.e),
			 -1);
	assert_int_equal(p.e.kind, ERR_BUSY);
	assert_int_equal(docker_stack_item_remove(p.g, DOCKER_STACK_NETWORK, ID1, &p.d,
						  &p.e),
			 0);
	assert_int_equal(docker_stack_item_remove(p.g, DOCKER_STACK_SERVICE, ID1, &p.d,
						  &p.e),
			 0);
	assert_int_equal(docker_stack_item_remove(p.g, DOCKER_STACK_CONFIG, ID1, &p.d,
						  &p.e),
			 -1);
	assert_int_equal(p.e.kind, ERR_REFUSED);
	end(&p);
}

static void makes_items(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("POST /v1.41/secrets/create", 201, "{\"ID\":\"" ID1 "\"}", NULL),
		ANSWER("POST /v1.41/configs/create", 409, "{\"message\":\"exists\"}",
		       NULL),
	};
	struct play p = BEGIN(script);
	struct buf bytes = BUF_INIT(16);
	struct docker_stack_new item = { .kind = DOCKER_STACK_SECRET,
					 .stack = "web",
					 .name = "web_pw-1",
					 .key = "pw",
					 .salt = "abc",
					 .bytes = &bytes };

	(void)state;
	buf_add(&bytes, "a\0b", 3);
	assert_int_equal(docker_stack_item_create(p.g, &item, &p.d, &p.e), 0);
	fake_body_is(p.f, 0,
		     "{\"Name\":\"web_pw-1\",\"Data\":\"YQBi\",\"Labels\":{"
		     "\"com.docker.stack.namespace\":\"web\","
		     "\"terraform-swarm-helpers.key\":\"pw\","
		     "\"terraform-swarm-helpers.salt\":\"abc\"}}");
	item.kind = DOCKER_STACK_CONFIG;
	item.salt = NULL;
	assert_int_equal(docker_stack_item_create(p.g, &item, &p.d, &p.e), 0);
	buf_free(&bytes);
	end(&p);
}

static void reads_and_marks_configs(void **state)
{
#define CONFIG(sum) \
	"{\"Name\":\"web_version-1\",\"Labels\":{\"a\":\"b\"" sum "},\"Data\":\"YQBi\"}"
	static const struct fake_exchange script[] = {
		ANSWER("GET /v1.41/configs/" ID1, 200,
		       "{\"ID\":\"" ID1
		       "\",\"Version\":{\"Index\":7},\"Spec\":" CONFIG("") "}",
		       NULL),
		ANSWER("GET /v1.41/configs/" ID1, 200,
		       "{\"ID\":\"" ID1
		       "\",\"Version\":{\"Index\":7},\"Spec\":" CONFIG("") "}",
		       NULL),
		ANSWER("POST /v1.41/configs/" ID1 "/update?version=7", 200, "", NULL),
	};
	struct play p = BEGIN(script);
	struct buf bytes = BUF_INIT(16);

	(void)state;
	assert_int_equal(docker_stack_config_read(p.g, ID1, &bytes, &p.d, &p.e), 0);
	assert_int_equal(bytes.len, 3);
	assert_memory_equal(bytes.data, "a\0b", 3);
	assert_int_equal(docker_stack_config_mark(p.g, ID1, "sum", &p.d, &p.e), 0);
	fake_body_is(p.f, 2, CONFIG(",\"terraform-swarm-helpers.services\":\"sum\""));
	buf_free(&bytes);
	end(&p);
}

/* ---- services and tasks ---- */

#define TEMPLATE "{\"ContainerSpec\":{\"Image\":\"a\"},\"ForceUpdate\":0"
#define SERVICE(id, name, mode, status, update) \
	"{\"ID\":\"" id "\",\"Spec\":{\"Name\":\"" name "\",\"TaskTemplate\":" TEMPLATE \
	",\"Runtime\":\"container\",\"Placement\":{\"Constraints\":[\"x\"]}}," \
	"\"Mode\":" mode "},\"ServiceStatus\":" status update "}"
#define TASK(id, of, state, wanted, spec, error) \
	"{\"ID\":\"" id "\",\"ServiceID\":\"" of "\",\"NodeID\":\"" NODE \
	"\",\"Spec\":" spec ",\"Status\":{\"State\":\"" state "\"" error \
	"},\"DesiredState\":\"" wanted "\"}"

static const struct fake_exchange work[] = {
	ANSWER("GET /v1.41/services?status=true&" FILTER, 200,
	       "[" SERVICE(
		       ID1, "web_b", "{\"Replicated\":{\"Replicas\":2}}",
		       "{\"RunningTasks\":1,\"DesiredTasks\":2}",
		       ",\"UpdateStatus\":{\"State\":\"paused\",\"Message\":\"m\"}") "," SERVICE(ID2,
												 "web_a",
												 "{\"ReplicatedJob\":{\"TotalCompletions\":4}}",
												 "{\"DesiredTasks\":1,\"CompletedTasks\":3}",
												 "") "]",
	       NULL),
	ANSWER("GET /v1.41/tasks?" FILTER, 200,
	       "[" TASK(
		       "3mnpnzenvg8p8tdbtq4wvbkcz", ID1, "running", "running",
		       TEMPLATE ",\"Placement\":{}}",
		       "") "," TASK("4mnpnzenvg8p8tdbtq4wvbkcz", ID1, "failed",
				    "shutdown",
				    "{\"ContainerSpec\":{\"Image\":\"b\"},\"ForceUpdate\":0}",
				    ",\"Err\":\"exit 1\"") "," TASK("5mnpnzenvg8p8tdbtq4wvbkcz",
								    ID2, "preparing",
								    "ready", TEMPLATE "}",
								    "") "," TASK("6mnpnzenvg8p8tdbtq4wvbkcz",
										 NODE,
										 "running",
										 "running",
										 TEMPLATE
										 "}",
										 "") "]",
	       NULL),
};

/* mutant helpers/docker/stack_work.c update_of: strcmp() => 0
 * mutant helpers/docker/stack_work.c decode_task: is_new() => true */
static void lists_work(void **state)
{
	struct play p = BEGIN(work);
	struct docker_stack_services s;
	struct docker_stack_tasks t;

	(void)state;
	assert_int_equal(docker_stack_services_list(p.g, "web", &s, &p.d, &p.e), 0);
	assert_int_equal(s.count, 2);
	assert_string_equal(s.list[0].name, "web_a");
	assert_true(s.list[0].job);
	assert_int_equal(s.list[0].wanted, 4);
	assert_int_equal(s.list[0].completed, 3);
	assert_int_equal(s.list[0].update, DOCKER_UPDATE_NONE);
	assert_int_equal(s.list[1].wanted, 2);
	assert_int_equal(s.list[1].update, DOCKER_UPDATE_GIVEN_UP);
	assert_string_equal(s.list[1].update_message, "m");
	assert_int_equal(docker_stack_tasks_list(p.g, "web", &s, &t, &p.d, &p.e), 0);
	assert_int_equal(t.count, 3);
	assert_true(t.list[0].running && t.list[0].is_new && !t.list[0].failed);
	assert_int_equal(t.list[0].service, 1);
	assert_true(t.list[1].failed && !t.list[1].is_new && !t.list[1].running);
	assert_string_equal(t.list[1].error, "exit 1");
	assert_true(t.list[2].waits && !t.list[2].running);
	assert_int_equal(t.list[2].service, 0);
	docker_stack_tasks_free(&t);
	docker_stack_services_free(&s);
	end(&p);
}

static void counts_tasks(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("GET /v1.41/tasks?" FILTER, 200,
		       "[{\"NodeID\":\"" ID1 "\"},{\"NodeID\":\"" ID2 "\"},{}]", NULL),
	};
	struct play p = BEGIN(script);
	size_t n = 0;

	(void)state;
	assert_int_equal(docker_stack_tasks_count(p.g, "web", ID2 "," NODE, &n, &p.d,
						  &p.e),
			 0);
	assert_int_equal(n, 2);
	end(&p);
}

/* ---- logs ---- */

static void write_log(int fd)
{
	static const char pieces[] = "\1\0\0\0\0\0\0\4one\n\2\0\0\0\0\0\0\4two\n";

	fake_chunk(fd, pieces, 11);
	fake_chunk(fd, pieces + 11, sizeof(pieces) - 1 - 11);
	fake_chunk(fd, "", 0);
}

static void reads_logs(void **state)
{
	static const struct fake_exchange script[] = {
		{ .request = "GET /v1.41/tasks/" ID1 "/logs?stdout=1&stderr=1&tail=5",
		  .status = 200,
		  .write = write_log },
		ANSWER("GET /v1.41/tasks/" ID2 "/logs?stdout=1&stderr=1&tail=5", 200,
		       "of a terminal\n", NULL),
	};
	struct play p = BEGIN(script);
	struct buf log = BUF_INIT(64);

	(void)state;
	assert_int_equal(docker_stack_task_log(p.g, ID1, 5, &log, &p.d, &p.e), 0);
	assert_string_equal(buf_str(&log), "one\ntwo\n");
	buf_free(&log);
	assert_int_equal(docker_stack_task_log(p.g, ID2, 5, &log, &p.d, &p.e), 0);
	assert_string_equal(buf_str(&log), "of a terminal\n");
	buf_free(&log);
	end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_items),
		cmocka_unit_test(refuses_a_bad_id),
		cmocka_unit_test(removes_items),
		cmocka_unit_test(makes_items),
		cmocka_unit_test(lists_work),
		cmocka_unit_test(reads_and_marks_configs),
		cmocka_unit_test(counts_tasks),
		cmocka_unit_test(reads_logs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

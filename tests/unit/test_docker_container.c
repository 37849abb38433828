/* SPDX-License-Identifier: MIT */
/* Containers of a node, from lists of an engine. */
#include "fake_engine.h"

#include "docker/container.h"

#define OF_SWARM \
	"{\"Id\":\"5f6b\",\"Names\":[\"/web.1.0kzzo1i0y4jz\"]," \
	"\"Labels\":{\"com.docker.swarm.node.id\":\"24ifsm\"}}"
#define PLAIN \
	"{\"Id\":\"8dfa\",\"Names\":[\"/registry\",\"/other/alias\"]," \
	"\"Labels\":{\"a\":\"b\"}}"
#define UNNAMED "{\"Id\":\"4cb0\",\"Names\":null,\"Labels\":null}"

static int ask(const char *reply, struct docker_containers *out, struct err *e)
{
	const struct fake_exchange script[] = {
		ANSWER("GET /v1.41/containers/json", 200, reply, "1.41"),
	};
	struct fake *f = FAKE_START(script);
	struct docker_engine *g = fake_open(f, false);
	struct deadline d = deadline_in(5000);
	int ret = docker_containers_read(g, out, &d, e);

	docker_close(g);
	fake_stop(f);
	return ret;
}

static void tells_the_swarms_from_others(void **state)
{
	static const struct {
		const char *reply;
		size_t of_swarm, standalone;
		const char *names;
	} rows[] = {
		{ "[]", 0, 0, "" },
		{ "[" OF_SWARM "]", 1, 0, "" },
		{ "[" PLAIN "," OF_SWARM "," UNNAMED "," OF_SWARM "]", 2, 2,
		  "registry, 4cb0" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct docker_containers c;
		struct err e = { 0 };

		if (ask(rows[i].reply, &c, &e))
			fail_msg("%s", e.msg);
		assert_int_equal(c.of_swarm, rows[i].of_swarm);
		assert_int_equal(c.standalone, rows[i].standalone);
		assert_string_equal(c.names, rows[i].names);
	}
}

static void cuts_a_long_list_of_names(void **state)
{
	struct docker_containers c;
	struct err e = { 0 };
	char reply[8192] = "[" PLAIN;

	(void)state;
	for (int i = 0; i < 60; i++)
		strcat(reply, "," PLAIN);
	strcat(reply, "]");
	assert_int_equal(ask(reply, &c, &e), 0);
	assert_int_equal(c.standalone, 61);
	assert_int_equal(strlen(c.names), sizeof(c.names) - 1);
}

static void refuses_what_is_no_list(void **state)
{
	struct docker_containers c;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(ask("{}", &c, &e), -1);
	assert_int_equal(e.kind, ERR_REFUSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_the_swarms_from_others),
		cmocka_unit_test(cuts_a_long_list_of_names),
		cmocka_unit_test(refuses_what_is_no_list),
	};

	return cmocka_run_group_tests_name("docker/container", tests, NULL, NULL);
}

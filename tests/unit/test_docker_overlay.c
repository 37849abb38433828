/* SPDX-License-Identifier: MIT */
/* Which containers use the overlay networks of a node, from replies of an engine. */
#include "fake_engine.h"

#include "docker/overlay.h"

#define NETWORKS "GET /v1.41/networks?filters=%7B%22scope%22%3A%5B%22swarm%22%5D%7D"
#define ON(network, id) \
	"\"NetworkSettings\":{\"Networks\":{\"" network "\":{\"NetworkID\":\"" id "\"}}}"
#define OWN "{\"Id\":\"8dfa\",\"Names\":[\"/own\"],\"Labels\":{}," ON("ov", "n1") "}"
#define BESIDE "{\"Id\":\"4cb0\",\"Names\":[\"/beside\"]," ON("bridge", "n9") "}"
#define OF_SWARM \
	"{\"Id\":\"5f6b\",\"Names\":[\"/web.1.0kzzo1i0y4jz\"]," \
	"\"Labels\":{\"com.docker.swarm.node.id\":\"24ifsm\"}," ON("ov", "n1") "}"
#define BARE "{\"Id\":\"7a11\",\"Names\":null}"

static int ask(const char *networks, const char *containers,
	       struct docker_overlay_users *out, struct err *e)
{
	const struct fake_exchange script[] = {
		ANSWER(NETWORKS, 200, networks, "1.41"),
		ANSWER("GET /v1.41/containers/json", 200, containers, "1.41"),
	};
	struct fake *f = FAKE_START(script);
	struct docker_engine *g = fake_open(f, false);
	struct deadline d = deadline_in(5000);
	int ret = docker_overlay_users(g, out, &d, e);

	docker_close(g);
	fake_stop(f);
	return ret;
}

static void names_who_loses_a_network(void **state)
{
	static const struct {
		const char *networks, *containers, *names;
		size_t count;
	} rows[] = {
		{ "[{\"Id\":\"n1\",\"Name\":\"ov\"}]", "[]", "", 0 },
		{ "[]", "[" OWN "]", "", 0 },
		{ "[{\"Id\":\"n0\"},{\"Id\":\"n1\"}]",
		  "[" BESIDE "," OWN "," OF_SWARM "," BARE "]", "own (ov)", 1 },
		{ "[{\"Id\":\"n1\"}]", "[" OWN "," OWN "]", "own (ov), own (ov)", 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct docker_overlay_users users;
		struct err e = { 0 };

		if (ask(rows[i].networks, rows[i].containers, &users, &e))
			fail_msg("%s", e.msg);
		assert_int_equal(users.count, rows[i].count);
		assert_string_equal(users.names, rows[i].names);
	}
}

static void cuts_a_long_list_of_names(void **state)
{
	struct docker_overlay_users users;
	struct err e = { 0 };
	char reply[16384] = "[" OWN;

	(void)state;
	for (int i = 0; i < 60; i++)
		strcat(reply, "," OWN);
	strcat(reply, "]");
	if (ask("[{\"Id\":\"n1\"}]", reply, &users, &e))
		fail_msg("%s", e.msg);
	assert_int_equal(users.count, 61);
	assert_in_range(strlen(users.names), 200, sizeof(users.names) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_who_loses_a_network),
		cmocka_unit_test(cuts_a_long_list_of_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

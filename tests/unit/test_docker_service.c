/* SPDX-License-Identifier: MIT */
/* Services and their tasks, from a list of an engine. */
/* mutant helpers/docker/service.c decode: condition json_is_object => false
 * mutant helpers/docker/service.c decode: condition docker_call_is_id => false */
#include "fake_engine.h"

#include "docker/service.h"

#define LIST "GET /v1.41/services?status=true"
#define WEB "9mnpnzenvg8p8tdbtq4wvbkcz"
#define SERVICE(id, mode, status) \
	"{\"ID\":\"" id "\",\"Version\":{\"Index\":7}," \
	"\"Spec\":{\"Name\":\"web\",\"Mode\":" mode "}" status "}"
#define STATUS(running, desired) \
	",\"ServiceStatus\":{\"RunningTasks\":" #running ",\"DesiredTasks\":" #desired \
	",\"CompletedTasks\":0}"

static int list(const char *body, struct docker_services *out, struct err *e)
{
	const struct fake_exchange x = ANSWER(LIST, 200, body, NULL);
	struct fake *f = fake_start(&x, 1, 0);
	struct docker_engine *g = fake_open(f, false);
	struct deadline d = deadline_in(20000);
	int ret = docker_services_list(g, out, &d, e);

	docker_close(g);
	fake_stop(f);
	return ret;
}

static const struct {
	const char *mode;
	bool global, job;
} modes[] = {
	{ "{\"Replicated\":{\"Replicas\":5}}", false, false },
	{ "{\"Global\":{}}", true, false },
	{ "{\"ReplicatedJob\":{\"MaxConcurrent\":1}}", false, true },
	{ "{\"GlobalJob\":{}}", false, true },
};

static void tells_modes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		struct docker_services s;
		struct err e = { 0 };
		char body[512];

		snprintf(body, sizeof(body), "[" SERVICE(WEB, "%s", STATUS(3, 5)) "]",
			 modes[i].mode);
		if (list(body, &s, &e))
			fail_msg("%s", e.msg);
		assert_int_equal(s.count, 1);
		assert_string_equal(s.list[0].name, "web");
		assert_int_equal(s.list[0].running, 3);
		assert_int_equal(s.list[0].desired, 5);
		assert_int_equal(s.list[0].global, modes[i].global);
		assert_int_equal(s.list[0].job, modes[i].job);
		docker_services_free(&s);
	}
}

static void finds_by_id(void **state)
{
	struct docker_services s;
	struct err e = { 0 };

	(void)state;
	if (list("[" SERVICE("0mnpnzenvg8p8tdbtq4wvbkcz", "{}", STATUS(0, 0)) "," SERVICE(
			 WEB, "{}", STATUS(1, 1)) "," SERVICE("1mnpnzenvg8p8tdbtq4wvbkcz",
							      "{}", STATUS(2, 2)) "]",
		 &s, &e))
		fail_msg("%s", e.msg);
	assert_int_equal(s.count, 3);
	assert_ptr_equal(docker_services_find(&s, WEB), &s.list[1]);
	assert_null(docker_services_find(&s, "2mnpnzenvg8p8tdbtq4wvbkcz"));
	docker_services_free(&s);
	assert_int_equal(s.count, 0);
}

static const struct {
	const char *body, *says;
} odd[] = {
	{ "[" SERVICE(WEB, "{}", "") "]",
	  "does not tell how many tasks service web runs" },
	{ "[" SERVICE("web", "{}", STATUS(1, 1)) "]", "without a valid ID" },
	{ "{}", "GET /services" },
};

static void refuses_what_it_cannot_count(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct docker_services s;
		struct err e = { 0 };

		assert_int_equal(list(odd[i].body, &s, &e), -1);
		assert_int_equal(e.kind, ERR_REFUSED);
		assert_non_null(strstr(e.msg, odd[i].says));
		assert_null(s.list);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_modes),
		cmocka_unit_test(finds_by_id),
		cmocka_unit_test(refuses_what_it_cannot_count),
	};

	return cmocka_run_group_tests_name("docker/service", tests, NULL, NULL);
}

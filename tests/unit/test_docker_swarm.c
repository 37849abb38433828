/* SPDX-License-Identifier: MIT */
/* Reading, making, joining and changing a swarm, over replies of an engine. */
#include "fake_engine.h"

#include "docker/swarm.h"

#define SPEC(labels) \
	"{\"Name\":\"default\",\"Labels\":" labels "," \
	"\"Orchestration\":{\"TaskHistoryRetentionLimit\":5},\"Raft\":{" \
	"\"SnapshotInterval\":10000,\"KeepOldSnapshots\":0," \
	"\"LogEntriesForSlowFollowers\":500,\"ElectionTick\":10," \
	"\"HeartbeatTick\":1},\"Dispatcher\":{\"HeartbeatPeriod\":5000000000}," \
	"\"CAConfig\":{\"NodeCertExpiry\":7776000000000000,\"ExternalCAs\":" \
	"[{\"Protocol\":\"cfssl\",\"URL\":\"https://ca\"}]},\"TaskDefaults\":" \
	"{},\"EncryptionConfig\":{\"AutoLockManagers\":true}}"
#define SWARM(version, labels) \
	"{\"ID\":\"abajmipo7b4xz5ip2nrla6b11\"," \
	"\"Version\":{\"Index\":" #version "},\"Spec\":" SPEC( \
		labels) "," \
			"\"TLSInfo\":{\"TrustRoot\":\"a\\nb\"},\"RootRotationInProgress\":" \
			"false,\"DefaultAddrPool\":null,\"SubnetSize\":24,\"DataPathPort\":" \
			"4789,\"JoinTokens\":{\"Worker\":\"SWMTKN-1-w\",\"Manager\":" \
			"\"SWMTKN-1-m\"}}"
#define UPDATE(version) \
	"POST /v1.41/swarm/update?version=" #version \
	"&rotateWorkerToken=false&rotateManagerToken=false" \
	"&rotateManagerUnlockKey=false"
#define RACE \
	"{\"message\":\"rpc error: code = Unknown desc = update out of " \
	"sequence\"}"

struct scene {
	struct fake *f;
	struct docker_engine *g;
	struct deadline d;
	struct err e;
};

static void begin(struct scene *s, const struct fake_exchange *script, size_t count)
{
	*s = (struct scene){ .d = deadline_in(5000) };
	s->f = fake_start(script, count, 0);
	s->g = fake_open(s->f, false);
}
#define BEGIN(s, script) begin(s, script, sizeof(script) / sizeof((script)[0]))

static void finish(struct scene *s)
{
	docker_close(s->g);
	fake_stop(s->f);
}

static void reads_the_tokens(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("GET /v1.41/swarm", 200, SWARM(11, "{\"a.b/c\":\"1\"}"), "1.41"),
	};
	struct docker_swarm w;
	struct scene s;

	(void)state;
	BEGIN(&s, script);
	assert_int_equal(docker_swarm_read(s.g, &w, &s.d, &s.e), 0);
	assert_string_equal(w.id, "abajmipo7b4xz5ip2nrla6b11");
	assert_string_equal(w.worker_token, "SWMTKN-1-w");
	assert_string_equal(w.manager_token, "SWMTKN-1-m");
	assert_string_equal(docker_swarm_label(&w, "a.b/c"), "1");
	assert_null(docker_swarm_label(&w, "other"));
	docker_swarm_wipe(&w);
	for (size_t i = 0; i < sizeof(w); i++)
		assert_int_equal(((const char *)&w)[i], 0);
	docker_swarm_wipe(&w);
	finish(&s);
}

/* mutant helpers/docker/swarm.c decode: condition out->worker_token => *out->id */
static void refuses_a_swarm_without_tokens(void **state)
{
	static const char *const rows[] = {
		"{}",
		"[]",
		"{\"ID\":\"x\"}",
		"{\"ID\":\"x\",\"JoinTokens\":null}",
		"{\"ID\":\"x\",\"JoinTokens\":{\"Worker\":\"SWMTKN-1-w\"}}",
		"{\"ID\":\"x\",\"JoinTokens\":{\"Worker\":\"SWMTKN-1-w\","
		"\"Manager\":null}}",
		"{\"JoinTokens\":{\"Worker\":\"SWMTKN-1-w\","
		"\"Manager\":\"SWMTKN-1-m\"}}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct fake_exchange script[] = {
			ANSWER("GET /v1.41/swarm", 200, rows[i], "1.41"),
		};
		struct docker_swarm w;
		struct scene s;

		BEGIN(&s, script);
		assert_int_equal(docker_swarm_read(s.g, &w, &s.d, &s.e), -1);
		assert_int_equal(s.e.kind, ERR_REFUSED);
		assert_null(strstr(s.e.msg, "SWMTKN"));
		assert_null(w.raw);
		finish(&s);
	}
}

static void tells_who_is_no_manager(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("GET /v1.41/swarm", 503,
		       "{\"message\":\"This node is "
		       "not a swarm manager. Use \\\"docker swarm init\\\"\"}",
		       "1.41"),
	};
	struct docker_swarm w;
	struct scene s;

	(void)state;
	BEGIN(&s, script);
	assert_int_equal(docker_swarm_read(s.g, &w, &s.d, &s.e), -1);
	assert_int_equal(s.e.kind, ERR_NOT_MANAGER);
	finish(&s);
}

static void sets_a_label_and_keeps_the_rest(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("GET /v1.41/swarm", 200, SWARM(11, "{\"a\":\"1\"}"), "1.41"),
		ANSWER(UPDATE(11), 500, RACE, "1.41"),
		ANSWER("GET /v1.41/swarm", 200, SWARM(12, "{\"a\":\"2\"}"), "1.41"),
		ANSWER(UPDATE(12), 200, "", "1.41"),
	};
	struct scene s;

	(void)state;
	BEGIN(&s, script);
	assert_int_equal(docker_swarm_set_label(s.g, "b", "x", &s.d, &s.e), 0);
	fake_body_is(s.f, 1, SPEC("{\"a\":\"1\",\"b\":\"x\"}"));
	fake_body_is(s.f, 3, SPEC("{\"a\":\"2\",\"b\":\"x\"}"));
	finish(&s);
}

static void sets_the_first_label_and_removes_one(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("GET /v1.41/swarm", 200, SWARM(11, "null"), "1.41"),
		ANSWER(UPDATE(11), 200, "", "1.41"),
		ANSWER("GET /v1.41/swarm", 200, SWARM(12, "{\"a\":\"1\",\"b\":\"2\"}"),
		       "1.41"),
		ANSWER(UPDATE(12), 200, "", "1.41"),
	};
	struct scene s;

	(void)state;
	BEGIN(&s, script);
	assert_int_equal(docker_swarm_set_label(s.g, "a", "1", &s.d, &s.e), 0);
	fake_body_is(s.f, 1, SPEC("{\"a\":\"1\"}"));
	assert_int_equal(docker_swarm_set_label(s.g, "a", NULL, &s.d, &s.e), 0);
	fake_body_is(s.f, 3, SPEC("{\"b\":\"2\"}"));
	finish(&s);
}

static void sends_no_label_that_is_there(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("GET /v1.41/swarm", 200, SWARM(11, "{\"a\":\"1\"}"), "1.41"),
		ANSWER("GET /v1.41/swarm", 200, SWARM(11, "{\"a\":\"1\"}"), "1.41"),
	};
	struct scene s;

	(void)state;
	BEGIN(&s, script);
	assert_int_equal(docker_swarm_set_label(s.g, "a", "1", &s.d, &s.e), 0);
	assert_int_equal(docker_swarm_set_label(s.g, "b", NULL, &s.d, &s.e), 0);
	finish(&s);
}

static void refuses_a_swarm_without_spec(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("GET /v1.41/swarm", 200,
		       "{\"ID\":\"x\",\"Spec\":null,"
		       "\"JoinTokens\":{\"Worker\":\"SWMTKN-1-w\",\"Manager\":"
		       "\"SWMTKN-1-m\"}}",
		       "1.41"),
	};
	struct scene s;

	(void)state;
	BEGIN(&s, script);
	assert_int_equal(docker_swarm_set_label(s.g, "a", "1", &s.d, &s.e), -1);
	assert_int_equal(s.e.kind, ERR_REFUSED);
	finish(&s);
}

static void asks_for_a_swarm(void **state)
{
	static const struct {
		struct docker_init p;
		const char *want;
	} rows[] = {
		{ { .advertise_addr = NULL },
		  "{\"ListenAddr\":\"0.0.0.0:2377\",\"Spec\":{}}" },
		{ { .advertise_addr = "fd00::1" },
		  "{\"ListenAddr\":\"[::]:2377\",\"AdvertiseAddr\":\"fd00::1\","
		  "\"Spec\":{}}" },
		{ { .advertise_addr = "10.0.0.1:2400" },
		  "{\"ListenAddr\":\"0.0.0.0:2377\",\"AdvertiseAddr\":"
		  "\"10.0.0.1:2400\",\"Spec\":{}}" },
		{ { .default_addr_pool = "10.20.0.0/16" },
		  "{\"ListenAddr\":\"0.0.0.0:2377\",\"DefaultAddrPool\":"
		  "[\"10.20.0.0/16\"],\"SubnetSize\":24,\"Spec\":{}}" },
		{ { .advertise_addr = "eth0",
		    .listen_addr = "eth0:2400",
		    .data_path_addr = "eth1",
		    .data_path_port = 7789,
		    .default_addr_pool = "10.20.0.0/16, 10.21.0.0/16",
		    .subnet_size = 26,
		    .has_task_history = true },
		  "{\"ListenAddr\":\"eth0:2400\",\"AdvertiseAddr\":\"eth0\","
		  "\"DataPathAddr\":\"eth1\",\"DataPathPort\":7789,"
		  "\"DefaultAddrPool\":[\"10.20.0.0/16\",\"10.21.0.0/16\"],"
		  "\"SubnetSize\":26,\"Spec\":{\"Orchestration\":"
		  "{\"TaskHistoryRetentionLimit\":0}}}" },
	};
	static const struct fake_exchange script[] = {
		ANSWER("POST /v1.41/swarm/init", 200, "\"7v2t30z9blmxuhnyo6s4cpenp\"\n",
		       "1.41"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scene s;

		BEGIN(&s, script);
		assert_int_equal(docker_swarm_init(s.g, &rows[i].p, &s.d, &s.e), 0);
		fake_body_is(s.f, 0, rows[i].want);
		finish(&s);
	}
}

static void asks_to_join(void **state)
{
	static const struct docker_join p = {
		.remote_addrs = "10.0.0.1:2377,[fd00::1]:2377",
		.token = "SWMTKN-1-w",
		.advertise_addr = "10.0.0.2",
		.availability = DOCKER_DRAINED,
	};
	static const struct fake_exchange script[] = {
		ANSWER("POST /v1.41/swarm/join", 200, "", "1.41"),
		ANSWER("POST /v1.41/swarm/join", 503,
		       "{\"message\":\"Timeout "
		       "was reached before node joined. The attempt to join "
		       "the swarm will continue in the background. Use the "
		       "\\\"docker info\\\" command to see the current swarm "
		       "status of your node.\"}",
		       "1.41"),
		ANSWER("POST /v1.41/swarm/join", 400,
		       "{\"message\":\"invalid "
		       "join token SWMTKN-1-w\"}",
		       "1.41"),
	};
	struct scene s;

	(void)state;
	BEGIN(&s, script);
	assert_int_equal(docker_swarm_join(s.g, &p, &s.d, &s.e), 0);
	fake_body_is(s.f, 0,
		     "{\"ListenAddr\":\"0.0.0.0:2377\","
		     "\"AdvertiseAddr\":\"10.0.0.2\",\"RemoteAddrs\":["
		     "\"10.0.0.1:2377\",\"[fd00::1]:2377\"],\"JoinToken\":"
		     "\"SWMTKN-1-w\",\"Availability\":\"drain\"}");
	assert_int_equal(docker_swarm_join(s.g, &p, &s.d, &s.e), 0);
	assert_int_equal(s.e.kind, ERR_NONE);
	assert_int_equal(docker_swarm_join(s.g, &p, &s.d, &s.e), -1);
	assert_int_equal(s.e.kind, ERR_REFUSED);
	assert_non_null(strstr(s.e.msg, "invalid join token SWMTKN-***"));
	finish(&s);
}

static void leaves(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("POST /v1.41/swarm/leave?force=false", 200, "", "1.41"),
		ANSWER("POST /v1.41/swarm/leave?force=true", 503,
		       "{\"message\":\"This node is not part of a swarm\"}", "1.41"),
		ANSWER("POST /v1.41/swarm/leave?force=false", 503,
		       "{\"message\":\"You are attempting to leave the swarm on "
		       "a node that is participating as a manager.\"}",
		       "1.41"),
	};
	struct scene s;

	(void)state;
	BEGIN(&s, script);
	assert_int_equal(docker_swarm_leave(s.g, false, &s.d, &s.e), 0);
	assert_int_equal(docker_swarm_leave(s.g, true, &s.d, &s.e), 0);
	assert_int_equal(s.e.kind, ERR_NONE);
	assert_int_equal(docker_swarm_leave(s.g, false, &s.d, &s.e), -1);
	assert_int_equal(s.e.kind, ERR_REFUSED);
	finish(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_tokens),
		cmocka_unit_test(refuses_a_swarm_without_tokens),
		cmocka_unit_test(tells_who_is_no_manager),
		cmocka_unit_test(sets_a_label_and_keeps_the_rest),
		cmocka_unit_test(sets_the_first_label_and_removes_one),
		cmocka_unit_test(sends_no_label_that_is_there),
		cmocka_unit_test(refuses_a_swarm_without_spec),
		cmocka_unit_test(asks_for_a_swarm),
		cmocka_unit_test(asks_to_join),
		cmocka_unit_test(leaves),
	};

	return cmocka_run_group_tests_name("docker/swarm", tests, NULL, NULL);
}

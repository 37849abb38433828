/* SPDX-License-Identifier: MIT */
/* When a swarm takes snapshots, changed for a while and put back, over replies of an engine. */
#include "fake_engine.h"

#include "base/js.h"
#include "docker/raft_settings.h"

#define KEY "a.b"
#define SWARM(version, labels, interval, entries) \
	"{\"ID\":\"abajmipo7b4xz5ip2nrla6b11\"," \
	"\"Version\":{\"Index\":" #version "},\"Spec\":{\"Name\":\"default\"" labels \
	",\"Raft\":{\"SnapshotInterval\":" #interval "," \
	"\"KeepOldSnapshots\":0,\"LogEntriesForSlowFollowers\":" #entries "}}," \
	"\"JoinTokens\":{\"Worker\":\"SWMTKN-1-w\",\"Manager\":\"SWMTKN-1-m\"}}"
#define NO_LABELS ",\"Labels\":null"
#define LABEL(text) ",\"Labels\":{\"other\":\"x\",\"" KEY "\":\"" text "\"}"
#define READ(version, labels, interval, entries) \
	ANSWER("GET /v1.41/swarm", 200, SWARM(version, labels, interval, entries), "1.41")
#define UPDATE(version, status, body) \
	ANSWER("POST /v1.41/swarm/update?version=" #version, status, body, NULL)
#define RACE "{\"message\":\"rpc error: desc = update out of sequence\"}"

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

/* What the request `i` sent: both settings and the label. */
static void expect_sent(struct scene *s, size_t i, int interval, int entries,
			const char *label)
{
	json_t *body = js_read(s->f->bodies[i], strlen(s->f->bodies[i]), "body", &s->e);

	assert_non_null(body);
	assert_int_equal(js_number(body, "Raft/SnapshotInterval"), interval);
	assert_int_equal(js_number(body, "Raft/LogEntriesForSlowFollowers"), entries);
	assert_string_equal(js_text(body, "Labels/" KEY), label);
	assert_string_equal(js_text(body, "Name"), "default");
	json_decref(body);
}

static void holds(void **state)
{
	static const struct fake_exchange script[] = {
		READ(11, NO_LABELS, 10000, 500),    UPDATE(11, 500, RACE),
		READ(12, NO_LABELS, 20000, 500),    UPDATE(12, 200, ""),
		READ(13, LABEL("20000,500"), 1, 1), UPDATE(13, 200, ""),
	};
	struct scene s;

	(void)state;
	BEGIN(&s, script);
	assert_int_equal(docker_raft_settings_hold(s.g, KEY, &s.d, &s.e), 0);
	assert_int_equal(docker_raft_settings_hold(s.g, KEY, &s.d, &s.e), 0);
	expect_sent(&s, 1, 1, 1, "10000,500");
	expect_sent(&s, 3, 1, 1, "20000,500");
	expect_sent(&s, 5, 1, 1, "20000,500");
	finish(&s);
}

static void releases(void **state)
{
	static const struct fake_exchange script[] = {
		READ(13, LABEL("20000,700"), 1, 1),
		UPDATE(13, 200, ""),
		READ(14, NO_LABELS, 20000, 700),
		READ(15, LABEL("x,0"), 1, 1),
		UPDATE(15, 200, ""),
	};
	struct scene s;

	(void)state;
	BEGIN(&s, script);
	for (int i = 0; i < 3; i++)
		assert_int_equal(docker_raft_settings_release(s.g, KEY, &s.d, &s.e), 0);
	expect_sent(&s, 1, 20000, 700, "");
	expect_sent(&s, 4, 10000, 500, "");
	finish(&s);
}

static void tells_whether_they_are_held(void **state)
{
	static const struct fake_exchange script[] = {
		READ(13, LABEL("20000,700"), 1, 1),
		READ(14, NO_LABELS, 20000, 700),
	};
	struct scene s;
	bool held;

	(void)state;
	BEGIN(&s, script);
	assert_int_equal(docker_raft_settings_held(s.g, KEY, &held, &s.d, &s.e), 0);
	assert_true(held);
	assert_int_equal(docker_raft_settings_held(s.g, KEY, &held, &s.d, &s.e), 0);
	assert_false(held);
	finish(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds),
		cmocka_unit_test(releases),
		cmocka_unit_test(tells_whether_they_are_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

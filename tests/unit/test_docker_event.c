/* SPDX-License-Identifier: MIT */
/* Events of an engine, and the end of their stream. */
#include "fake_engine.h"

#include "docker/event.h"

#define NODE_EVENTS \
	"GET /v1.41/events?filters=%7B%22type%22%3A%5B%22node%22" \
	"%5D%7D"
#define TASK_EVENTS \
	"GET /v1.41/events?filters=%7B%22type%22%3A%5B%22container" \
	"%22%5D%2C%22event%22%3A%5B%22die%22%5D%2C%22label%22%3A%5B%22com." \
	"docker.swarm.node.id%22%5D%7D"
#define EVENT \
	"{\"Type\":\"node\",\"Action\":\"update\",\"Actor\":{\"ID\":" \
	"\"24ifsmvkjbyhk1111111aaaaa\",\"Attributes\":{\"name\":\"a\"}}," \
	"\"scope\":\"swarm\",\"time\":1700000000}\n"

/* Opens a stream on a fake engine that answers the ping and then `x`. */
static void open_one(const struct fake_exchange *script, struct fake **f,
		     struct docker_engine **g, struct docker_events **ev,
		     enum docker_event_kind kind)
{
	struct deadline d = deadline_in(5000);
	struct err e = { 0 };

	*f = fake_start(script, 2, 0);
	*g = fake_open(*f, false);
	if (docker_events_open(ev, *g, kind, &d, &e))
		fail_msg("%s", e.msg);
}

static void tells_of_events(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("GET /v1.41/_ping", 200, "OK", "1.41"),
		{ .request = NODE_EVENTS,
		  .status = 200,
		  .body = EVENT EVENT EVENT,
		  .keep_open = true },
	};
	struct deadline d = deadline_in(5000);
	struct docker_events *ev;
	struct docker_engine *g;
	struct err e = { 0 };
	struct fake *f;

	(void)state;
	open_one(script, &f, &g, &ev, DOCKER_EVENT_NODE);
	assert_int_equal(docker_events_wait(ev, 4000, &d, &e), DOCKER_EVENTS_CAME);
	assert_int_equal(docker_events_wait(ev, 50, &d, &e), DOCKER_EVENTS_NONE);
	assert_int_equal(e.kind, ERR_NONE);
	docker_events_close(ev);
	docker_events_close(NULL);
	docker_close(g);
	fake_stop(f);
}

static void tells_of_the_end(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("GET /v1.41/_ping", 200, "OK", "1.41"),
		ANSWER(TASK_EVENTS, 200, "", "1.41"),
	};
	struct deadline d = deadline_in(5000);
	struct docker_events *ev;
	struct docker_engine *g;
	struct err e = { 0 };
	struct fake *f;

	(void)state;
	open_one(script, &f, &g, &ev, DOCKER_EVENT_TASK);
	assert_int_equal(docker_events_wait(ev, 4000, &d, &e), DOCKER_EVENTS_FAILED);
	assert_int_equal(e.kind, ERR_UNREACHABLE);
	assert_int_equal(strncmp(e.msg, "dev-manager-1: GET /events: ", 28), 0);
	docker_events_close(ev);
	docker_close(g);
	fake_stop(f);
}

/* mutant helpers/docker/event.c docker_events_wait: condition deadline_left_ms => true */
static void ends_with_the_time(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("GET /v1.41/_ping", 200, "OK", "1.41"),
		{ .request = NODE_EVENTS, .status = 200, .keep_open = true },
	};
	struct deadline d = deadline_in(100), stopped = deadline_in(5000);
	struct docker_events *ev;
	struct docker_engine *g;
	struct err e = { 0 };
	struct fake *f;
	int ends[2];

	(void)state;
	open_one(script, &f, &g, &ev, DOCKER_EVENT_NODE);
	assert_int_equal(docker_events_wait(ev, 4000, &d, &e), DOCKER_EVENTS_FAILED);
	assert_int_equal(e.kind, ERR_DEADLINE);
	assert_int_equal(pipe(ends), 0);
	close(ends[1]);
	stopped.stop_fd = ends[0];
	e.kind = ERR_NONE;
	assert_int_equal(docker_events_wait(ev, 4000, &stopped, &e),
			 DOCKER_EVENTS_FAILED);
	assert_int_equal(e.kind, ERR_DEADLINE);
	close(ends[0]);
	docker_events_close(ev);
	docker_close(g);
	fake_stop(f);
}

static void works_beside_other_requests(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("GET /v1.41/info", 200, "{}", "1.41"),
		{ .request = NODE_EVENTS,
		  .status = 200,
		  .body = EVENT,
		  .keep_open = true },
		ANSWER("GET /v1.41/info", 200, "{}", "1.41"),
	};
	struct deadline d = deadline_in(5000);
	struct fake *f = FAKE_START(script);
	struct docker_engine *g = fake_open(f, false);
	struct docker_events *ev;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(docker_call(g, DOCKER_REQUEST("GET", "/info", NULL), NULL, &d,
				     &e),
			 0);
	if (docker_events_open(&ev, g, DOCKER_EVENT_NODE, &d, &e))
		fail_msg("%s", e.msg);
	assert_int_equal(docker_call(g, DOCKER_REQUEST("GET", "/info", NULL), NULL, &d,
				     &e),
			 0);
	assert_int_equal(docker_events_wait(ev, 4000, &d, &e), DOCKER_EVENTS_CAME);
	docker_events_close(ev);
	docker_close(g);
	fake_stop(f);
}

static void says_what_cannot_be_opened(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("GET /v1.41/_ping", 200, "OK", "1.41"),
		ANSWER(NODE_EVENTS, 500, "{\"message\":\"no events\"}", "1.41"),
	};
	struct deadline d = deadline_in(5000);
	struct fake *f = FAKE_START(script);
	struct docker_engine *g = fake_open(f, false);
	struct docker_events *ev = NULL;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(docker_events_open(&ev, g, DOCKER_EVENT_NODE, &d, &e), -1);
	assert_int_equal(strncmp(e.msg, "dev-manager-1: GET /events: ", 28), 0);
	docker_close(g);
	fake_stop(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_of_events),
		cmocka_unit_test(tells_of_the_end),
		cmocka_unit_test(ends_with_the_time),
		cmocka_unit_test(works_beside_other_requests),
		cmocka_unit_test(says_what_cannot_be_opened),
	};

	return cmocka_run_group_tests_name("docker/event", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* A feed: what it asks and in which order, a manager that goes, a log that is asked for. */
/* mutant helpers/watch/feed_look.c watch_feed_use: f->all_at => f->begun_ms
 * mutant helpers/watch/feed_look.c watch_feed_lose: tell_status() => */
#include "fake_engine.h"

#include "watch/feed.h"

#define EVENTS \
	"GET /v1.41/events?filters=%7B%22type%22%3A%5B%22node%22%2C%22service%22%5D%7D"
#define NODE "9mnpnzenvg8p8tdbtq4wvbkcz"
#define SERVICE "8mnpnzenvg8p8tdbtq4wvbkcz"
#define TASK "7mnpnzenvg8p8tdbtq4wvbkcz"
#define INFO \
	"{\"ID\":\"e\",\"Name\":\"dev-manager-1\",\"ServerVersion\":\"28.5.2\",\"Swarm\":" \
	"{\"NodeID\":\"" NODE \
	"\",\"NodeAddr\":\"10.0.0.1\",\"LocalNodeState\":\"active\"," \
	"\"ControlAvailable\":true,\"Error\":\"\",\"RemoteManagers\":[]," \
	"\"Cluster\":{\"ID\":\"6mnpnzenvg8p8tdbtq4wvbkcz\"}}}"
#define NODES "[{\"ID\":\"" NODE "\",\"Description\":{\"Hostname\":\"dev-manager-1\"}}]"
#define SERVICES "[{\"ID\":\"" SERVICE "\",\"Spec\":{\"Name\":\"web\"}}]"
#define TASKS(state) \
	"[{\"ID\":\"" TASK "\",\"ServiceID\":\"" SERVICE "\",\"NodeID\":\"" NODE "\"," \
	"\"Slot\":1,\"DesiredState\":\"running\",\"Status\":{\"State\":\"" state "\"}}]"

/* What was told, a letter each: u a manager is used, l it is lost, + a thing is new,
 * * it changed, - it is gone, . a look has ended. */
static char told[256];

static void tell(char c)
{
	size_t n = strlen(told);

	if (n + 1 < sizeof(told)) {
		told[n] = c;
		told[n + 1] = '\0';
	}
}

static void changed(void *ctx, const struct watch_change *c)
{
	(void)ctx;
	tell("+*-"[c->change]);
}

static void linked(void *ctx, const struct watch_status *s)
{
	(void)ctx;
	tell(s->connected ? 'u' : 'l');
}

static void looked(void *ctx, const struct watch_model *m)
{
	(void)ctx;
	(void)m;
	tell('.');
}

/* Waits until that is the beginning of what was told. */
static void wait_told(struct watch_feed *f, const char *want)
{
	struct deadline d = deadline_in(20000);
	bool there = false;

	while (!there && deadline_left_ms(&d)) {
		struct pollfd p = { .fd = watch_feed_fd(f), .events = POLLIN };

		poll(&p, 1, 1000);
		watch_feed_woken(f);
		watch_feed_lock(f);
		there = !strncmp(told, want, strlen(want));
		watch_feed_unlock(f);
	}
	assert_string_equal(there ? want : told, want);
}

static struct watch_feed *start(struct fake *fake, struct docker_target *target,
				struct swarm_hosts *hosts)
{
	struct watch_feed_params p = { .managers = hosts,
				       .timeout_ms = 5000,
				       .listener = { changed, linked, looked, NULL } };
	struct deadline d = deadline_in(5000);
	struct watch_feed *f = NULL;
	struct err e = { 0 };

	*target = (struct docker_target){ .label = "dev-manager-1" };
	target->login.host = fake->host;
	*hosts = (struct swarm_hosts){ target, 1 };
	*told = '\0';
	if (watch_feed_start(&f, &p, &d, &e))
		fail_msg("%s", e.msg);
	return f;
}

static void goes_on_when_a_manager_goes(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("GET /v1.41/info", 200, INFO, NULL),
		{ .request = EVENTS, .status = 200, .keep_open = true },
		ANSWER("GET /v1.41/nodes", 200, NODES, NULL),
		ANSWER("GET /v1.41/services", 200, SERVICES, NULL),
		ANSWER("GET /v1.41/tasks", 200, TASKS("starting"), NULL),
		{ .request = "GET /v1.41/tasks",
		  .status = 200,
		  .body = TASKS("running"),
		  .cut = true },
		ANSWER("GET /v1.41/info", 200, INFO, NULL),
		{ .request = EVENTS, .status = 200, .keep_open = true },
		ANSWER("GET /v1.41/nodes", 200, NODES, NULL),
		ANSWER("GET /v1.41/services", 200, SERVICES, NULL),
		{ .request = "GET /v1.41/tasks",
		  .status = 200,
		  .body = TASKS("running"),
		  .again = true },
	};
	struct fake *fake = FAKE_START(script);
	struct docker_target target;
	struct swarm_hosts hosts;
	struct watch_feed *f = start(fake, &target, &hosts);

	(void)state;
	wait_told(f, "u+++.lu*.");
	watch_feed_lock(f);
	assert_true(watch_feed_status(f)->connected);
	assert_string_equal(watch_feed_status(f)->manager, "dev-manager-1");
	assert_int_equal(watch_feed_model(f)->tasks.list[0].state, DOCKER_TASK_RUNNING);
	watch_feed_unlock(f);
	watch_feed_stop(f);
	fake_stop(fake);
}

static void reads_a_log_meanwhile(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("GET /v1.41/info", 200, INFO, NULL),
		/* what tells of no events is asked all the same */
		ANSWER(EVENTS, 400, "{\"message\":\"no such filter\"}", NULL),
		ANSWER("GET /v1.41/nodes", 200, NODES, NULL),
		ANSWER("GET /v1.41/services", 200, SERVICES, NULL),
		{ .request = "GET /v1.41/tasks",
		  .status = 200,
		  .body = TASKS("running"),
		  .again = true },
		ANSWER("GET /v1.41/tasks/" TASK "/logs?stdout=1&stderr=1&tail=5", 200,
		       "one\n", NULL),
		{ .request = "GET /v1.41/tasks",
		  .status = 200,
		  .body = "[]",
		  .again = true },
	};
	struct fake *fake = FAKE_START(script);
	struct docker_target target;
	struct swarm_hosts hosts;
	struct watch_feed *f = start(fake, &target, &hosts);
	struct watch_ask ask = { .lines = 5, .task = TASK, .text = BUF_INIT(4096) };

	(void)state;
	wait_told(f, "u+++.");
	watch_feed_ask(f, &ask);
	assert_true(watch_feed_await(f, &ask, 20000));
	assert_int_equal(ask.ret, 0);
	assert_string_equal(buf_str(&ask.text), "one\n");
	watch_feed_drop(f, &ask);
	buf_free(&ask.text);
	wait_told(f, "u+++.-.");
	watch_feed_stop(f);
	fake_stop(fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goes_on_when_a_manager_goes),
		cmocka_unit_test(reads_a_log_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

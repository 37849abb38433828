/* SPDX-License-Identifier: MIT */
/* What a call of an engine sends, and what becomes of its reply. */
#include "fake_engine.h"

#include "base/buf.h"

/* One GET /info against a script; the reply must be {"Name":"a"}. */
static void succeeds(const struct fake_exchange *script, size_t count)
{
	struct fake *f = fake_start(script, count, 0);
	struct docker_engine *g = fake_open(f, false);
	struct deadline d = deadline_in(5000);
	struct err e = { 0 };
	json_t *reply = NULL;

	if (docker_call(g, DOCKER_REQUEST("GET", "/info", NULL), &reply, &d, &e))
		fail_msg("%s", e.msg);
	assert_string_equal(json_string_value(json_object_get(reply, "Name")), "a");
	json_decref(reply);
	docker_close(g);
	fake_stop(f);
}

/* One GET /info?x=y against a script; it must fail so. */
static void fails(const struct fake_exchange *script, size_t count, enum err_kind kind,
		  const char *text)
{
	struct fake *f = fake_start(script, count, 0);
	struct docker_engine *g = fake_open(f, false);
	struct deadline d = deadline_in(5000);
	struct err e = { 0 };
	json_t *reply = NULL;

	assert_int_equal(docker_call(g, DOCKER_REQUEST("GET", "/info?x=y", NULL), &reply,
				     &d, &e),
			 -1);
	assert_null(reply);
	if (e.kind != kind || !strstr(e.msg, text))
		fail_msg("kind %d: %s; expected kind %d: %s", (int)e.kind, e.msg,
			 (int)kind, text);
	assert_int_equal(strncmp(e.msg, "dev-manager-1: ", 15), 0);
	assert_null(strstr(e.msg, "x=y"));
	docker_close(g);
	fake_stop(f);
}

#define SUCCEEDS(...) \
	do { \
		const struct fake_exchange script_[] = { __VA_ARGS__ }; \
		succeeds(script_, sizeof(script_) / sizeof(script_[0])); \
	} while (0)
#define FAILS(kind, text, ...) \
	do { \
		const struct fake_exchange script_[] = { __VA_ARGS__ }; \
		fails(script_, sizeof(script_) / sizeof(script_[0]), kind, text); \
	} while (0)

#define TOO_OLD \
	"{\"message\":\"client version 1.41 is too old. Minimum " \
	"supported API version is 1.44, please upgrade your client to a " \
	"newer version\"}"
#define TOO_NEW \
	"{\"message\":\"client version 1.41 is too new. Maximum " \
	"supported API version is 1.40\"}"

/* mutant helpers/docker/call.c choose_version: g->minor = least */
static void agrees_on_a_version(void **state)
{
	(void)state;
	SUCCEEDS(ANSWER("GET /v1.41/info", 200, "{\"Name\":\"a\"}", "1.41"));
	SUCCEEDS(ANSWER("GET /v1.41/info", 400, TOO_OLD, "1.48"),
		 ANSWER("GET /v1.48/info", 200, "{\"Name\":\"a\"}", "1.48"));
	SUCCEEDS(ANSWER("GET /v1.41/info", 400, TOO_OLD, "1.60"),
		 ANSWER("GET /v1.51/info", 200, "{\"Name\":\"a\"}", "1.60"));
	SUCCEEDS(ANSWER("GET /v1.41/info", 400, TOO_OLD, NULL),
		 ANSWER("GET /v1.44/info", 200, "{\"Name\":\"a\"}", NULL));
	SUCCEEDS(ANSWER("GET /v1.41/info", 400, TOO_NEW, "1.40"),
		 ANSWER("GET /v1.40/info", 200, "{\"Name\":\"a\"}", "1.40"));
	SUCCEEDS(ANSWER("GET /v1.41/info", 400, TOO_NEW, NULL),
		 ANSWER("GET /v1.40/info", 200, "{\"Name\":\"a\"}", NULL));
}

static void refuses_a_version_out_of_reach(void **state)
{
	(void)state;
	FAILS(ERR_REFUSED, "1.40 to 1.51",
	      ANSWER("GET /v1.41/info?x=y", 400,
		     "{\"message\":\"client version "
		     "1.41 is too new. Maximum supported API version is 1.39\"}",
		     "1.39"));
	FAILS(ERR_REFUSED, "1.40 to 1.51",
	      ANSWER("GET /v1.41/info?x=y", 400,
		     "{\"message\":\"client version "
		     "1.41 is too old. Minimum supported API version is 1.53\"}",
		     "1.60"));
	FAILS(ERR_REFUSED, "1.40 to 1.51",
	      ANSWER("GET /v1.41/info?x=y", 400, TOO_OLD, "1.41"));
	/* never a third round */
	FAILS(ERR_REFUSED, "is too old",
	      ANSWER("GET /v1.41/info?x=y", 400, TOO_OLD, "1.44"),
	      ANSWER("GET /v1.44/info?x=y", 400, TOO_OLD, "1.45"));
}

static void remembers_the_version(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("POST /v1.41/swarm/init", 400, TOO_OLD, "1.47"),
		ANSWER("POST /v1.47/swarm/init", 200, "\"id\"", "1.47"),
		ANSWER("GET /v1.47/info", 200, "{}", "1.47"),
	};
	struct fake *f = FAKE_START(script);
	struct docker_engine *g = fake_open(f, false);
	struct deadline d = deadline_in(5000);
	struct err e = { 0 };
	json_t *body = json_pack("{s:s}", "ListenAddr", "a"), *reply = NULL;

	(void)state;
	assert_int_equal(docker_call(g, DOCKER_REQUEST("POST", "/swarm/init", body), NULL,
				     &d, &e),
			 0);
	assert_int_equal(docker_call(g, DOCKER_REQUEST("GET", "/info", NULL), &reply, &d,
				     &e),
			 0);
	fake_body_is(f, 0, "{\"ListenAddr\":\"a\"}");
	fake_body_is(f, 1, "{\"ListenAddr\":\"a\"}");
	assert_string_equal(f->bodies[2], "");
	json_decref(body);
	json_decref(reply);
	docker_close(g);
	fake_stop(f);
}

static void tells_refusals_apart(void **state)
{
	static const struct {
		int status;
		const char *body;
		enum err_kind kind;
		const char *text;
	} rows[] = {
		{ 404, "{\"message\":\"node x not found\"}", ERR_NOT_FOUND,
		  "dev-manager-1: GET /info: node x not found" },
		{ 409, "{\"message\":\"conflict\"}", ERR_CONFLICT, "conflict" },
		{ 500,
		  "{\"message\":\"rpc error: code = Unknown desc = update "
		  "out of sequence\"}",
		  ERR_CONFLICT, "out of sequence" },
		{ 503,
		  "{\"message\":\"This node is not a swarm manager. Use "
		  "x\"}",
		  ERR_NOT_MANAGER, "not a swarm manager" },
		{ 500, "not JSON\x1b[31m", ERR_REFUSED, "not JSON?[31m" },
		{ 500, "{\"message\":\"bad SWMTKN-1-aaa-bbb\"}", ERR_REFUSED,
		  "bad SWMTKN-***" },
		{ 302, "", ERR_REFUSED, "HTTP status 302" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		FAILS(rows[i].kind, rows[i].text,
		      ANSWER("GET /v1.41/info?x=y", rows[i].status, rows[i].body,
			     "1.41"));
}

static void refuses_garbled_replies(void **state)
{
	(void)state;
	FAILS(ERR_REFUSED, "not valid JSON",
	      ANSWER("GET /v1.41/info?x=y", 200, "{\"Name\":", "1.41"));
	FAILS(ERR_REFUSED, "not valid JSON",
	      ANSWER("GET /v1.41/info?x=y", 200, "", "1.41"));
	FAILS(ERR_REFUSED, "twice",
	      ANSWER("GET /v1.41/info?x=y", 200, "{\"a\":1,\"a\":2}", "1.41"));
	FAILS(ERR_UNREACHABLE, "",
	      { .request = "GET /v1.41/info?x=y",
		.status = 200,
		.body = "{\"Name\":",
		.cut = true });
}

static void waits_for_boot(void **state)
{
	static const struct fake_exchange script[] = {
		ANSWER("GET /v1.41/info", 200, "{}", "1.41"),
	};
	struct fake *f = fake_start(script, 1, 300);
	struct docker_engine *g = fake_open(f, true);
	struct deadline d = deadline_in(5000);
	struct err e = { 0 };
	json_t *reply = NULL;

	(void)state;
	if (docker_call(g, DOCKER_REQUEST("GET", "/info", NULL), &reply, &d, &e))
		fail_msg("%s", e.msg);
	json_decref(reply);
	docker_close(g);
	fake_stop(f);
}

/* A socket is left behind when its daemon is killed. */
static void tells_what_is_wrong_with_a_socket(void **state)
{
	struct docker_target place = { .label = "a" };
	struct deadline d = deadline_in(5000);
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct docker_engine *g;
	struct err e = { 0 };
	char dir[] = "/tmp/test-docker-XXXXXX", host[128];
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(un.sun_path, sizeof(un.sun_path), "%s/s", dir);
	snprintf(host, sizeof(host), "unix://%s", un.sun_path);
	place.login.host = host;
	assert_int_equal(docker_open(&g, &place, &d, &e), 0);
	assert_int_equal(docker_call(g, DOCKER_REQUEST("GET", "/info", NULL), NULL, &d,
				     &e),
			 -1);
	assert_non_null(strstr(e.msg, "no socket at"));
	assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	assert_int_equal(docker_call(g, DOCKER_REQUEST("GET", "/info", NULL), NULL, &d,
				     &e),
			 -1);
	assert_non_null(strstr(e.msg, "nothing listens on"));
	docker_close(g);
	close(fd);
	unlink(un.sun_path);
	rmdir(dir);
}

static void gives_up_without_an_engine(void **state)
{
	struct docker_target place = { .label = "dev-worker-2" };
	struct deadline d = deadline_in(700);
	struct docker_engine *g;
	struct err e = { 0 };

	(void)state;
	place.login.host = "unix:///nonexistent/docker.sock";
	assert_int_equal(docker_open(&g, &place, &d, &e), 0);
	assert_string_equal(docker_label(g), "dev-worker-2");
	assert_int_equal(docker_call(g, DOCKER_REQUEST("GET", "/info", NULL), NULL, &d,
				     &e),
			 -1);
	assert_int_equal(e.kind, ERR_NO_ENGINE);
	docker_close(g);

	place.login.wait_for_boot = true;
	assert_int_equal(docker_open(&g, &place, &d, &e), 0);
	assert_int_equal(docker_call(g, DOCKER_REQUEST("GET", "/info", NULL), NULL, &d,
				     &e),
			 -1);
	assert_int_equal(e.kind, ERR_BUSY);
	assert_int_equal(strncmp(e.msg, "dev-worker-2: Docker did not come up", 36), 0);
	assert_int_equal(deadline_left_ms(&d), 0);
	docker_close(g);
	docker_close(NULL);
}

static void encodes_paths(void **state)
{
	struct buf b = BUF_INIT(256), small = BUF_INIT(8);

	(void)state;
	assert_int_equal(docker_encode(&b, "aZ0-._~ /?&%\"\xc3\xa9"), 0);
	assert_string_equal(buf_str(&b), "aZ0-._~%20%2F%3F%26%25%22%C3%A9");
	assert_int_equal(docker_encode(&small, "a long text"), -1);
	buf_free(&b);
	buf_adds(&b, "/tasks");
	assert_int_equal(docker_filters(&b, json_pack("{s:[s]}", "node", "x")), 0);
	assert_string_equal(buf_str(&b),
			    "/tasks?filters=%7B%22node%22%3A%5B%22x%22%5D%7D");
	assert_int_equal(docker_filters(&b, NULL), -1);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_on_a_version),
		cmocka_unit_test(refuses_a_version_out_of_reach),
		cmocka_unit_test(remembers_the_version),
		cmocka_unit_test(tells_refusals_apart),
		cmocka_unit_test(refuses_garbled_replies),
		cmocka_unit_test(waits_for_boot),
		cmocka_unit_test(tells_what_is_wrong_with_a_socket),
		cmocka_unit_test(gives_up_without_an_engine),
		cmocka_unit_test(encodes_paths),
	};

	return cmocka_run_group_tests_name("docker/call", tests, NULL, NULL);
}

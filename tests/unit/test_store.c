/* SPDX-License-Identifier: MIT */
/* Stores: which places there are, what is read from one, and what is written. What servers make
 * of it: store/test-store.sh. */
#include "aws_server.h"

#include "base/deadline.h"
#include "base/err.h"
#include "store/store.h"

#define WORKER "SWMTKN-1-aaaaaaaaaaaaaaaaaaaaaaaaa-bbbbbbbb"
#define MANAGER "SWMTKN-1-aaaaaaaaaaaaaaaaaaaaaaaaa-cccccccc"
#define ADDRESSES "10.0.1.11:2377,[fd00::2]:2377"
#define ITEM(value, id) \
	"{\"Item\":{\"TokenCode\":{\"S\":\"" value "\"},\"ClusterId\":{\"S\":\"" id \
	"\"}}}"
#define ITEMS(list) REPLY("200 OK", "{\"Responses\":[" list "]}")
#define WHOLE ITEMS(ITEM(ADDRESSES, "us") "," ITEM(WORKER, "us"))
#define DOCUMENT(token, id) \
	"{\\\"cluster_id\\\":\\\"" id "\\\",\\\"managers\\\":\\\"" ADDRESSES \
	"\\\",\\\"token\\\":\\\"" token "\\\"}"
#define PARAMETER(text) REPLY("200 OK", "{\"Parameter\":{\"Value\":\"" text "\"}}")
#define NONE REPLY("400 No", "{\"__type\":\"ParameterNotFound\"}")

static struct err e;
static struct store_entry entry;

static struct store *open_with(const char *place, json_t *names)
{
	const struct store_params p = {
		.place = place, .region = "eu-west-1", .endpoint = aws.url, .names = names
	};
	struct store *s = NULL;

	setenv("AWS_ACCESS_KEY_ID", "AKID", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "hidden", 1);
	if (store_open(&s, &p, &e))
		fail_msg("%s", e.msg);
	json_decref(names);
	return s;
}

static struct store *open_store(const char *place)
{
	return open_with(place, NULL);
}

/* ---- places ---- */

static void is_refused(struct store_params p, const char *part)
{
	struct store *s = NULL;

	p.region = "eu-west-1";
	if (!store_open(&s, &p, &e))
		fail_msg("not refused: %s", p.place);
	if (e.kind != ERR_USAGE || !strstr(e.msg, part))
		fail_msg("%s: expected \"%s\", got %d: %s", p.place, part, e.kind, e.msg);
}

static void knows_places(void **state)
{
	static const char *const none[] = {
		"",
		"dev",
		"ftp://a/b",
		"dynamodb://",
		"dynamodb://T",
		"dynamodb://T/",
		"dynamodb:///dev",
		"ssm:///a/b",
		"ssm://a//b",
		"s3://swarms/a/../b",
		"s3://swarms/a b",
		"s3://swarms/dev?x",
	};
	static const char *const some[] = { "dynamodb://T/dev", "ssm://a/dev",
					    "ssm://a/b/c", "s3://swarms/dev",
					    "s3://swarms/a/b-c/d_e.f" };

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		is_refused((struct store_params){ .place = none[i] },
			   "store: expected dynamodb://TABLE/NAME");
	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++)
		store_close(open_store(some[i]));
	is_refused((struct store_params){ .place = "dynamodb://T/a/b" }, "without a /");
}

/* mutant helpers/store/dynamodb.c are_unlike: strcmp() => 1
 *   fails refuses_what_does_not_go_with_it */
static void refuses_what_does_not_go_with_it(void **state)
{
	struct store_params p = { .place = "dynamodb://T/dev", .kms_key = "k" };
	json_t *names = json_pack("{s:s}", "value", "V");

	(void)state;
	is_refused(p, "kms_key: does not go with dynamodb://");
	p = (struct store_params){ .place = "ssm://a/dev", .names = names };
	is_refused(p, "store_names: does not go with ssm://");
	p.place = "s3://swarms/dev";
	is_refused(p, "store_names: does not go with s3://");
	json_object_set_new(names, "worker", json_string("_manager_token"));
	p.place = "dynamodb://T/dev";
	is_refused(p, "two items, have one name");
	json_object_set_new(names, "worker", json_string(""));
	is_refused(p, "\"worker\" is none of them, or has no such name");
	json_object_clear(names);
	json_object_set_new(names, "colour", json_string("red"));
	is_refused(p, "\"colour\" is none of them");
	json_decref(names);
}

/* ---- read ---- */

static int read_as(const char *place, enum store_role role, const char *reply)
{
	const struct exchange script[] = { { "", NULL, reply } };
	struct deadline d = deadline_in(20000);
	struct store *s = open_store(place);
	int ret;

	expect_requests(script, 1);
	e = (struct err){ 0 };
	ret = store_read(s, STORE_ROLE(role), &entry, &d, &e);
	store_close(s);
	expect_all_came();
	return ret;
}

static void is_bad(const char *place, const char *reply, enum err_kind kind,
		   const char *part)
{
	if (!read_as(place, STORE_WORKER, reply))
		fail_msg("not refused: %s", part);
	if (e.kind != kind || !strstr(e.msg, part) ||
	    strncmp(e.msg, place, strlen(place)) || strstr(e.msg, "SWMTKN"))
		fail_msg("expected %d and \"%s\", got %d: %s", kind, part, e.kind, e.msg);
	assert_int_equal(*entry.token[STORE_WORKER], 0);
}

static void reads_by_one_request(void **state)
{
	(void)state;
	if (read_as("dynamodb://T/dev", STORE_WORKER, WHOLE))
		fail_msg("%s", e.msg);
	assert_non_null(strstr(aws.last, "\"dev_manager_address\""));
	assert_non_null(strstr(aws.last, "\"dev_worker_token\""));
	assert_null(strstr(aws.last, "\"dev_manager_token\""));
	assert_string_equal(entry.token[STORE_WORKER], WORKER);
	assert_string_equal(entry.managers, ADDRESSES);
	assert_string_equal(entry.cluster_id, "us");
	if (read_as("ssm://a/dev", STORE_WORKER, PARAMETER(DOCUMENT(WORKER, "us"))))
		fail_msg("%s", e.msg);
	assert_non_null(strstr(aws.last, "\"/a/dev/worker\""));
	assert_string_equal(entry.token[STORE_WORKER], WORKER);
	if (read_as("ssm://a/dev", STORE_MANAGER, PARAMETER(DOCUMENT(MANAGER, "us"))))
		fail_msg("%s", e.msg);
	assert_non_null(strstr(aws.last, "\"/a/dev/manager\""));
	assert_string_equal(entry.token[STORE_MANAGER], MANAGER);
	assert_string_equal(entry.managers, ADDRESSES);
	store_entry_wipe(&entry);
}

/* As the cookbook wrote them */
static void reads_items_that_tell_of_no_swarm(void **state)
{
#define OLD(value) "{\"Item\":{\"TokenCode\":{\"S\":\"" value "\"}}}"
	(void)state;
	if (read_as("dynamodb://T/dev", STORE_WORKER,
		    ITEMS(OLD("10.0.1.11:2377") "," OLD(WORKER))))
		fail_msg("%s", e.msg);
	assert_string_equal(entry.cluster_id, "");
	assert_string_equal(entry.managers, "10.0.1.11:2377");
}

static void reads_under_other_names(void **state)
{
	static const struct exchange script[] = {
		{ "POST ",
		  "{\"TransactItems\":[{\"Get\":{\"TableName\":\"T\",\"Key\":{\"Id\":{\"S\":"
		  "\"dev.m\"}}}},{\"Get\":{\"TableName\":\"T\",\"Key\":{\"Id\":{\"S\":"
		  "\"dev_worker_token\"}}}}]}",
		  ITEMS("{\"Item\":{\"V\":{\"S\":\"10.0.1.11:2377\"}}},{\"Item\":{\"V\":{"
			"\"S\":\"" WORKER "\"}}}") },
	};
	struct deadline d = deadline_in(20000);
	struct store *s = open_with("dynamodb://T/dev",
				    json_pack("{s:s, s:s, s:s}", "key", "Id", "value",
					      "V", "address", ".m"));

	(void)state;
	expect_requests(script, 1);
	if (store_read(s, STORE_ROLE(STORE_WORKER), &entry, &d, &e))
		fail_msg("%s", e.msg);
	store_close(s);
	expect_all_came();
}

/* mutant helpers/store/entry.c store_entry_check: is_token(token) => true
 * mutant helpers/store/entry.c are_addresses: is_address(item, n) => true
 * mutant helpers/store/dynamodb.c take_item: strcmp(out->cluster_id, cluster_id) => 0
 *   fails refuses_what_is_damaged */
static void refuses_what_is_damaged(void **state)
{
#define TABLE "dynamodb://T/dev"
#define LONG WORKER WORKER WORKER WORKER
	(void)state;
	is_bad(TABLE, ITEMS("{},{}"), ERR_BUSY, "no swarm has stored anything there");
	is_bad(TABLE, ITEMS(ITEM(ADDRESSES, "us") ",{}"), ERR_BUSY,
	       "the token of workers is not stored there");
	is_bad(TABLE, ITEMS(ITEM(ADDRESSES, "us") "," ITEM("rubbish", "us")), ERR_REFUSED,
	       "what is stored as the token of workers is none; run store-tokens again");
	is_bad(TABLE, ITEMS(ITEM(ADDRESSES, "us") "," ITEM("", "us")), ERR_REFUSED,
	       "as the token of workers is none");
	is_bad(TABLE, ITEMS(ITEM(ADDRESSES, "us") "," ITEM(LONG, "us")), ERR_REFUSED,
	       "as the token of workers is none");
	is_bad(TABLE, ITEMS(ITEM(ADDRESSES, "us") "," ITEM(WORKER " x", "us")),
	       ERR_REFUSED, "as the token of workers is none");
	is_bad(TABLE, ITEMS(ITEM("10.0.1.11", "us") "," ITEM(WORKER, "us")), ERR_REFUSED,
	       "what is stored as the managers' addresses is none");
	is_bad(TABLE, ITEMS(ITEM("10.0.1.11:2377,", "us") "," ITEM(WORKER, "us")),
	       ERR_REFUSED, "as the managers' addresses is none");
	is_bad(TABLE, ITEMS("{}," ITEM(WORKER, "us")), ERR_REFUSED,
	       "as the managers' addresses is none");
	is_bad(TABLE, ITEMS(ITEM(ADDRESSES, "us") "," ITEM(WORKER, "them")), ERR_REFUSED,
	       "are of several swarms, of them and of us");
	is_bad("ssm://a/dev", PARAMETER("rubbish"), ERR_REFUSED,
	       "worker is no JSON object with cluster_id");
	is_bad("ssm://a/dev", PARAMETER("{\\\"token\\\":\\\"" WORKER "\\\"}"),
	       ERR_REFUSED, "worker is no JSON object with cluster_id");
	is_bad("ssm://a/dev", PARAMETER(DOCUMENT("", "us")), ERR_REFUSED,
	       "as the token of workers is none");
	is_bad("ssm://a/dev", NONE, ERR_BUSY, "no swarm has stored anything there");
	assert_int_equal(read_as(TABLE, STORE_MANAGER,
				 ITEMS(ITEM(ADDRESSES, "us") ",{}")),
			 -1);
	assert_non_null(strstr(e.msg, "store-tokens does it with with_manager_token"));
}

/* ---- write ---- */

static const struct store_entry ours = { .found = true,
					 .cluster_id = "us",
					 .token = { WORKER, "" },
					 .managers = ADDRESSES };

static int write_to(const char *place, const struct exchange *script, size_t count,
		    enum store_outcome *outcome)
{
	struct deadline d = deadline_in(20000);
	struct store *s = open_store(place);
	int ret;

	expect_requests(script, count);
	e = (struct err){ 0 };
	ret = store_write(s, &ours, outcome, &d, &e);
	store_close(s);
	expect_all_came();
	return ret;
}

#define CONFLICT \
	REPLY("400 No", \
	      "{\"__type\":\"TransactionCanceledException\"," \
	      "\"CancellationReasons\":[{\"Code\":\"ConditionalCheckFailed\"}]}")
#define ALL(addresses, worker, manager) ITEMS(addresses "," worker "," manager)
#define READ(reply) { "POST ", "TransactGetItems\r\n", reply }
#define WRITE(needs, reply) { "POST ", needs, reply }

/* mutant helpers/store/store.c change: ERR_KIND(ERR_CONFLICT) => 0
 *   fails looks_again_who_has_the_name */
static void looks_again_who_has_the_name(void **state)
{
	static const struct exchange lost[] = {
		READ(ALL("{}", "{}", "{}")),
		WRITE("\"dev_worker_token\"", CONFLICT),
		READ(ALL(ITEM(ADDRESSES, "them"), ITEM(WORKER, "them"), "{}")),
	};
	static const struct exchange unheard[] = {
		READ(ALL("{}", "{}", "{}")),
		WRITE("\"us\"", CONFLICT),
		READ(ALL(ITEM(ADDRESSES, "us"), ITEM(WORKER, "us"), "{}")),
	};
	enum store_outcome outcome;

	(void)state;
	assert_int_equal(write_to("dynamodb://T/dev", lost, 3, &outcome), -1);
	assert_int_equal(e.kind, ERR_REFUSED);
	assert_non_null(
		strstr(e.msg, "dynamodb://T/dev: the name is taken by the swarm them"));
	assert_int_equal(write_to("dynamodb://T/dev", unheard, 3, &outcome), 0);
	assert_int_equal(outcome, STORE_UNCHANGED);
}

static void removes_a_token_that_is_not_to_be_there(void **state)
{
	static const struct exchange script[] = {
		READ(ALL(ITEM(ADDRESSES, "us"), ITEM(WORKER, "us"), ITEM(MANAGER, "us"))),
		WRITE("\"Delete\":{\"TableName\":\"T\",\"Key\":{\"TokenKey\":{\"S\":"
		      "\"dev_manager_token\"}}",
		      REPLY("200 OK", "{}")),
	};
	enum store_outcome outcome;

	(void)state;
	if (write_to("dynamodb://T/dev", script, 2, &outcome))
		fail_msg("%s", e.msg);
	assert_int_equal(outcome, STORE_WRITTEN);
}

/* The workers' document decides who has the name: it is written first. */
static void writes_documents(void **state)
{
	static const struct exchange script[] = {
		{ "POST ", "\"/a/dev/worker\"", NONE },
		{ "POST ", "\"/a/dev/manager\"", PARAMETER(DOCUMENT(MANAGER, "us")) },
		{ "POST ", "\"Overwrite\":false", REPLY("200 OK", "{}") },
		{ "POST ", "{\"Name\":\"/a/dev/manager\"}", REPLY("200 OK", "{}") },
	};
	enum store_outcome outcome;

	(void)state;
	if (write_to("ssm://a/dev", script, 4, &outcome))
		fail_msg("%s", e.msg);
	assert_int_equal(outcome, STORE_WRITTEN);
}

static void removes_documents(void **state)
{
	static const struct exchange script[] = {
		{ "GET /swarms/dev/worker ", NULL,
		  "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nConnection: close\r\n\r\n"
		  "{\"cluster_id\":\"us\",\"token\":\"x\"}" },
		{ "GET /swarms/dev/manager ", NULL,
		  REPLY("404 No", "<Error><Code>NoSuchKey</Code></Error>") },
		{ "DELETE /swarms/dev/worker ", NULL, REPLY("204 No Content", "") },
	};
	struct deadline d = deadline_in(20000);
	struct store *s = open_store("s3://swarms/dev");
	enum store_outcome outcome;

	(void)state;
	expect_requests(script, 2);
	assert_int_equal(store_remove(s, "them", &outcome, &d, &e), 0);
	assert_int_equal(outcome, STORE_OTHER);
	expect_requests(script, 3);
	if (store_remove(s, "us", &outcome, &d, &e))
		fail_msg("%s", e.msg);
	store_close(s);
	expect_all_came();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, aws_set_up, aws_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(knows_places),
		TEST(refuses_what_does_not_go_with_it),
		TEST(reads_by_one_request),
		TEST(reads_items_that_tell_of_no_swarm),
		TEST(reads_under_other_names),
		TEST(refuses_what_is_damaged),
		TEST(looks_again_who_has_the_name),
		TEST(removes_a_token_that_is_not_to_be_there),
		TEST(writes_documents),
		TEST(removes_documents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

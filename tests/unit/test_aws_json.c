/* SPDX-License-Identifier: MIT */
/* Requests to DynamoDB and the Systems Manager: how they look, and what is said of a refusal.
 * That signatures and conditions are right is for real servers to say: store/test-store.sh. */
#include "aws_server.h"

#include "aws/dynamodb.h"
#include "aws/ssm.h"
#include "base/deadline.h"
#include "base/err.h"

#define ERROR(status, type, text) \
	REPLY(status, \
	      "{\"__type\":\"com.amazonaws.x#" type "\",\"message\":\"" text "\"}")

static struct err e;

static struct aws_dynamodb *open_table(void)
{
	const struct aws_dynamodb_params p = {
		.table = "T", .key = "K", .region = "eu-west-1", .endpoint = aws.url
	};
	struct aws_dynamodb *t = NULL;

	setenv("AWS_ACCESS_KEY_ID", "AKID", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "hidden", 1);
	if (aws_dynamodb_open(&t, &p, &e))
		fail_msg("%s", e.msg);
	return t;
}

static struct aws_ssm *open_ssm(void)
{
	const struct aws_ssm_params p = { "eu-west-1", aws.url, false };
	struct aws_ssm *s = NULL;

	setenv("AWS_ACCESS_KEY_ID", "AKID", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "hidden", 1);
	if (aws_ssm_open(&s, &p, &e))
		fail_msg("%s", e.msg);
	return s;
}

/* ---- DynamoDB ---- */

static int read_two(json_t **items)
{
	struct deadline d = deadline_in(20000);
	struct aws_dynamodb *t = open_table();
	json_t *keys = json_pack("[s, s]", "one", "other");
	int ret = aws_dynamodb_read(t, keys, items, &d, &e);

	json_decref(keys);
	aws_dynamodb_free(t);
	expect_all_came();
	return ret;
}

/* mutant helpers/aws/dynamodb.c read_item: json_is_string() => true
 *   fails reads_items */
static void reads_items(void **state)
{
	static const struct exchange script[] = {
		{ "POST / ",
		  "{\"TransactItems\":[{\"Get\":{\"TableName\":\"T\",\"Key\":{\"K\":{\"S\":"
		  "\"one\"}}}},{\"Get\":{\"TableName\":\"T\",\"Key\":{\"K\":{\"S\":\"other\"}"
		  "}}}]}",
		  REPLY("200 OK",
			"{\"Responses\":[{\"Item\":{\"K\":{\"S\":\"one\"},\"V\":{"
			"\"S\":\"text\"},\"N\":{\"N\":\"5\"},\"X\":{\"S\":7}}},{}]}") },
	};
	json_t *items = NULL;

	(void)state;
	expect_requests(script, 1);
	if (read_two(&items))
		fail_msg("%s", e.msg);
	assert_non_null(strstr(aws.last, "\r\nX-Amz-Target: "
					 "DynamoDB_20120810.TransactGetItems\r\n"));
	assert_non_null(
		strstr(aws.last, "\r\nContent-Type: application/x-amz-json-1.0\r\n"));
	assert_non_null(strstr(aws.last, "/eu-west-1/dynamodb/aws4_request, "
					 "SignedHeaders=content-type;host;x-amz-date;"
					 "x-amz-target, Signature="));
	assert_int_equal(json_array_size(items), 2);
	assert_int_equal(json_object_size(json_array_get(items, 0)), 2);
	assert_string_equal(js_text(json_array_get(items, 0), "V"), "text");
	assert_int_equal(json_object_size(json_array_get(items, 1)), 0);
	json_decref(items);
}

static void wants_an_answer_for_each(void **state)
{
	static const struct exchange script[] = {
		{ "POST / ", NULL, REPLY("200 OK", "{\"Responses\":[{}]}") },
	};
	json_t *items = NULL;

	(void)state;
	expect_requests(script, 1);
	assert_int_equal(read_two(&items), -1);
	assert_int_equal(e.kind, ERR_REFUSED);
	assert_non_null(strstr(e.msg, "answers for other items"));
}

/* Puts one item and removes another one. */
static int write_two(const char *reply)
{
	const struct exchange script[] = {
		{ "POST / ",
		  "{\"TransactItems\":[{\"Put\":{\"TableName\":\"T\",\"Item\":{\"K\":{\"S\":"
		  "\"one\"},\"V\":{\"S\":\"text\"}},\"ConditionExpression\":\"attribute_not_"
		  "exists(#key) OR #column = :text\",\"ExpressionAttributeNames\":{\"#key\":"
		  "\"K\",\"#column\":\"C\"},\"ExpressionAttributeValues\":{\":text\":{\"S\":"
		  "\"me\"}}}},{\"Delete\":{\"TableName\":\"T\",\"Key\":{\"K\":{\"S\":\"other\"}},"
		  "\"ConditionExpression\":",
		  reply }
	};
	struct deadline d = deadline_in(20000);
	struct aws_dynamodb *t = open_table();
	json_t *put = json_pack("[{s:s, s:s}]", "K", "one", "V", "text");
	json_t *remove = json_pack("[s]", "other");
	const struct aws_dynamodb_change c = { put, remove, "C", "me" };
	int ret;

	expect_requests(script, 1);
	ret = aws_dynamodb_write(t, &c, &d, &e);
	json_decref(put);
	json_decref(remove);
	aws_dynamodb_free(t);
	expect_all_came();
	return ret;
}

/* mutant helpers/aws/reply_error.c reason: strcmp() => 0
 *   fails writes_all_or_nothing */
static void writes_all_or_nothing(void **state)
{
	(void)state;
	if (write_two(REPLY("200 OK", "{}")))
		fail_msg("%s", e.msg);
	assert_int_equal(
		write_two(
			REPLY("400 Bad Request",
			      "{\"__type\":\"com.amazonaws.dynamodb.v20120810#"
			      "TransactionCanceledException\",\"Message\":\"cancelled\","
			      "\"CancellationReasons\":[{\"Code\":\"None\"},{\"Code\":"
			      "\"ConditionalCheckFailed\",\"Message\":\"The conditional "
			      "request failed\"}]}")),
		-1);
	assert_int_equal(e.kind, ERR_CONFLICT);
}

/* mutant helpers/aws/reply_error.c is_busy: text ProvisionedThroughputExceeded => Provisioned!
 *   fails waits_for_a_table_that_is_busy */
static void waits_for_a_table_that_is_busy(void **state)
{
	static const struct exchange script[] = {
		{ "POST ", NULL,
		  ERROR("400 No", "ProvisionedThroughputExceededException", "") },
		{ "POST ", NULL, ERROR("400 No", "ThrottlingException", "") },
		{ "POST ", NULL, ERROR("400 No", "RequestLimitExceeded", "") },
		{ "POST ", NULL, ERROR("400 No", "TransactionInProgressException", "") },
		{ "POST ", NULL, ERROR("500 No", "InternalServerError", "") },
		{ "POST ", NULL,
		  REPLY("400 No",
			"{\"__type\":\"x#TransactionCanceledException\","
			"\"CancellationReasons\":[{\"Code\":\"TransactionConflict"
			"\"}]}") },
		{ "POST ", NULL, REPLY("200 OK", "{\"Responses\":[{},{}]}") },
	};
	json_t *items = NULL;

	(void)state;
	expect_requests(script, sizeof(script) / sizeof(script[0]));
	if (read_two(&items))
		fail_msg("%s", e.msg);
	json_decref(items);
}

/* One request gets this answer; what a read says of it. */
static void says(const char *reply, const char *part)
{
	const struct exchange script[] = { { "POST / ", NULL, reply } };
	json_t *items = NULL;

	expect_requests(script, 1);
	e = (struct err){ 0 };
	assert_int_equal(read_two(&items), -1);
	if (e.kind != ERR_REFUSED || !strstr(e.msg, part) || strstr(e.msg, "hidden"))
		fail_msg("expected \"%s\", got %d: %s", part, e.kind, e.msg);
}

/* mutant helpers/aws/reply_error.c is_about_time: text Signature expired => Signature old
 *   fails says_why_it_is_refused
 * mutant helpers/aws/reply_error.c is_denied: text AccessDenied => Denied
 *   fails says_why_it_is_refused */
static void says_why_it_is_refused(void **state)
{
	(void)state;
	says(ERROR("400 No", "AccessDeniedException", "User: x is not authorized"),
	     "dynamodb:GetItem is denied to the keys of the environment "
	     "(AccessDeniedException: User: x is not authorized)");
	says(ERROR("400 No", "ResourceNotFoundException", ""), "there is no such table");
	says(ERROR("400 No", "UnrecognizedClientException", ""),
	     "the access key is not known there");
	says(ERROR("400 No", "InvalidSignatureException", "The request signature we"),
	     "the secret key does not belong to the access key");
	says(ERROR("400 No", "InvalidSignatureException",
		   "Signature expired: 20260101T000000Z is now earlier than"),
	     "the clock of this machine is wrong");
	says(ERROR("400 No", "InvalidSignatureException", "Signature not yet current: 2"),
	     "the clock of this machine is wrong");
	says(ERROR("400 No", "ExpiredTokenException", ""), "the keys have ended");
	says(ERROR("400 No", "ValidationException", "no\\u001b[2J"),
	     "status 400 (ValidationException: no?[2J)");
	says(REPLY("400 No", "{\"__type\":5,\"message\":[]}"), "status 400 (: )");
	says(REPLY("400 No", "{ broken"), "status 400");
	says(REPLY("200 OK", "not JSON"), "not valid JSON");
}

/* ---- parameters ---- */

static void gets_a_parameter(void **state)
{
	static const struct exchange script[] = {
		{ "POST / ", "{\"Name\":\"/a/b\",\"WithDecryption\":true}",
		  REPLY("200 OK", "{\"Parameter\":{\"Value\":\"text\"}}") },
		{ "POST / ", NULL,
		  REPLY("200 OK", "{\"Parameter\":{\"Value\":\"longer\"}}") },
		{ "POST / ", NULL, ERROR("400 No", "ParameterNotFound", "") },
	};
	struct deadline d = deadline_in(20000);
	struct buf out = BUF_INIT(5);
	struct aws_ssm *s = open_ssm();

	(void)state;
	expect_requests(script, 3);
	if (aws_ssm_get(s, "/a/b", &out, &d, &e))
		fail_msg("%s", e.msg);
	assert_string_equal(buf_str(&out), "text");
	assert_non_null(strstr(aws.last, "X-Amz-Target: AmazonSSM.GetParameter\r\n"));
	assert_non_null(strstr(aws.last, "/eu-west-1/ssm/aws4_request"));
	buf_drop(&out, out.len);
	assert_int_equal(aws_ssm_get(s, "/a/b", &out, &d, &e), -1);
	assert_int_equal(e.kind, ERR_REFUSED);
	assert_int_equal(aws_ssm_get(s, "/a/b", &out, &d, &e), -1);
	assert_int_equal(e.kind, ERR_NOT_FOUND);
	buf_free(&out);
	aws_ssm_free(s);
	expect_all_came();
}

static void puts_and_deletes_a_parameter(void **state)
{
	static const struct exchange script[] = {
		{ "POST / ",
		  "{\"Name\":\"/a\",\"Value\":\"v\",\"Type\":\"SecureString\",\"Overwrite\":"
		  "false}",
		  ERROR("400 No", "ParameterAlreadyExists", "") },
		{ "POST / ", "\"Overwrite\":true,\"KeyId\":\"alias/k\"}",
		  REPLY("200 OK", "{\"Version\":2}") },
		{ "POST / ", "{\"Name\":\"/a\"}", REPLY("200 OK", "{}") },
		{ "POST / ", NULL, ERROR("400 No", "ParameterNotFound", "") },
	};
	struct aws_ssm_parameter p = { "/a", "v", NULL, false };
	struct deadline d = deadline_in(20000);
	struct aws_ssm *s = open_ssm();

	(void)state;
	expect_requests(script, 4);
	assert_int_equal(aws_ssm_put(s, &p, &d, &e), -1);
	assert_int_equal(e.kind, ERR_CONFLICT);
	p = (struct aws_ssm_parameter){ "/a", "v", "alias/k", true };
	if (aws_ssm_put(s, &p, &d, &e))
		fail_msg("%s", e.msg);
	if (aws_ssm_delete(s, "/a", &d, &e) || aws_ssm_delete(s, "/a", &d, &e))
		fail_msg("%s", e.msg);
	aws_ssm_free(s);
	expect_all_came();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, aws_set_up, aws_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_items),
		TEST(wants_an_answer_for_each),
		TEST(writes_all_or_nothing),
		TEST(waits_for_a_table_that_is_busy),
		TEST(says_why_it_is_refused),
		TEST(gets_a_parameter),
		TEST(puts_and_deletes_a_parameter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

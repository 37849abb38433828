/* SPDX-License-Identifier: MIT */
/* Requests to S3: how they look, what is tried again, what is said of a refusal. That the
 * signature is right is for a real server to say: faults/test-backup-s3.sh. */
#include "aws_server.h"

#include "aws/s3.h"
#include "base/deadline.h"
#include "base/err.h"
#include "http/http.h"

#define SUM_OF_NOTHING "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ERROR(status, code, text) \
	REPLY(status, "<Error><Code>" code "</Code><Message>" text "</Message></Error>")

static struct err e;

static struct aws_s3_params params(void)
{
	return (struct aws_s3_params){ .bucket = "backups",
				       .region = "eu-west-1",
				       .endpoint = aws.url };
}

static struct aws_s3 *open_s3(void)
{
	const struct aws_s3_params p = params();
	struct aws_s3 *s = NULL;

	setenv("AWS_ACCESS_KEY_ID", "AKID", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "hidden", 1);
	if (aws_s3_open(&s, &p, &e))
		fail_msg("%s", e.msg);
	return s;
}

static int delete_within(struct aws_s3 *s, int64_t ms)
{
	struct deadline d = deadline_in(ms);

	e = (struct err){ 0 };
	return aws_s3_delete(s, "dev/a b+c", &d, &e);
}

/* One request gets this answer; what the delete says. */
static void says(const char *reply, enum err_kind kind, const char *part)
{
	const struct exchange script[] = { { "DELETE /backups/dev/a%20b%2Bc ", NULL,
					     reply } };
	struct aws_s3 *s = open_s3();

	expect_requests(script, 1);
	assert_int_equal(delete_within(s, 20000), -1);
	if (e.kind != kind || !strstr(e.msg, part) || strstr(e.msg, "hidden") ||
	    strncmp(e.msg, "s3://backups/dev/a b+c: ", 24) != 0)
		fail_msg("expected %d and \"%s\", got %d: %s", kind, part, e.kind, e.msg);
	aws_s3_free(s);
	expect_all_came();
}

static void signs(void **state)
{
	static const struct exchange script[] = {
		{ "DELETE /backups/dev/a%20b%2Bc ",
		  "/eu-west-1/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;"
		  "x-amz-date;x-amz-security-token, Signature=",
		  REPLY("204 No Content", "") },
		{ "DELETE ", NULL, ERROR("404 Not Found", "NoSuchKey", "") },
	};
	struct aws_s3 *s;

	(void)state;
	setenv("AWS_SESSION_TOKEN", "tok", 1);
	s = open_s3();
	expect_requests(script, 2);
	if (delete_within(s, 20000))
		fail_msg("%s", e.msg);
	assert_non_null(strstr(aws.last, "x-amz-content-sha256: " SUM_OF_NOTHING "\r\n"));
	assert_non_null(strstr(aws.last, "x-amz-security-token: tok\r\n"));
	assert_null(strstr(aws.last, "hidden"));
	assert_int_equal(delete_within(s, 20000), 0);
	aws_s3_free(s);
	expect_all_came();
}

/* mutant helpers/aws/service.c try_again: retry_may(r, e) => false
 *   fails waits_for_a_server_that_is_busy */
static void waits_for_a_server_that_is_busy(void **state)
{
	static const struct exchange script[] = {
		{ "DELETE ", NULL, ERROR("503 Slow Down", "SlowDown", "") },
		{ "DELETE ", NULL, REPLY("500 Oops", "") },
		{ "DELETE ", NULL, ERROR("400 Bad Request", "ThrottlingException", "") },
		{ "DELETE ", NULL, "HTTP/1.1 200" }, /* cut off */
		{ "DELETE ", NULL, REPLY("204 No Content", "") },
	};
	struct aws_s3 *s = open_s3();

	(void)state;
	expect_requests(script, 5);
	if (delete_within(s, 60000))
		fail_msg("%s", e.msg);
	aws_s3_free(s);
	expect_all_came();
}

static void stops_at_the_deadline(void **state)
{
	struct exchange script[64];
	struct aws_s3 *s = open_s3();

	(void)state;
	for (size_t i = 0; i < 64; i++)
		script[i] = (struct exchange){ "DELETE ", NULL,
					       ERROR("503 Slow Down", "SlowDown", "") };
	expect_requests(script, 64);
	assert_int_equal(delete_within(s, 500), -1);
	assert_int_equal(e.kind, ERR_DEADLINE);
	assert_non_null(strstr(e.msg, "the server is busy (status 503 SlowDown)"));
	aws_s3_free(s);
}

static void says_why_it_is_refused(void **state)
{
	(void)state;
	says(ERROR("403 Forbidden", "AccessDenied", "Access Denied"), ERR_REFUSED,
	     "s3:DeleteObject is denied to the keys of the environment (AccessDenied: Access "
	     "Denied)");
	says(ERROR("403 Forbidden", "SignatureDoesNotMatch", ""), ERR_REFUSED,
	     "the secret key does not belong to the access key");
	says(ERROR("403 Forbidden", "InvalidAccessKeyId", ""), ERR_REFUSED,
	     "the access key is not known there");
	says(ERROR("400 Bad Request", "ExpiredToken", ""), ERR_REFUSED,
	     "the keys have ended; get new ones");
	says(ERROR("404 Not Found", "NoSuchBucket", ""), ERR_REFUSED,
	     "there is no such bucket; make it first");
	says("HTTP/1.1 403 Forbidden\r\nDate: Sun, 29 Nov 2026 10:00:00 GMT\r\nConnection: "
	     "close\r\n\r\n<Error><Code>RequestTimeTooSkewed</Code></Error>",
	     ERR_REFUSED, "and the server Sun, 29 Nov 2026 10:00:00 GMT; set it");
	says("HTTP/1.1 301 Moved\r\nx-amz-bucket-region: eu-north-1\r\nConnection: "
	     "close\r\n\r\n",
	     ERR_REFUSED, "another region, eu-north-1; name it in region");
	says(ERROR("501 Not Implemented", "NotImplemented", "no\033[2J"), ERR_REFUSED,
	     "status 501 (NotImplemented: no?[2J)");
}

#define ROLES "/latest/meta-data/iam/security-credentials/"
#define KEYS(id) \
	REPLY("200 OK", \
	      "{\"AccessKeyId\":\"" id "\",\"SecretAccessKey\":\"s\",\"Token\":\"t\"," \
	      "\"Expiration\":\"2099-01-01T00:00:00Z\"}")
#define ROLE(id) \
	{ "PUT /latest/api/token ", NULL, REPLY("200 OK", "session") }, \
		{ "GET " ROLES " ", NULL, REPLY("200 OK", "r") }, \
	{ \
		"GET " ROLES "r ", NULL, KEYS(id) \
	}

/* mutant helpers/aws/service.c aws_service_call: term !renewed => false
 *   fails gets_new_keys_for_those_that_are_no_longer_taken */
static void gets_new_keys_for_those_that_are_no_longer_taken(void **state)
{
	static const struct exchange script[] = {
		ROLE("ONE"),
		{ "DELETE ", "Credential=ONE/",
		  ERROR("400 Bad Request", "ExpiredToken", "") },
		ROLE("TWO"),
		{ "DELETE ", "Credential=TWO/", REPLY("204 No Content", "") },
	};
	const struct aws_s3_params p = params();
	struct aws_s3 *s;

	(void)state;
	unsetenv("AWS_EC2_METADATA_DISABLED");
	setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", aws.url, 1);
	assert_int_equal(aws_s3_open(&s, &p, &e), 0);
	expect_requests(script, sizeof(script) / sizeof(script[0]));
	if (delete_within(s, 20000))
		fail_msg("%s", e.msg);
	aws_s3_free(s);
	expect_all_came();
}

static const struct aws_s3_object object = {
	.key = "k",
	.bytes = "abc",
	.n = 3,
	.sha256 = (const unsigned char
			   *)"\xba\x78\x16\xbf\x8f\x01\xcf\xea\x41\x41\x40\xde\x5d\xae"
			     "\x22\x23\xb0\x03\x61\xa3\x96\x17\x7a\x9c\xb4\x10\xff\x61"
			     "\xf2\x00\x15\xad",
	.kms_key = "aws/s3",
};

/* mutant helpers/aws/s3.c set_headers: text If-None-Match => X-None
 *   fails puts_what_is_not_there */
static void puts_what_is_not_there(void **state)
{
	static const struct exchange script[] = {
		{ "PUT /backups/k ", "\r\nIf-None-Match: *\r\n", REPLY("200 OK", "") },
		{ "PUT /backups/k ", NULL, ERROR("412 No", "PreconditionFailed", "") },
	};
	struct deadline d = deadline_in(20000);
	struct aws_s3 *s = open_s3();

	(void)state;
	expect_requests(script, 2);
	if (aws_s3_put(s, &object, &d, &e))
		fail_msg("%s", e.msg);
	assert_non_null(strstr(aws.last, "\r\n\r\nabc"));
	assert_non_null(strstr(aws.last,
			       "x-amz-checksum-sha256: "
			       "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=\r\n"));
	assert_non_null(strstr(aws.last, "x-amz-content-sha256: ba7816bf"));
	assert_non_null(strstr(aws.last, "x-amz-server-side-encryption: aws:kms\r\n"));
	assert_int_equal(aws_s3_put(s, &object, &d, &e), -1);
	assert_int_equal(e.kind, ERR_CONFLICT);
	aws_s3_free(s);
	expect_all_came();
}

static int compare_once(const char *reply)
{
	const struct exchange script[] = { { "GET /backups/k ", NULL, reply } };
	struct deadline d = deadline_in(20000);
	struct aws_s3 *s = open_s3();
	int ret;

	expect_requests(script, 1);
	ret = aws_s3_compare(s, &object, &d, &e);
	aws_s3_free(s);
	expect_all_came();
	return ret;
}

/* mutant helpers/aws/s3.c compare_again: c->at => (void)c->at
 *   fails compares_what_is_there */
static void compares_what_is_there(void **state)
{
	static const struct exchange script[] = {
		{ "GET ", NULL, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab" },
		{ "GET ", NULL, REPLY("200 OK", "abc") },
	};
	struct deadline d = deadline_in(20000);
	struct aws_s3 *s;

	(void)state;
	assert_int_equal(compare_once(REPLY("200 OK", "abc")), 0);
	assert_int_equal(compare_once(REPLY("200 OK", "abd")), -1);
	assert_non_null(strstr(e.msg, "what is there is not what was put"));
	assert_int_equal(compare_once(REPLY("200 OK", "ab")), -1);
	assert_int_equal(compare_once(REPLY("200 OK", "abcd")), -1);
	assert_int_equal(compare_once(ERROR("404 No", "NoSuchKey", "")), -1);
	s = open_s3();
	expect_requests(script, 2);
	if (aws_s3_compare(s, &object, &d, &e))
		fail_msg("%s", e.msg);
	aws_s3_free(s);
	expect_all_came();
}

/* mutant helpers/aws/s3.c keep_again: buf_drop() => (void)out
 *   fails gets_what_is_there */
static void gets_what_is_there(void **state)
{
	static const struct exchange script[] = {
		{ "GET /backups/k ", NULL,
		  "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab" },
		{ "GET /backups/k ", NULL, REPLY("200 OK", "abc") },
		{ "GET /backups/k ", NULL, REPLY("200 OK", "abcd") },
	};
	struct deadline d = deadline_in(20000);
	struct buf out = BUF_INIT(3);
	struct aws_s3 *s = open_s3();

	(void)state;
	expect_requests(script, 3);
	if (aws_s3_get(s, "k", &out, NULL, &d, &e))
		fail_msg("%s", e.msg);
	assert_string_equal(buf_str(&out), "abc");
	buf_drop(&out, out.len);
	assert_int_equal(aws_s3_get(s, "k", &out, NULL, &d, &e), -1);
	assert_non_null(strstr(e.msg, "s3://backups/k: it is larger than"));
	buf_free(&out);
	aws_s3_free(s);
	expect_all_came();
}

static void sums_what_is_there(void **state)
{
	static const struct exchange script[] = {
		{ "GET /backups/k ", NULL, REPLY("200 OK", "") },
	};
	struct deadline d = deadline_in(20000);
	struct aws_s3 *s = open_s3();
	char sum[65];

	(void)state;
	expect_requests(script, 1);
	assert_int_equal(aws_s3_sum(s, "k", sum, &d, &e), 0);
	assert_string_equal(sum, SUM_OF_NOTHING);
	aws_s3_free(s);
}

static void refuses_a_key_that_looks_like_a_folder(void **state)
{
	struct deadline d = deadline_in(20000);
	struct aws_s3 *s = open_s3();

	(void)state;
	assert_int_equal(aws_s3_delete(s, "a/../b", &d, &e), -1);
	assert_int_equal(e.kind, ERR_USAGE);
	assert_int_equal(aws_s3_delete(s, "./b", &d, &e), -1);
	assert_int_equal(e.kind, ERR_USAGE);
	aws_s3_free(s);
}

static int collect(void *ctx, const char *name, struct err *why)
{
	(void)why;
	return buf_addf(ctx, "%s,", name);
}

/* mutant helpers/aws/s3.c page_path: term p->more => false
 *   fails lists_page_by_page */
static void lists_page_by_page(void **state)
{
	static const struct exchange script[] = {
		{ "GET /backups?list-type=2&max-keys=1000&prefix=dev%2Fswarm- ", NULL,
		  REPLY("200 OK",
			"<L><IsTruncated>true</IsTruncated><Contents><Key>dev/swarm-a</Key>"
			"</Contents><Contents><Key>dev/other</Key></Contents>"
			"<NextContinuationToken>x/+=</NextContinuationToken></L>") },
		{ "GET /backups?continuation-token=x%2F%2B%3D&list-type=2&max-keys=1000&"
		  "prefix=dev%2Fswarm- ",
		  NULL,
		  REPLY("200 OK", "<L><IsTruncated>false</IsTruncated><Contents>"
				  "<Key>dev/swarm-b</Key></Contents></L>") },
	};
	struct deadline d = deadline_in(20000);
	struct buf names = BUF_INIT(1000);
	struct aws_s3 *s = open_s3();

	(void)state;
	expect_requests(script, 2);
	if (aws_s3_list(s, "dev/swarm-", collect, &names, &d, &e))
		fail_msg("%s", e.msg);
	assert_string_equal(buf_str(&names), "a,b,");
	buf_free(&names);
	aws_s3_free(s);
	expect_all_came();
}

/* ---- where ---- */

static void is_refused(struct aws_s3_params p, const char *part)
{
	struct aws_s3 *s = NULL;

	if (!aws_s3_open(&s, &p, &e))
		fail_msg("not refused: %s", part);
	if (e.kind != ERR_USAGE || !strstr(e.msg, part))
		fail_msg("expected \"%s\", got %d: %s", part, e.kind, e.msg);
}

static void is_opened(struct aws_s3_params p)
{
	struct aws_s3 *s = NULL;

	if (aws_s3_open(&s, &p, &e))
		fail_msg("%s", e.msg);
	aws_s3_free(s);
}

#define WITH(member, value) \
	do { \
		p = params(); \
		p.member = value; \
	} while (0)

/* mutant helpers/aws/service.c check_endpoint: aws_uri_is_loopback(url) => true
 *   fails refuses_what_is_no_place */
static void refuses_what_is_no_place(void **state)
{
	struct aws_s3_params p;

	(void)state;
	WITH(endpoint, "http://s3.example");
	is_refused(p, "endpoint: http://s3.example has no TLS");
	p.allow_http = true;
	is_opened(p);
	WITH(endpoint, "http://127.0.0.1.example");
	is_refused(p, "has no TLS");
	WITH(endpoint, "http://[::1]:9000");
	is_opened(p);
	WITH(endpoint, "http://localhost:9000");
	is_opened(p);
	WITH(endpoint, "https://s3.example/path");
	is_refused(p, "without a path");
	WITH(endpoint, "s3.example");
	is_refused(p, "expected https://HOST");
	WITH(bucket, "Up/per");
	is_refused(p, "expected a bucket's name, 3 to 63 small");
	WITH(region, "eu west");
	is_refused(p, "region: expected the name of one");
}

static void finds_the_region(void **state)
{
	struct aws_s3_params p;

	(void)state;
	WITH(region, NULL);
	p.endpoint = NULL;
	is_refused(p, "region: no region");
	write_file("config", "AWS_CONFIG_FILE", "[default]\nregion = eu-west-3\n");
	is_opened(p);
	unsetenv("AWS_CONFIG_FILE");
	setenv("AWS_DEFAULT_REGION", "eu-west-2", 1);
	is_opened(p);
}

/* Of a libcurl that signs it wrongly it is refused, of others taken. */
static void knows_who_signs_a_kms_key(void **state)
{
	(void)state;
	assert_int_equal(aws_s3_check_kms_key("aws/s3", &e), 0);
	assert_int_equal(aws_s3_check_kms_key("a b", &e), -1);
	assert_int_equal(aws_s3_check_kms_key("alias/x", &e),
			 http_signs_prefixed() ? 0 : -1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, aws_set_up, aws_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(signs),
		TEST(waits_for_a_server_that_is_busy),
		TEST(stops_at_the_deadline),
		TEST(says_why_it_is_refused),
		TEST(gets_new_keys_for_those_that_are_no_longer_taken),
		TEST(puts_what_is_not_there),
		TEST(compares_what_is_there),
		TEST(gets_what_is_there),
		TEST(sums_what_is_there),
		TEST(refuses_a_key_that_looks_like_a_folder),
		TEST(lists_page_by_page),
		TEST(refuses_what_is_no_place),
		TEST(finds_the_region),
		TEST(knows_who_signs_a_kms_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* What kind an API error is, and what it says. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/buf.h"
#include "docker/api_error.h"

#include <string.h>

#define TOKEN \
	"SWMTKN-1-notatokenbutasmanylettersasonehas0123456789notatok" \
	"-1awxwuwd3z9j1z3puu7rcgdbx"

static void masks_tokens(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "invalid join token " TOKEN, "invalid join token SWMTKN-***" },
		{ "\"" TOKEN "\" and \"" TOKEN "\"",
		  "\"SWMTKN-***\" and \"SWMTKN-***\"" },
		{ "key SWMKEY-1-7c37Cc8654o6p38HnroywCi19pllOnGtbdZEgtKxZu8.",
		  "key SWMKEY-***." },
		{ "SWMTKN-1", "SWMTKN-*" },
		{ "SWMTKN-", "SWMTKN-" },
		{ "no secret", "no secret" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[512];

		strcpy(text, rows[i].text);
		docker_api_error_mask(text);
		assert_string_equal(text, rows[i].want);
		docker_api_error_mask(text);
		assert_string_equal(text, rows[i].want);
	}
}

static const struct {
	long status;
	const char *text;
	enum err_kind want;
} meanings[] = {
	{ 500, "rpc error: code = Unknown desc = update out of sequence", ERR_CONFLICT },
	{ 503,
	  "This node is not a swarm manager. Use \"docker swarm "
	  "init\" or \"docker swarm join\" to connect this node to "
	  "swarm and try again.",
	  ERR_NOT_MANAGER },
	{ 503,
	  "This node is not a swarm manager. Manager is being "
	  "prepared or has trouble connecting to the cluster.",
	  ERR_BUSY },
	{ 503,
	  "Swarm is encrypted and needs to be unlocked before it "
	  "can be used. Please use \"docker swarm unlock\" to unlock "
	  "it.",
	  ERR_LOCKED },
	{ 500,
	  "rpc error: code = Unknown desc = The swarm does not "
	  "have a leader. It's possible that too few managers are "
	  "online.",
	  ERR_NO_LEADER },
	{ 500,
	  "rpc error: code = Unknown desc = raft: failed to "
	  "process the request: node lost leader status",
	  ERR_NO_LEADER },
	{ 500,
	  "rpc error: code = Unknown desc = raft: no elected "
	  "cluster leader",
	  ERR_NO_LEADER },
	{ 500,
	  "rpc error: code = DeadlineExceeded desc = context "
	  "deadline exceeded",
	  ERR_NO_LEADER },
	{ 503,
	  "rpc error: code = Unavailable desc = connection error: "
	  "desc = \"transport: authentication handshake failed: x509: "
	  "certificate has expired or is not yet valid: current time "
	  "2027-03-08T00:00:00Z is after 2027-02-26T00:00:00Z\"",
	  ERR_REFUSED },
	{ 500,
	  "manager stopped: can't initialize raft node: rpc error: code = "
	  "Unknown desc = could not connect to prospective new cluster member "
	  "using its advertised address: rpc error: code = DeadlineExceeded "
	  "desc = context deadline exceeded",
	  ERR_REFUSED },
	{ 503, "rpc error: code = Unavailable desc = transport is closing", ERR_BUSY },
	{ 500, "rpc error: code = Unknown desc = raft proposal dropped", ERR_BUSY },
	{ 503,
	  "rpc error: code = Unavailable desc = connection error: "
	  "desc = \"transport: Error while dialing dial tcp "
	  "10.0.0.1:2377: connect: connection refused\"",
	  ERR_BUSY },
	{ 500,
	  "rpc error: code = Unknown desc = raft: failed to "
	  "process the request: node is stopped",
	  ERR_BUSY },
	{ 500,
	  "rpc error: code = NotFound desc = raft: member was "
	  "removed from the cluster",
	  ERR_BUSY },
	{ 500, "rpc error: code = Unknown desc = raft: stopped", ERR_BUSY },
	{ 500, "context canceled", ERR_BUSY },
	{ 503, "This node is already part of a swarm.", ERR_CONFLICT },
	{ 404, "node x not found", ERR_NOT_FOUND },
	{ 409, "name conflicts with an existing object", ERR_CONFLICT },
	{ 400,
	  "rpc error: code = FailedPrecondition desc = node x is "
	  "not down and can't be removed",
	  ERR_REFUSED },
	{ 500, "", ERR_REFUSED },
};

/* mutant helpers/docker/api_error.c meanings: without "certificate has expired or"
 * mutant helpers/docker/api_error.c meanings: without "out of sequence" */
static void knows_what_is_meant(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		assert_int_equal(docker_api_error_kind(meanings[i].status,
						       meanings[i].text),
				 meanings[i].want);
}

/* mutant helpers/docker/api_error.c docker_api_error_text: without docker_api_error_mask() */
static void finds_the_reason(void **state)
{
	static const struct {
		const char *body, *want;
	} rows[] = {
		{ "{\"message\":\"page not found\"}\n", "page not found" },
		{ "{\"message\":\"bad " TOKEN "\"}", "bad SWMTKN-***" },
		{ "<html>502 Bad Gateway</html>", "<html>502 Bad Gateway</html>" },
		{ "plain " TOKEN, "plain SWMTKN-***" },
		{ "{\"message\":null}", "HTTP status 500 without a reason" },
		{ "{\"message\":[1]}", "HTTP status 500 without a reason" },
		{ "[]", "HTTP status 500 without a reason" },
		{ "", "HTTP status 500 without a reason" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf body = BUF_INIT(4096), out = BUF_INIT(4096);

		assert_int_equal(buf_adds(&body, rows[i].body), 0);
		assert_int_equal(docker_api_error_text(&body, 500, &out), 0);
		assert_string_equal(buf_str(&out), rows[i].want);
		buf_free(&body);
		buf_free(&out);
	}
}

static void cuts_a_long_reason(void **state)
{
	struct buf body = BUF_INIT(1 << 20), out = BUF_INIT(1 << 16);

	(void)state;
	buf_adds(&body, "{\"message\":\"");
	for (int i = 0; i < 20000; i++)
		buf_adds(&body, "word ");
	assert_int_equal(buf_adds(&body, "\"}"), 0);
	assert_int_equal(docker_api_error_text(&body, 500, &out), 0);
	assert_int_equal(out.len, 2000);
	buf_free(&body);
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(masks_tokens),
		cmocka_unit_test(knows_what_is_meant),
		cmocka_unit_test(finds_the_reason),
		cmocka_unit_test(cuts_a_long_reason),
	};

	return cmocka_run_group_tests_name("docker/refusal", tests, NULL, NULL);
}

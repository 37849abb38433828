/* SPDX-License-Identifier: MIT */
/* The JSON object of a query, read by a table with a key of every type. */
#include "fuzz.h"

#include "cli/internal.h"

static const struct query_field fields[] = {
	{ .key = "managers", .type = QUERY_HOSTS },
	{ .key = "advertise_addr", .type = QUERY_ADDRESS },
	{ .key = "labels", .type = QUERY_MAP },
	{ .key = "subnet_size", .type = QUERY_NUMBER },
	{ .key = "drain_timeout", .type = QUERY_DURATION, .fallback = "5m" },
	{ .key = "token_env", .type = QUERY_ENV },
	{ 0 }
};

static const struct query_spec spec = {
	.stop_fd = -1,
	.program = "fuzz",
	.fields = fields,
	.default_timeout = "30s",
};

static void check(const struct query *q)
{
	const char *key;
	json_t *text;

	FUZZ_CHECK(query_given(q, "host") && *query_text(q, "host"));
	FUZZ_CHECK(query_number(q, "port") >= 1);
	FUZZ_CHECK(query_number(q, "port") <= UINT16_MAX);
	FUZZ_CHECK(query_ms(q, "timeout") >= 1);
	FUZZ_CHECK(query_ms(q, "drain_timeout") <= 24 * 60 * 60 * 1000);
	FUZZ_CHECK(!query_secret(q, "token_env"));
	json_object_foreach((json_t *)query_map(q, "labels"), key, text)
		FUZZ_CHECK(*key && json_is_string(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct query *q = NULL;
	struct err e = { 0 };

	js_setup();
	setenv("HOME", "/root", 0);
	if (query_decode(&q, &spec, (const char *)data, n, &e)) {
		FUZZ_CHECK(!q && e.kind == ERR_USAGE);
		fuzz_check_err(&e);
		return 0;
	}
	check(q);
	query_free(q);
	return 0;
}

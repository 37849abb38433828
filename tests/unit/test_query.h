/* The executable that the tests of the query pretend to be. */
#ifndef TEST_QUERY_H
#define TEST_QUERY_H

#include "cli/query.h"

static const struct query_field test_query_fields[] = {
	{ .key = "managers", .type = QUERY_HOSTS },
	{ .key = "advertise_addr", .type = QUERY_ADDRESS },
	{ .key = "labels", .type = QUERY_MAP },
	{ .key = "size", .type = QUERY_NUMBER },
	{ .key = "token_env", .type = QUERY_ENV },
	{ .key = "secrets", .type = QUERY_MAP },
	{ 0 }
};

static const struct query_spec test_query_spec = {
	.stop_fd = -1,
	.program = "test",
	.fields = test_query_fields,
	.default_timeout = "2s",
};

#endif

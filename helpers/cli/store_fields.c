/* SPDX-License-Identifier: MIT */
/* Which store a query names. */
#include "cli/store_fields.h"

struct store_params store_fields_read(const struct query *q)
{
	return (struct store_params){
		.place = query_text(q, "store"),
		.names = query_map(q, "store_names"),
		.endpoint = query_text(q, "endpoint"),
		.region = query_text(q, "region"),
		.allow_http = query_choice(q, "allow_http") == 1,
	};
}

/* SPDX-License-Identifier: MIT */
/* Reads a query: options, then the JSON object over them, then the checks. */
#include "cli/internal.h"

#include "base/err.h"
#include "base/secret.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

bool query_shares(const struct query_spec *spec, const struct query_field *f)
{
	const char *rest = spec->shared, *key;
	size_t n;

	while (text_next_item(&rest, &key, &n))
		if (n == strlen(f->key) && !memcmp(key, f->key, n))
			return true;
	return !spec->shared;
}

static void add_fields(struct query *q, const struct query_field *fields, bool shared)
{
	for (; fields->key; fields++) {
		if (query_find(q, fields->key, false) ||
		    (shared && !query_shares(q->spec, fields)))
			continue;
		if (q->count == QUERY_MAX_FIELDS)
			abort();
		q->values[q->count++].field = fields;
	}
}

static struct query *start(const struct query_spec *spec, struct err *e)
{
	struct query *q = secret_calloc(1, sizeof(*q));

	if (!q) {
		err_no_memory(e);
		return NULL;
	}
	q->spec = spec;
	add_fields(q, spec->fields, false);
	add_fields(q, query_shared_fields, true);
	return q;
}

int query_decode(struct query **out, const struct query_spec *spec, const char *text,
		 size_t n, struct err *e)
{
	struct query *q = start(spec, e);

	if (!q)
		return -1;
	if (query_json(q, text, n, e) || query_check(q, e)) {
		query_free(q);
		return -1;
	}
	*out = q;
	return 0;
}

int query_read(struct query **out, const struct query_spec *spec, int argc, char **argv,
	       struct err *e)
{
	struct buf text = BUF_INIT(QUERY_MAX_BYTES);
	struct query *q = start(spec, e);
	int ret = -1;

	if (!q)
		return -1;
	if (query_options(q, argc, argv, e))
		goto out;
	if (query_source(q, &text, e))
		goto out;
	if (text.len && query_json(q, text.data, text.len, e))
		goto out;
	if (query_check(q, e) || query_take_secrets(q, e))
		goto out;
	*out = q;
	q = NULL;
	ret = 0;
out:
	buf_free(&text);
	query_free(q);
	return ret;
}

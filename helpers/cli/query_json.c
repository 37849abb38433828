/* SPDX-License-Identifier: MIT */
/* Decodes the JSON object of a query. */
#include "cli/internal.h"

#include "base/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const json_types[] = {
	[JSON_OBJECT] = "an object", [JSON_ARRAY] = "an array",
	[JSON_STRING] = "a string",  [JSON_INTEGER] = "a number",
	[JSON_REAL] = "a number",    [JSON_TRUE] = "true",
	[JSON_FALSE] = "false",      [JSON_NULL] = "null",
};

/* The known key that ends at byte `at` of the text, NULL for none: jansson
 * stops right behind the second of two equal keys. */
static const char *key_before(const struct query *q, const char *text, size_t at)
{
	char quoted[64];

	for (size_t i = 0; i < q->count; i++) {
		size_t n = (size_t)snprintf(quoted, sizeof(quoted), "\"%s\"",
					    q->values[i].field->key);

		if (n <= at && !memcmp(text + at - n, quoted, n))
			return q->values[i].field->key;
	}
	return NULL;
}

/* Never jansson's own text, which quotes the input. */
static int unreadable(const struct query *q, const char *text, size_t n,
		      const json_error_t *why, struct err *e)
{
	size_t at = why->position < 0 ? 0 : (size_t)why->position;
	const char *key = at > n ? NULL : key_before(q, text, at);

	if (json_error_code(why) != json_error_duplicate_key)
		return err_set(e, ERR_USAGE,
			       "query: not JSON (line %d, column "
			       "%d), expected one object of strings",
			       why->line, why->column);
	return err_set(e, ERR_USAGE,
		       "%s: given twice (line %d, column %d), "
		       "expected every key once",
		       key ? key : "query", why->line, why->column);
}

static int set_all(struct query *q, const json_t *object, struct err *e)
{
	const char *key;
	json_t *text;

	json_object_foreach((json_t *)object, key, text) {
		struct query_value *v = query_find(q, key, false);

		if (!v)
			return query_unknown(q, key, "", e);
		if (!json_is_string(text))
			return err_set(e, ERR_USAGE,
				       "%s: expected a string, "
				       "got %s%s",
				       key, json_types[json_typeof(text)],
				       json_is_number(text) ? " (put it in quotes)" : "");
		if (!json_string_length(text) && query_required(q->spec, v->field))
			return err_set(e, ERR_USAGE,
				       "%s: required, expected "
				       "%s, got nothing",
				       key, query_type_accepts(v->field->type));
		if (query_set(v, json_string_value(text), json_string_length(text), e))
			return -1;
	}
	return 0;
}

int query_json(struct query *q, const char *text, size_t n, struct err *e)
{
	json_error_t why;
	json_t *object;
	int ret = -1;

	if (n > QUERY_MAX_BYTES)
		return err_set(e, ERR_USAGE,
			       "query: over 64 KiB, expected at "
			       "most that");
	/* NUL is let in here so that query_check can name the key it is in;
	 * any value, so that a bare string is told from broken JSON. */
	object = json_loadb(text, n,
			    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY,
			    &why);
	if (!object)
		return unreadable(q, text, n, &why, e);
	if (json_is_object(object))
		ret = set_all(q, object, e);
	else
		err_set(e, ERR_USAGE,
			"query: expected one JSON object of "
			"strings, got %s",
			json_types[json_typeof(object)]);
	json_decref(object);
	return ret;
}

/* Levenshtein's distance, for keys; anything long counts as far away. */
static size_t distance(const char *a, const char *b)
{
	size_t row[QUERY_MAX_FIELDS + 1], n = strlen(b);

	if (n > QUERY_MAX_FIELDS)
		return n;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; *a; a++, i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t change = corner + (*a != b[j - 1]);

			corner = row[j];
			row[j] = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
			if (change < row[j])
				row[j] = change;
		}
	}
	return row[n];
}

int query_unknown(const struct query *q, const char *key, const char *dashes,
		  struct err *e)
{
	const char *nearest = NULL;
	size_t best = strlen(key) / 3 + 2;

	for (size_t i = 0; i < q->count; i++) {
		size_t far = distance(key, q->values[i].field->key);

		if (far < best) {
			best = far;
			nearest = q->values[i].field->key;
		}
	}
	if (nearest)
		return err_set(e, ERR_USAGE,
			       "%s%.40s: unknown key, did you "
			       "mean %s%s? (--help lists them)",
			       dashes, key, dashes, nearest);
	return err_set(e, ERR_USAGE,
		       "%s%.40s: unknown key, expected one of "
		       "those that --help lists",
		       dashes, key);
}

/* SPDX-License-Identifier: MIT */
/* JSON by jansson with wiping allocators, bounded memory and no duplicate
 * keys. */
#include "base/js.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"

#include <string.h>

/* What jansson takes at most, in bytes, for what a byte outside of strings
 * begins: blocks with their heads and their share of a table. */
static size_t cost_of(char c)
{
	static const struct {
		char byte;
		size_t cost;
	} costs[] = {
		{ '{', 400 }, { '[', 250 }, { ':', 200 }, { ',', 100 }, { '"', 80 },
	};

	for (size_t i = 0; i < sizeof(costs) / sizeof(costs[0]); i++)
		if (costs[i].byte == c)
			return costs[i].cost;
	return 0;
}

/* A few bytes can become a hundred times as many of values ("[{},{},{}"), so a
 * limit on the text alone would not do. */
static bool is_too_much(const char *text, size_t n)
{
	size_t cost = 2 * n;
	bool in_string = false;

	for (size_t i = 0; i < n; i++) {
		if (in_string && text[i] == '\\')
			i++;
		else if (text[i] == '"')
			in_string = !in_string;
		if (!in_string)
			cost += cost_of(text[i]);
	}
	return cost > JS_MAX_MEMORY;
}

void js_setup(void)
{
	json_set_alloc_funcs(secret_must_malloc, secret_free);
}

json_t *js_read(const char *text, size_t n, const char *what, struct err *e)
{
	json_error_t why;
	json_t *v;

	if (is_too_much(text, n)) {
		err_set(e, ERR_REFUSED,
			"%s: would take more than %u MiB of "
			"memory",
			what, JS_MAX_MEMORY >> 20);
		return NULL;
	}
	v = json_loadb(text, n, JSON_REJECT_DUPLICATES, &why);
	if (v)
		return v;
	if (json_error_code(&why) == json_error_duplicate_key)
		err_set(e, ERR_REFUSED,
			"%s: the same key stands there twice "
			"(line %d, column %d)",
			what, why.line, why.column);
	else
		err_set(e, ERR_REFUSED,
			"%s: not valid JSON (line %d, column "
			"%d)",
			what, why.line, why.column);
	return NULL;
}

static int append(const char *text, size_t n, void *out)
{
	return buf_add(out, text, n);
}

int js_write(const json_t *v, struct buf *out)
{
	return json_dump_callback(v, append, out, JSON_COMPACT);
}

json_t *js_at(const json_t *v, const char *path)
{
	json_t *at = (json_t *)v;

	while (at && *path) {
		size_t n = strcspn(path, "/");
		char name[64];

		if (n >= sizeof(name))
			return NULL;
		memcpy(name, path, n);
		name[n] = '\0';
		at = json_object_get(at, name);
		path += n + (path[n] == '/');
	}
	return at;
}

const char *js_text(const json_t *v, const char *path)
{
	const char *s = json_string_value(js_at(v, path));

	return s ? s : "";
}

int64_t js_number(const json_t *v, const char *path)
{
	return json_integer_value(js_at(v, path));
}

bool js_true(const json_t *v, const char *path)
{
	return json_is_true(js_at(v, path));
}

#include "base/js.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"

#include <stdatomic.h>
#include <string.h>

#define BLOCK_COST 48 /* bytes that a block takes besides its own */

/* What jansson holds at the moment. A few bytes of text can become a hundred
 * times as many of values ("[{},{},{}, ..."), so a limit on the text alone
 * would not do. */
static atomic_size_t held;
static _Thread_local bool refused;

static void give(void *p)
{
	if (p)
		atomic_fetch_sub(&held, secret_size(p) + BLOCK_COST);
	secret_free(p);
}

static void *take(size_t n)
{
	size_t cost = n + BLOCK_COST;
	void *p = NULL;

	if (n <= JS_MAX_MEMORY) {
		if (atomic_fetch_add(&held, cost) + cost <= JS_MAX_MEMORY)
			p = secret_malloc(n);
		if (!p)
			atomic_fetch_sub(&held, cost);
	}
	refused |= !p;
	return p;
}

void js_setup(void)
{
	json_set_alloc_funcs(take, give);
}

json_t *js_load(const char *text, size_t n, size_t flags, json_error_t *why)
{
	json_t *v;

	refused = false;
	v = json_loadb(text, n, flags, why);
	/* Where json_error_code looks. */
	if (!v && refused)
		why->text[JSON_ERROR_TEXT_LENGTH - 1] =
			json_error_out_of_memory;
	return v;
}

json_t *js_read(const char *text, size_t n, const char *what, struct err *e)
{
	json_error_t why;
	json_t *v = js_load(text, n, JSON_REJECT_DUPLICATES, &why);

	if (v)
		return v;
	if (json_error_code(&why) == json_error_out_of_memory)
		err_set(e, ERR_LOCAL, "%s: takes more memory than there is, or "
			"than %u MiB", what, JS_MAX_MEMORY >> 20);
	else if (json_error_code(&why) == json_error_duplicate_key)
		err_set(e, ERR_REFUSED, "%s: the same key stands there twice "
			"(line %d, column %d)", what, why.line, why.column);
	else
		err_set(e, ERR_REFUSED, "%s: not valid JSON (line %d, column "
			"%d)", what, why.line, why.column);
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

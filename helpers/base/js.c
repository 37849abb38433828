#include "base/js.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/secret.h"

#include <string.h>

void js_setup(void)
{
	json_set_alloc_funcs(secret_malloc, secret_free);
}

json_t *js_read(const char *text, size_t n, const char *what, struct err *e)
{
	json_error_t why;
	json_t *v = json_loadb(text, n, JSON_REJECT_DUPLICATES, &why);

	if (v)
		return v;
	if (json_error_code(&why) == json_error_duplicate_key)
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

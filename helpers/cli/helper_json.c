/* SPDX-License-Identifier: MIT */
/* The tables of an executable as JSON, for --help=json. */
#include "cli/internal.h"

#include "base/buf.h"
#include "base/js.h"

#include <string.h>

static void set_text(json_t *object, const char *key, const char *text)
{
	if (text && *text)
		json_object_set_new(object, key, json_string(text));
}

static json_t *choices(const char *words)
{
	json_t *list = json_array();

	while (*words) {
		size_t n = strcspn(words, "|");

		json_array_append_new(list, json_stringn(words, n));
		words += n + (words[n] == '|');
	}
	return list;
}

static json_t *field(const struct helper *h, const struct query_field *f)
{
	struct query_spec spec = helper_spec(h);
	json_t *key = json_object();
	char room[64];

	set_text(key, "key", f->key);
	set_text(key, "type", query_type_name(f->type));
	json_object_set_new(key, "required", json_boolean(query_required(&spec, f)));
	if (!query_required(&spec, f))
		set_text(key, "default", helper_default(h, f, room, sizeof(room)));
	if (f->type == QUERY_CHOICE)
		json_object_set_new(key, "choices", choices(f->choices));
	set_text(key, "meaning", f->meaning);
	set_text(key, "example", f->example);
	return key;
}

static json_t *fields(const struct helper *h, const struct query_field *f)
{
	json_t *list = json_array();

	for (; f->key; f++)
		json_array_append_new(list, field(h, f));
	return list;
}

static json_t *shared_fields(const struct helper *h)
{
	json_t *list = json_array();

	for (const struct query_field *f = query_shared_fields; f->key; f++)
		if (helper_shares(h, f))
			json_array_append_new(list, field(h, f));
	return list;
}

static json_t *outputs(const struct helper *h)
{
	json_t *list = json_array();

	for (const struct helper_output *o = h->outputs; o->key; o++)
		json_array_append_new(list, json_pack("{s:s, s:s}", "key", o->key,
						      "meaning", o->meaning));
	return list;
}

static json_t *texts(const char *const *text)
{
	json_t *list = json_array();

	for (; *text; text++)
		json_array_append_new(list, json_string(*text));
	return list;
}

void helper_help_json(const struct helper *h, struct buf *out)
{
	static const char *const kinds[] = { [HELPER_QUERY] = "query",
					     [HELPER_ACTION] = "action",
					     [HELPER_TOOL] = "tool" };
	json_t *all = json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:b}", "name", h->name,
				"version", VERSION, "kind", kinds[h->kind], "purpose",
				h->purpose, "details", h->details, "at_destroy",
				h->at_destroy, "takes_command", h->command != NULL);

	json_object_set_new(all, "keys", fields(h, h->fields));
	json_object_set_new(all, "shared_keys", shared_fields(h));
	json_object_set_new(all, "outputs", outputs(h));
	json_object_set_new(all, "sources", texts(helper_sources));
	json_object_set_new(all, "exit_codes", texts(helper_codes));
	js_write(all, out);
	buf_adds(out, "\n");
	json_decref(all);
}

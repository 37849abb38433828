#include "helper_internal.h"

#include "query_internal.h"

#include <string.h>

/* Text in a table's cell, where a bar would end it. */
static void cell(struct buf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '|')
			buf_adds(out, "\\");
		buf_add(out, text, 1);
	}
}

static void code(struct buf *out, const char *text)
{
	if (!*text)
		return;
	buf_adds(out, "`");
	cell(out, text);
	buf_adds(out, "`");
}

static void field(const struct helper *h, const struct query_field *f,
		  struct buf *out)
{
	struct buf meaning = BUF_INIT(2048);
	char room[64];
	const char *fallback = helper_default(h, f, room, sizeof(room));

	buf_addf(out, "| `%s` | %s | ", f->key, query_type_name(f->type));
	if (strcmp(fallback, "required"))
		code(out, fallback);
	else
		buf_adds(out, fallback);
	buf_adds(out, " | ");
	helper_meaning(f, &meaning);
	cell(out, buf_str(&meaning));
	buf_adds(out, " | ");
	code(out, f->example ? f->example : "");
	buf_adds(out, " |\n");
	buf_free(&meaning);
}

static void table_head(struct buf *out)
{
	buf_adds(out, "| key | type | default | meaning | example |\n"
		 "|---|---|---|---|---|\n");
}

static void outputs(const struct helper *h, struct buf *out)
{
	buf_adds(out, "\nResult:\n\n| key | meaning |\n|---|---|\n");
	for (const struct helper_output *o = h->outputs; o->key; o++) {
		buf_addf(out, "| `%s` | ", o->key);
		cell(out, o->meaning);
		buf_adds(out, " |\n");
	}
}

/* What this executable says of a shared key otherwise than the shared table. */
static void differences(const struct helper *h, struct buf *out)
{
	const struct query_field *f = query_shared_fields;
	struct query_spec spec = helper_spec(h);
	char room[64];

	buf_adds(out, "\nAnd the [keys that all helpers share]"
		 "(#keys-that-all-helpers-share)");
	for (; f->key; f++) {
		if (!helper_shares(h, f))
			continue;
		if (f->required && !query_required(&spec, f))
			buf_addf(out, "; here `%s` need not be given", f->key);
		if (!f->fallback && query_fallback(&spec, f))
			buf_addf(out, "; here `%s` is %s unless given", f->key,
				 helper_default(h, f, room, sizeof(room)));
	}
	buf_adds(out, ".\n");
}

void helper_help_markdown(const struct helper *h, struct buf *out)
{
	buf_addf(out, "## %s\n\n%s %s: %s.\n\n%s\n\n", h->name,
		 strcmp(h->kind, "query") ? "An" : "A", h->kind, h->purpose,
		 h->details);
	if (h->fields->key)
		table_head(out);
	for (const struct query_field *f = h->fields; f->key; f++)
		field(h, f, out);
	differences(h, out);
	outputs(h, out);
	buf_adds(out, "\n```hcl\n");
	helper_example(h, out);
	buf_adds(out, "```\n");
}

void helper_help_shared(const struct helper *h, struct buf *out)
{
	struct helper plain = *h;

	plain.default_timeout = "";
	plain.extra_ms = NULL;
	plain.host_optional = false;
	buf_adds(out, "## The query\n\nIt comes from\n\n");
	for (size_t i = 0; helper_sources[i]; i++)
		buf_addf(out, "* %s\n", helper_sources[i]);
	buf_adds(out, "\nAn empty value counts as not given.\n\n"
		 "## Keys that all helpers share\n\n");
	table_head(out);
	for (const struct query_field *f = query_shared_fields; f->key; f++)
		field(&plain, f, out);
	buf_adds(out, "\n## Exit codes\n\n| code | meaning |\n|---|---|\n");
	for (size_t i = 0; helper_codes[i]; i++)
		buf_addf(out, "| %zu | %s |\n", i, helper_codes[i]);
}

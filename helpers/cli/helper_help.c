/* SPDX-License-Identifier: MIT */
/* The text that --help prints. */
#include "cli/internal.h"

#include <string.h>

#define WIDTH 100

/* The width of each column but the last. */
struct columns {
	size_t key, type, fallback;
};

static void widen(size_t *width, const char *text)
{
	if (strlen(text) > *width)
		*width = strlen(text);
}

static void measure(struct columns *c, const struct helper *h,
		    const struct query_field *fields)
{
	char room[64];

	for (; fields->key; fields++) {
		widen(&c->key, fields->key);
		widen(&c->type, query_type_name(fields->type));
		widen(&c->fallback, helper_default(h, fields, room, sizeof(room)));
	}
}

/* Appends the words of `text`, the first at column `indent`, where the cursor
 * is; each further line begins there too. */
static void wrap(struct buf *out, const char *text, size_t indent)
{
	size_t at = indent;

	while (*text) {
		size_t n = strcspn(text, " ");

		if (at > indent && at + 1 + n > WIDTH) {
			buf_addf(out, "\n%*s", (int)indent, "");
			at = indent;
		} else if (at > indent) {
			buf_adds(out, " ");
			at++;
		}
		buf_add(out, text, n);
		at += n;
		text += n + strspn(text + n, " ");
	}
	buf_adds(out, "\n");
}

static void row(const struct columns *c, const struct helper *h,
		const struct query_field *f, struct buf *out)
{
	struct buf meaning = BUF_INIT(2048);
	char room[64];

	buf_addf(out, "  %-*s  %-*s  %-*s  ", (int)c->key, f->key, (int)c->type,
		 query_type_name(f->type), (int)c->fallback,
		 helper_default(h, f, room, sizeof(room)));
	helper_meaning(f, &meaning);
	if (f->example)
		buf_addf(&meaning, "; e.g. %s", f->example);
	wrap(out, buf_str(&meaning), c->key + c->type + c->fallback + 8);
	buf_free(&meaning);
}

static void keys(const struct helper *h, struct buf *out)
{
	struct columns c = { 3, 4, 7 };

	measure(&c, h, h->fields);
	measure(&c, h, query_shared_fields);
	buf_addf(out, "\nKeys of the query\n  %-*s  %-*s  %-*s  %s\n", (int)c.key, "key",
		 (int)c.type, "type", (int)c.fallback, "default", "meaning");
	for (const struct query_field *f = h->fields; f->key; f++)
		row(&c, h, f, out);
	buf_adds(out, h->shared ? "\nKeys shared with others\n"
				: "\nKeys that all helpers share\n");
	for (const struct query_field *f = query_shared_fields; f->key; f++)
		if (helper_shares(h, f))
			row(&c, h, f, out);
}

static void outputs(const struct helper *h, struct buf *out)
{
	size_t width = 0;

	for (const struct helper_output *o = h->outputs; o->key; o++)
		widen(&width, o->key);
	buf_adds(out, "\nResult: one JSON object of strings on stdout\n");
	for (const struct helper_output *o = h->outputs; o->key; o++) {
		buf_addf(out, "  %-*s  ", (int)width, o->key);
		wrap(out, o->meaning, width + 4);
	}
}

static void sources(struct buf *out)
{
	buf_adds(out, "\nThe query comes from\n");
	for (size_t i = 0; helper_sources[i]; i++) {
		buf_adds(out, "  * ");
		wrap(out, helper_sources[i], 4);
	}
	buf_adds(out, "  An empty value counts as not given.\n");
}

static void codes(struct buf *out)
{
	buf_adds(out, "\nExit codes\n");
	for (size_t i = 0; helper_codes[i]; i++) {
		buf_addf(out, "  %zu  ", i);
		wrap(out, helper_codes[i], 5);
	}
}

void helper_help_text(const struct helper *h, struct buf *out)
{
	buf_addf(out, "%s: ", h->name);
	wrap(out, h->purpose, strlen(h->name) + 2);
	buf_addf(out,
		 "\nUsage: %s [--KEY VALUE]... [--query-env NAME]%s\n"
		 "       %s --help | --version\n\n",
		 h->name, h->command ? " [-- COMMAND [ARGUMENT]...]" : "", h->name);
	wrap(out, h->details, 0);
	keys(h, out);
	outputs(h, out);
	sources(out);
	codes(out);
	buf_adds(out,
		 "\nThe man page has a Terraform block. --help=json prints these tables "
		 "as JSON.\n");
}

#include "helper_internal.h"

#include "query_internal.h"

#include <ctype.h>
#include <string.h>

/* Text as groff takes it: nothing in it is a request, and a '-' stays one that
 * can be copied into a shell. */
static void put(struct buf *out, const char *text)
{
	bool line_start = !out->len || out->data[out->len - 1] == '\n';

	for (; *text; text++) {
		if (line_start && (*text == '.' || *text == '\''))
			buf_adds(out, "\\&");
		line_start = *text == '\n';
		if (*text == '\\')
			buf_adds(out, "\\e");
		else if (*text == '-')
			buf_adds(out, "\\-");
		else
			buf_add(out, text, 1);
	}
}

static void section(struct buf *out, const char *title)
{
	buf_addf(out, ".SH %s\n", title);
}

static void field(const struct helper *h, const struct query_field *f,
		  struct buf *out)
{
	struct buf meaning = BUF_INIT(2048);
	char room[64];
	const char *fallback = helper_default(h, f, room, sizeof(room));

	buf_addf(out, ".TP\n.BR %s \" (%s", f->key, query_type_name(f->type));
	buf_adds(out, *fallback && strcmp(fallback, "required") ? ", default "
		 : *fallback ? ", " : "");
	put(out, fallback);
	buf_adds(out, ")\"\n");
	helper_meaning(f, &meaning);
	if (f->example)
		buf_addf(&meaning, "; for example %s", f->example);
	put(out, buf_str(&meaning));
	buf_adds(out, "\n");
	buf_free(&meaning);
}

static void keys(const struct helper *h, struct buf *out)
{
	section(out, "KEYS OF THE QUERY");
	for (const struct query_field *f = h->fields; f->key; f++)
		field(h, f, out);
	section(out, "KEYS THAT ALL HELPERS SHARE");
	for (const struct query_field *f = query_shared_fields; f->key; f++)
		if (helper_shares(h, f))
			field(h, f, out);
}

static void outputs(const struct helper *h, struct buf *out)
{
	section(out, "RESULT");
	buf_adds(out, "One JSON object of strings on standard output; nothing "
		 "there on failure.\n");
	for (const struct helper_output *o = h->outputs; o->key; o++) {
		buf_addf(out, ".TP\n.B %s\n", o->key);
		put(out, o->meaning);
		buf_adds(out, "\n");
	}
}

static void title(const struct helper *h, struct buf *out)
{
	buf_adds(out, ".TH ");
	for (const char *c = h->name; *c; c++)
		buf_addf(out, "%c", toupper((unsigned char)*c));
	buf_addf(out, " 1 \"\" \"terraform-swarm-helpers %s\"\n", VERSION);
	section(out, "NAME");
	put(out, h->name);
	buf_adds(out, " \\- ");
	put(out, h->purpose);
	buf_adds(out, "\n");
	section(out, "SYNOPSIS");
	buf_addf(out, ".B %s\n.RB [ \\-\\-\\fIKEY\\fP\n.IR VALUE ]...\n"
		 ".RB [ \\-\\-query\\-env\n.IR NAME ]\n", h->name);
	section(out, "DESCRIPTION");
	put(out, h->details);
	buf_adds(out, "\n");
}

static void example(const struct helper *h, struct buf *out)
{
	struct buf block = BUF_INIT(16 * 1024);

	section(out, "EXAMPLE");
	buf_adds(out, ".nf\n");
	helper_example(h, &block);
	put(out, buf_str(&block));
	buf_adds(out, ".fi\n");
	buf_free(&block);
}

void helper_help_man(const struct helper *h, struct buf *out)
{
	title(h, out);
	section(out, "THE QUERY");
	buf_adds(out, "It comes from\n");
	for (size_t i = 0; helper_sources[i]; i++) {
		buf_adds(out, ".IP \\(bu 2\n");
		put(out, helper_sources[i]);
		buf_adds(out, "\n");
	}
	buf_adds(out, ".PP\nAn empty value counts as not given.\n");
	keys(h, out);
	outputs(h, out);
	section(out, "EXIT STATUS");
	for (size_t i = 0; helper_codes[i]; i++) {
		buf_addf(out, ".TP\n.B %zu\n", i);
		put(out, helper_codes[i]);
		buf_adds(out, "\n");
	}
	example(h, out);
}

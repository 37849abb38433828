#include "helper_internal.h"

#include "query_internal.h"

#include "base/err.h"
#include "base/js.h"

#include <stdio.h>
#include <string.h>

/* A string as Terraform's language writes it. */
static void quote(struct buf *out, const char *text)
{
	buf_adds(out, "\"");
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buf_adds(out, "\\");
		if (!strncmp(text, "${", 2) || !strncmp(text, "%{", 2))
			buf_add(out, text, 1);
		if (*text == '\n')
			buf_adds(out, "\\n");
		else
			buf_add(out, text, 1);
	}
	buf_adds(out, "\"");
}

static void map(struct buf *out, const char *text)
{
	struct err e;
	json_t *object = js_read(text, strlen(text), "example", &e);
	const char *key, *between = "";
	json_t *value;

	buf_adds(out, "jsonencode({ ");
	json_object_foreach(object, key, value) {
		buf_adds(out, between);
		quote(out, key);
		buf_adds(out, " = ");
		quote(out, json_string_value(value));
		between = ", ";
	}
	buf_adds(out, " })");
	json_decref(object);
}

/* The fields of the block: what must be given, and the lists and maps, since
 * how Terraform writes those needs showing. */
static size_t choose(const struct helper *h, const struct query_field **shown)
{
	struct query_spec spec = helper_spec(h);
	const struct query_field *f;
	size_t n = 0;

	for (f = query_shared_fields; f->key; f++)
		if (query_required(&spec, f) && helper_shares(h, f))
			shown[n++] = f;
	for (f = h->fields; f->key; f++)
		if (f->required || f->type == QUERY_HOSTS ||
		    f->type == QUERY_MAP)
			shown[n++] = f;
	return n;
}

static void assignments(const struct helper *h, const char *indent,
			struct buf *out)
{
	const struct query_field *shown[QUERY_MAX_FIELDS];
	size_t n = choose(h, shown), width = 0;

	for (size_t i = 0; i < n; i++)
		if (strlen(shown[i]->key) > width)
			width = strlen(shown[i]->key);
	for (size_t i = 0; i < n; i++) {
		buf_addf(out, "%s%-*s = ", indent, (int)width, shown[i]->key);
		if (shown[i]->type == QUERY_MAP)
			map(out, shown[i]->example);
		else
			quote(out, shown[i]->example ? shown[i]->example : "");
		buf_adds(out, "\n");
	}
}

static void data_block(const struct helper *h, const char *label,
		       struct buf *out)
{
	buf_addf(out, "data \"external\" \"%s\" {\n"
		 "  program = [\"%s\"]\n"
		 "  query = {\n", label, h->name);
	assignments(h, "    ", out);
	buf_adds(out, "  }\n}\n");
}

static void provisioner_block(const struct helper *h, const char *label,
			      struct buf *out)
{
	buf_addf(out, "resource \"terraform_data\" \"%s\" {\n"
		 "  provisioner \"local-exec\" {\n", label);
	if (h->at_destroy)
		buf_adds(out, "    when        = destroy\n");
	buf_addf(out, "    interpreter = [\"%s\", \"--query-env\"]\n"
		 "    command     = \"SWARM_QUERY\"\n"
		 "    environment = {\n"
		 "      SWARM_QUERY = jsonencode({\n", h->name);
	assignments(h, "        ", out);
	buf_adds(out, "      })\n    }\n  }\n}\n");
}

void helper_example(const struct helper *h, struct buf *out)
{
	char label[64];

	snprintf(label, sizeof(label), "%s", h->name);
	for (char *c = label; *c; c++)
		if (*c == '-')
			*c = '_';
	if (strcmp(h->kind, "query"))
		provisioner_block(h, label, out);
	else
		data_block(h, label, out);
}

/* SPDX-License-Identifier: MIT */
/* What all forms of the documentation share: defaults, exit codes, sources
 * of the query. */
#include "cli/internal.h"

#include <stdio.h>
#include <string.h>

const char *const helper_codes[] = {
	"done; stdout holds the result",
	"refused or in the wrong state: trying again will not help",
	"bad query or command line: the message names the key",
	"the time ran out, or the run was interrupted: running it again goes on "
	"from there",
	"the host was never reached or stopped answering: trying again may "
	"help",
	NULL
};

const char *const helper_sources[] = {
	"stdin: one JSON object, every value a string, at most 64 KiB, as "
	"Terraform's data \"external\" writes it",
	"--query-env NAME: the same object in the environment variable NAME "
	"(a provisioner has no stdin)",
	"the keys as options, --host 10.0.0.1 or --host=10.0.0.1, with - or _ "
	"between words; beside an object they are defaults that it overrides",
	NULL
};

struct query_spec helper_spec(const struct helper *h)
{
	return (struct query_spec){
		.program = h->name,
		.fields = h->fields,
		.default_timeout = h->default_timeout,
		.host_optional = h->host_optional,
		.shared = h->shared,
		.stop_fd = -1,
	};
}

bool helper_shares(const struct helper *h, const struct query_field *f)
{
	struct query_spec spec = helper_spec(h);

	for (const struct query_field *own = h->fields; own->key; own++)
		if (!strcmp(own->key, f->key))
			return false;
	return query_shares(&spec, f);
}

const char *helper_default(const struct helper *h, const struct query_field *f,
			   char *room, size_t n)
{
	struct query_spec spec = helper_spec(h);
	const char *text = query_fallback(&spec, f);

	if (query_required(&spec, f))
		return "required";
	if (!text)
		return "";
	if (strcmp(f->key, "timeout") || !h->extra_ms)
		return text;
	snprintf(room, n, "%s + drain_timeout", text);
	return room;
}

void helper_meaning(const struct query_field *f, struct buf *out)
{
	buf_adds(out, f->meaning);
	if (f->type != QUERY_CHOICE)
		return;
	buf_adds(out, " (one of ");
	for (const char *c = f->choices; *c; c++)
		if (*c == '|')
			buf_adds(out, ", ");
		else
			buf_add(out, c, 1);
	buf_adds(out, ")");
}

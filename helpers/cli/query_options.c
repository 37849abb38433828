/* SPDX-License-Identifier: MIT */
/* Decodes the long options of a query. */
#include "cli/internal.h"

#include "base/err.h"

#include <string.h>

#define LONGEST_KEY 40

/* One "--name value" or "--name=value" as it stands in argv. */
struct option {
	char name[LONGEST_KEY + 1];
	const char *value;
};

/* Reads the option at argv[*i] and steps past it. */
static int take(struct option *o, int argc, char **argv, int *i, struct err *e)
{
	const char *word = argv[(*i)++];
	size_t n;

	if (strncmp(word, "--", 2) || !word[2])
		return err_set(e, ERR_USAGE,
			       "unexpected argument `%.40s`: "
			       "expected options such as --host 10.0.0.1 "
			       "(--help lists them)",
			       word);
	word += 2;
	n = strcspn(word, "=");
	if (n > LONGEST_KEY)
		n = LONGEST_KEY;
	memcpy(o->name, word, n);
	o->name[n] = '\0';
	o->value = strchr(word, '=');
	if (o->value) {
		o->value++;
		return 0;
	}
	if (*i == argc)
		return err_set(e, ERR_USAGE, "--%s: expected a value after it", o->name);
	o->value = argv[(*i)++];
	return 0;
}

static int set_source(struct query *q, const char *name, struct err *e)
{
	if (q->env_name)
		return err_set(e, ERR_USAGE, "--query-env: given twice");
	if (!*name)
		return err_set(e, ERR_USAGE,
			       "--query-env: expected the name "
			       "of an environment variable, got nothing");
	q->env_name = name;
	return 0;
}

/* What the JSON object cannot hold, a value from argv must not either. */
static bool is_utf8(const char *text)
{
	json_t *probe = json_string(text);
	bool ok = probe != NULL;

	json_decref(probe);
	return ok;
}

static int set_value(struct query *q, const struct option *o, bool *seen, struct err *e)
{
	struct query_value *v = query_find(q, o->name, true);

	if (!v)
		return query_unknown(q, o->name, "--", e);
	if (seen[v - q->values])
		return err_set(e, ERR_USAGE, "--%s: given twice", o->name);
	seen[v - q->values] = true;
	if (!is_utf8(o->value))
		return err_set(e, ERR_USAGE, "--%s: expected UTF-8 text", o->name);
	if (!*o->value && query_required(q->spec, v->field))
		return err_set(e, ERR_USAGE,
			       "--%s: required, expected %s, got "
			       "nothing",
			       o->name, query_type_accepts(v->field->type));
	return query_set(v, o->value, strlen(o->value), e);
}

int query_options(struct query *q, int argc, char **argv, struct err *e)
{
	bool seen[QUERY_MAX_FIELDS] = { false };
	int i = 1;

	while (i < argc) {
		struct option o;
		int bad;

		if (take(&o, argc, argv, &i, e))
			return -1;
		bad = !strcmp(o.name, "query-env") ? set_source(q, o.value, e)
						   : set_value(q, &o, seen, e);
		if (bad)
			return -1;
	}
	return 0;
}

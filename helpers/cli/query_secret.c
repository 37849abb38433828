/* SPDX-License-Identifier: MIT */
/* Takes the secrets that a query names out of the environment. */
#include "cli/internal.h"

#include "base/err.h"
#include "base/secret.h"

#include <stdlib.h>
#include <string.h>

static int take(struct query_value *v, struct err *e)
{
	const char *value = getenv(v->text);

	if (!value || !*value)
		return err_set(e, ERR_USAGE,
			       "%s: the environment variable "
			       "that it names is %s, expected one that holds "
			       "the secret",
			       v->field->key, value ? "empty" : "not set");
	v->secret = secret_strdup(value);
	if (!v->secret)
		return err_no_memory(e);
	return 0;
}

int query_take_secrets(struct query *q, struct err *e)
{
	int ret = 0;

	for (size_t i = 0; i < q->count && !ret; i++)
		if (q->values[i].field->type == QUERY_ENV && q->values[i].text)
			ret = take(&q->values[i], e);
	/* Only now: two keys may name the same variable. Also on failure. */
	for (size_t i = 0; i < q->count; i++)
		if (q->values[i].field->type == QUERY_ENV && q->values[i].text)
			secret_forget_variable(q->values[i].text);
	return ret;
}

/* The name of the variable is not shown: somebody may have written the secret there. */
static int take_of_map(json_t *secrets, const char *key, const char *of, const char *name,
		       struct err *e)
{
	const char *value = getenv(name);

	if (!value || !*value)
		return err_set(e, ERR_USAGE,
			       "%s: the environment variable that it names for %s is %s, "
			       "expected one that holds the secret",
			       key, of, value ? "empty" : "not set");
	if (json_object_set_new(secrets, of, json_string(value)))
		return err_set(e, ERR_USAGE,
			       "%s: the environment variable that it names for %s "
			       "is no UTF-8, expected one that is",
			       key, of);
	return 0;
}

json_t *query_map_secrets(const struct query *q, const char *key, struct err *e)
{
	json_t *names = (json_t *)query_map(q, key), *secrets = json_object(), *name;
	const char *of;
	int ret = 0;

	json_object_foreach(names, of, name)
		ret = ret ? ret
			  : take_of_map(secrets, key, of, json_string_value(name), e);
	/* Only now: two may name the same variable. */
	json_object_foreach(names, of, name)
		secret_forget_variable(json_string_value(name));
	if (!ret)
		return secrets;
	json_decref(secrets);
	return NULL;
}

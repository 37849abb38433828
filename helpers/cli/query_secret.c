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

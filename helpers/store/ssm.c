/* SPDX-License-Identifier: MIT */
/* A store in encrypted parameters: /PATH/NAME/worker and /PATH/NAME/manager. A parameter has no
 * condition but that there is none yet: it decides who has the name. */
#include "store/internal.h"

#include <stdio.h>
#include <string.h>

#define IS_THERE "there"

static int open_parameters(struct store *s, const struct store_params *p, struct err *e)
{
	const struct aws_ssm_params ssm = { p->region, p->endpoint, p->allow_http };

	return aws_ssm_open(&s->ssm, &ssm, e);
}

/* The name of a parameter begins with a slash. */
static void name_of(const struct store *s, const char *name,
		    char out[3 * STORE_MAX_PLACE])
{
	snprintf(out, 3 * STORE_MAX_PLACE, "/%s/%s", s->container, name);
}

static int get(struct store *s, const char *name, struct buf *out, char *tag,
	       const struct deadline *d, struct err *e)
{
	char full[3 * STORE_MAX_PLACE];

	name_of(s, name, full);
	if (aws_ssm_get(s->ssm, full, out, d, e))
		return -1;
	memcpy(tag, IS_THERE, sizeof(IS_THERE));
	return 0;
}

static int put(struct store *s, const char *name, const struct buf *text, const char *tag,
	       const struct deadline *d, struct err *e)
{
	char full[3 * STORE_MAX_PLACE];
	const struct aws_ssm_parameter p = { full, buf_str(text), s->kms_key, *tag };

	name_of(s, name, full);
	return aws_ssm_put(s->ssm, &p, d, e);
}

static int remove_parameter(struct store *s, const char *name, const struct deadline *d,
			    struct err *e)
{
	char full[3 * STORE_MAX_PLACE];

	name_of(s, name, full);
	return aws_ssm_delete(s->ssm, full, d, e);
}

static const struct store_documents parameters = { get, put, remove_parameter };

static int read_parameters(struct store *s, unsigned roles, struct store_entry *out,
			   const struct deadline *d, struct err *e)
{
	return store_document_read(s, &parameters, roles, out, d, e);
}

static int change_parameters(struct store *s, const struct store_entry *want,
			     const struct store_entry *was, const struct deadline *d,
			     struct err *e)
{
	return store_document_change(s, &parameters, want, was, d, e);
}

const struct store_kind store_ssm = { "ssm://", "store_names", open_parameters,
				      read_parameters, change_parameters };

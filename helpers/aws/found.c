/* SPDX-License-Identifier: MIT */
/* Keys of AWS as they were found somewhere. */
#include "aws/internal.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/js.h"
#include "base/secret.h"
#include "base/text.h"

#include <string.h>

#define MAX_KEY 16384 /* session tokens have some thousand bytes */

static bool fits(const char *text)
{
	size_t n = strlen(text);

	return n && n <= MAX_KEY && !text_has_control(text, n) && !strchr(text, ' ');
}

int aws_found_set(struct aws_found *f, const char *id, const char *secret,
		  const char *token, struct err *e)
{
	if (!fits(id) || !fits(secret) || (token && !fits(token)))
		return err_set(e, ERR_REFUSED,
			       "the keys are no AWS keys: one of them is empty, too long "
			       "or has white space in it");
	f->id = secret_strdup(id);
	f->secret = secret_strdup(secret);
	f->token = token ? secret_strdup(token) : NULL;
	if (f->id && f->secret && (f->token || !token))
		return 0;
	aws_found_wipe(f);
	return err_no_memory(e);
}

int aws_found_read(struct aws_found *f, const struct buf *text, const char *token_name,
		   const char *what, struct err *e)
{
	json_t *v = js_read(buf_str(text), text->len, what, e);
	const char *token, *until;
	int ret;

	if (!v)
		return -1;
	token = js_text(v, token_name);
	until = js_text(v, "Expiration");
	f->until = text_moment(until) / 1000000000;
	if (*until && !f->until)
		ret = err_set(e, ERR_REFUSED, "%s: Expiration is no time", what);
	else if (aws_found_set(f, js_text(v, "AccessKeyId"),
			       js_text(v, "SecretAccessKey"), *token ? token : NULL, e))
		ret = err_wrap(e, "%s", what);
	else
		ret = 0;
	json_decref(v);
	return ret;
}

void aws_found_wipe(struct aws_found *f)
{
	secret_free(f->id);
	secret_free(f->secret);
	secret_free(f->token);
	*f = (struct aws_found){ 0 };
}

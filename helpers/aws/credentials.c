/* SPDX-License-Identifier: MIT */
/* Finds the keys for AWS, and gets them anew before they end. */
#include "aws/credentials.h"

#include "aws/internal.h"
#include "base/err.h"
#include "base/secret.h"

#include <stdio.h>
#include <time.h>

#define BEFORE_END 300 /* seconds that a request may take */

struct aws_credentials {
	struct aws_found found; /* id NULL: nothing yet */
};

static enum aws_looked environment_look(struct aws_found *f, const struct deadline *d,
					struct err *e)
{
	const char *id = aws_variable("AWS_ACCESS_KEY_ID");
	const char *secret = aws_variable("AWS_SECRET_ACCESS_KEY");
	int ret;

	(void)d;
	if (!id && !secret)
		return AWS_LOOKED_NOTHING;
	if (!id || !secret) {
		err_set(e, ERR_USAGE, "%s is set and %s is not; set both or none",
			id ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY",
			id ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID");
		return AWS_LOOKED_FAILED;
	}
	ret = aws_found_set(f, id, secret, aws_variable("AWS_SESSION_TOKEN"), e);
	secret_forget_variable("AWS_SECRET_ACCESS_KEY");
	secret_forget_variable("AWS_SESSION_TOKEN");
	secret_forget_variable("AWS_ACCESS_KEY_ID");
	snprintf(f->source, sizeof(f->source), "the environment");
	return ret ? AWS_LOOKED_FAILED : AWS_LOOKED_FOUND;
}

/* Of CI with OIDC, and of Kubernetes. */
static enum aws_looked web_identity_look(struct aws_found *f, const struct deadline *d,
					 struct err *e)
{
	(void)f;
	(void)d;
	if (!aws_variable("AWS_WEB_IDENTITY_TOKEN_FILE"))
		return AWS_LOOKED_NOTHING;
	err_set(e, ERR_USAGE,
		"AWS_WEB_IDENTITY_TOKEN_FILE: taking on a role with it is what only AWS's own "
		"tools do; name in AWS_PROFILE a profile with the line: credential_process = "
		"env -u AWS_PROFILE aws configure export-credentials --format process");
	return AWS_LOOKED_FAILED;
}

static enum aws_looked look(struct aws_found *f, const struct deadline *d, struct err *e)
{
	static enum aws_looked (*const places[])(struct aws_found *,
						 const struct deadline *,
						 struct err *) = {
		environment_look,   aws_profile_look,  web_identity_look,
		aws_container_look, aws_instance_look,
	};
	enum aws_looked looked = AWS_LOOKED_NOTHING;

	for (size_t i = 0;
	     looked == AWS_LOOKED_NOTHING && i < sizeof(places) / sizeof(places[0]); i++)
		looked = places[i](f, d, e);
	if (looked == AWS_LOOKED_NOTHING)
		err_set(e, ERR_REFUSED,
			"no AWS keys: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or "
			"AWS_PROFILE, or give this instance a role");
	return looked;
}

struct aws_credentials *aws_credentials_new(void)
{
	return secret_calloc(1, sizeof(struct aws_credentials));
}

void aws_credentials_free(struct aws_credentials *c)
{
	if (!c)
		return;
	aws_found_wipe(&c->found);
	secret_free(c);
}

/* Keys that have not ended yet do, when new ones cannot be got. */
static int get(struct aws_credentials *c, const struct deadline *d, struct err *e)
{
	struct aws_found *old = &c->found, new = { 0 };
	int64_t now = time(NULL);

	if (old->id && (!old->until || old->until - now > BEFORE_END))
		return 0;
	if (look(&new, d, e) != AWS_LOOKED_FOUND) {
		aws_found_wipe(&new);
		return old->id && old->until > now ? 0 : -1;
	}
	aws_found_wipe(old);
	*old = new;
	if (!old->until || old->until > now)
		return 0;
	return err_set(e, ERR_REFUSED,
		       "the AWS keys of %s have ended already; get new ones, and look at "
		       "this machine's clock",
		       old->source);
}

int aws_credentials_read(struct aws_credentials *c, struct aws_keys *out,
			 const struct deadline *d, struct err *e)
{
	if (get(c, d, e))
		return -1;
	*out = (struct aws_keys){ c->found.id, c->found.secret, c->found.token,
				  c->found.source };
	return 0;
}

int aws_credentials_renew(struct aws_credentials *c)
{
	if (!c->found.until)
		return -1;
	aws_found_wipe(&c->found);
	return 0;
}

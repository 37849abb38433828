/* SPDX-License-Identifier: MIT */
/* Reads and writes encrypted parameters of the Systems Manager. */
#include "aws/ssm.h"

#include "aws/internal.h"
#include "aws/service.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/js.h"
#include "base/secret.h"

struct aws_ssm {
	struct aws_service *service;
};

int aws_ssm_open(struct aws_ssm **out, const struct aws_ssm_params *p, struct err *e)
{
	const struct aws_service_params service = { "ssm", p->region, p->endpoint,
						    p->allow_http };
	struct aws_ssm *s = secret_calloc(1, sizeof(*s));

	if (!s)
		return err_no_memory(e);
	if (aws_service_open(&s->service, &service, e)) {
		aws_ssm_free(s);
		return -1;
	}
	*out = s;
	return 0;
}

void aws_ssm_free(struct aws_ssm *s)
{
	if (!s)
		return;
	aws_service_free(s->service);
	secret_free(s);
}

/* Makes the request; `body` becomes the call's. */
static int call(struct aws_ssm *s, const struct aws_json_action *a, json_t *body,
		json_t **out, const struct deadline *d, struct err *e)
{
	int ret = aws_json_call(s->service, a, body, out, d, e);

	json_decref(body);
	return ret;
}

int aws_ssm_get(struct aws_ssm *s, const char *name, struct buf *out,
		const struct deadline *d, struct err *e)
{
	static const struct aws_json_action get = { "1.1", "AmazonSSM.GetParameter",
						    "ssm:GetParameter" };
	json_t *reply;
	int ret = 0;

	if (call(s, &get, json_pack("{s:s, s:b}", "Name", name, "WithDecryption", 1),
		 &reply, d, e))
		return -1;
	if (buf_adds(out, js_text(reply, "Parameter/Value")))
		ret = err_set(e, ERR_REFUSED, "its value is too long");
	json_decref(reply);
	return ret;
}

int aws_ssm_put(struct aws_ssm *s, const struct aws_ssm_parameter *p,
		const struct deadline *d, struct err *e)
{
	static const struct aws_json_action put = { "1.1", "AmazonSSM.PutParameter",
						    "ssm:PutParameter" };

	return call(s, &put,
		    json_pack("{s:s, s:s, s:s, s:b, s:s*}", "Name", p->name, "Value",
			      p->value, "Type", "SecureString", "Overwrite", p->replace,
			      "KeyId", p->kms_key),
		    NULL, d, e);
}

int aws_ssm_delete(struct aws_ssm *s, const char *name, const struct deadline *d,
		   struct err *e)
{
	static const struct aws_json_action delete = { "1.1", "AmazonSSM.DeleteParameter",
						       "ssm:DeleteParameter" };

	if (!call(s, &delete, json_pack("{s:s}", "Name", name), NULL, d, e))
		return 0;
	return e->kind == ERR_NOT_FOUND ? 0 : -1;
}

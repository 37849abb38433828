/* SPDX-License-Identifier: MIT */
/* Requests to the services of AWS that speak JSON. */
#include "aws/internal.h"

#include "aws/service.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/js.h"

#include <stdio.h>

#define MAX_BODY 65536

int aws_json_call(struct aws_service *s, const struct aws_json_action *a,
		  const json_t *body, json_t **out, const struct deadline *d,
		  struct err *e)
{
	char type[48], target[96];
	struct aws_request r = { .action = a->right, .headers = { target } };
	struct buf text = BUF_INIT(MAX_BODY);
	struct http_reply reply;
	json_t *said = NULL;

	snprintf(type, sizeof(type), "application/x-amz-json-%s", a->version);
	snprintf(target, sizeof(target), "X-Amz-Target: %s", a->target);
	if (js_write(body, &text)) {
		buf_free(&text);
		return err_set(e, ERR_USAGE, "it is too long to be sent");
	}
	r.http = (struct http_request){ .method = "POST",
					.path = "/",
					.body = text.data,
					.body_len = text.len,
					.type = type };
	if (!aws_service_call(s, &r, &reply, d, e)) {
		said = js_read(buf_str(&reply.body), reply.body.len, a->right, e);
		http_reply_free(&reply);
	}
	buf_free(&text);
	if (!said)
		return -1;
	if (out)
		*out = said;
	else
		json_decref(said);
	return 0;
}

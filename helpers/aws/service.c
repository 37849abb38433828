/* SPDX-License-Identifier: MIT */
/* Signs requests to a service, and makes them again where that may help. */
#include "aws/service.h"

#include "aws/credentials.h"
#include "aws/internal.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/retry.h"
#include "base/secret.h"
#include "base/timing.h"

#include <stdio.h>
#include <string.h>

#define MAX_TOKEN 20000

struct aws_service {
	struct http *http;
	struct aws_credentials *credentials;
	char scope[80];
};

/* ---- where ---- */

static int find_region(const char *given, bool endpoint, struct buf *out, struct err *e)
{
	const char *names[] = { "AWS_REGION", "AWS_DEFAULT_REGION" };

	for (size_t i = 0; !given && i < 2; i++)
		given = aws_variable(names[i]);
	if (given)
		buf_adds(out, given);
	else if (aws_profile_setting("region", out, e))
		return -1;
	/* Others than AWS have one that nobody names. */
	if (!out->len && endpoint)
		buf_adds(out, "us-east-1");
	if (!out->len)
		return err_set(e, ERR_USAGE,
			       "region: no region; name it there, in AWS_REGION or in the "
			       "profile");
	if (out->failed ||
	    strspn(out->data, "abcdefghijklmnopqrstuvwxyz0123456789-") != out->len)
		return err_set(e, ERR_USAGE,
			       "region: expected the name of one, as eu-west-1");
	return 0;
}

static int check_endpoint(const char *url, bool allow_http, struct err *e)
{
	bool plain = !strncmp(url, "http://", 7), tls = !strncmp(url, "https://", 8);
	const char *host = url + (tls ? 8 : 7);

	if ((!plain && !tls) || !*host || strpbrk(host, "/?#@ \\"))
		return err_set(e, ERR_USAGE,
			       "endpoint: expected https://HOST or https://HOST:PORT, "
			       "without a path");
	if (plain && !allow_http && !aws_uri_is_loopback(url))
		return err_set(e, ERR_USAGE,
			       "endpoint: %.200s has no TLS, so that anybody on the way can "
			       "read what is sent; give https, or set allow_http",
			       url);
	return 0;
}

static int open_http(struct aws_service *s, const struct aws_service_params *p,
		     const char *region, struct err *e)
{
	const struct http_transport t = {
		.tls = &http_tls,
		.ca_file = aws_variable("AWS_CA_BUNDLE"),
	};
	char base[300];

	if (p->endpoint && check_endpoint(p->endpoint, p->allow_http, e))
		return -1;
	snprintf(base, sizeof(base), "https://%s.%s.amazonaws.com%s", p->name, region,
		 strncmp(region, "cn-", 3) ? "" : ".cn");
	return http_open(&s->http, p->endpoint ? p->endpoint : base, &t, e);
}

int aws_service_open(struct aws_service **out, const struct aws_service_params *p,
		     struct err *e)
{
	struct aws_service *s = secret_calloc(1, sizeof(*s));
	struct buf region = BUF_INIT(40);
	int ret = -1;

	if (!s)
		return err_no_memory(e);
	s->credentials = aws_credentials_new();
	if (!s->credentials)
		err_no_memory(e);
	else if (!find_region(p->region, p->endpoint != NULL, &region, e) &&
		 !open_http(s, p, region.data, e))
		ret = 0;
	snprintf(s->scope, sizeof(s->scope), "aws:amz:%s:%s", buf_str(&region), p->name);
	buf_free(&region);
	if (ret)
		aws_service_free(s);
	else
		*out = s;
	return ret;
}

void aws_service_free(struct aws_service *s)
{
	if (!s)
		return;
	http_close(s->http);
	aws_credentials_free(s->credentials);
	secret_free(s);
}

/* ---- one request ---- */

static int send_once(struct aws_service *s, const struct aws_request *r,
		     struct http_reply *reply, const struct deadline *d, struct err *e)
{
	const char *headers[AWS_MAX_HEADERS + 2] = { 0 };
	struct buf token = BUF_INIT(MAX_TOKEN);
	struct http_request h = r->http;
	struct aws_keys keys;
	size_t n = 0;
	int ret;

	if (aws_credentials_read(s->credentials, &keys, d, e))
		return -1;
	for (; r->headers[n]; n++)
		headers[n] = r->headers[n];
	if (keys.token) {
		buf_addf(&token, "x-amz-security-token: %s", keys.token);
		headers[n] = buf_str(&token);
	}
	h.headers = headers;
	h.sign = &(struct http_signing){ s->scope, keys.id, keys.secret };
	if (r->again)
		r->again(r->http.ctx);
	ret = http_call(s->http, &h, reply, d, e);
	if (!ret && (reply->status < 200 || reply->status > 299)) {
		ret = aws_reply_error(reply, r->action, keys.source, e);
		http_reply_free(reply);
	}
	buf_free(&token);
	return ret;
}

/* A busy server is what the whole time is for; that a name is wrong, or that there is no
 * way to it, should not take that long to say. */
static bool try_again(struct retry *r, int64_t began, const struct err *e)
{
	if (e->kind == ERR_UNREACHABLE && deadline_now_ms() - began > TIMING_AWS_AWAY_MS)
		return false;
	if (!retry_may(r, e) || !retry_in_time(r))
		return false;
	log_progress("%s; trying again", e->msg);
	return retry_pause(r, e);
}

int aws_service_call(struct aws_service *s, const struct aws_request *r,
		     struct http_reply *reply, const struct deadline *d, struct err *e)
{
	struct retry again = { .until = *d,
			       .may = ERR_TRANSIENT,
			       .every_ms = TIMING_AWS_MS,
			       .growth = 100,
			       .most_ms = TIMING_AWS_MAX_MS,
			       .jitter = 50 };
	int64_t began = deadline_now_ms();
	bool renewed = false;

	while (send_once(s, r, reply, d, e)) {
		if (e->kind == ERR_AUTH && !renewed &&
		    !aws_credentials_renew(s->credentials)) {
			renewed = true;
			continue;
		}
		if (try_again(&again, began, e))
			continue;
		if (e->kind == ERR_BUSY)
			err_as(e, ERR_DEADLINE);
		return e->kind == ERR_AUTH ? err_as(e, ERR_REFUSED) : -1;
	}
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* One request to the Docker Engine API: path, API version, retries while it
 * boots, errors. */
#include "docker/call.h"

#include "base/log.h"
#include "base/retry.h"
#include "base/timing.h"
#include "base/utf8.h"
#include "docker/api_error.h"
#include "http/http.h"

#include <stdio.h>
#include <string.h>

#define OLDEST_MINOR 40
#define NEWEST_MINOR 51
#define BODY_MAX (4u << 20) /* bytes of a request's body */
#define REASON_MAX (64u << 10)
#define RACE_JITTER 90 /* percent; base/timing.h says why */

static int send_once(struct docker_engine *g, const struct docker_request *r,
		     struct http_reply *reply, const struct deadline *d, struct err *e)
{
	struct buf path = BUF_INIT(DOCKER_PATH_MAX);
	struct buf body = BUF_INIT(BODY_MAX);
	struct http_request h = {
		.method = r->method,
		.sink = r->sink,
		.ctx = r->ctx,
		.again_ms = strcmp(r->method, "GET") ? 0 : TIMING_ASK_AGAIN_MS,
		.type = "application/json",
	};
	int ret = -1;

	*reply = (struct http_reply){ 0 };
	if (buf_addf(&path, "/v1.%u%s", g->minor, r->path) ||
	    (r->body && js_write(r->body, &body))) {
		err_no_memory(e);
		goto out;
	}
	h.path = path.data;
	h.body = body.data;
	h.body_len = body.len;
	ret = http_call(g->http, &h, reply, d, e);
	/* libcurl sends a change anew, too, when the connection ends without a reply. */
	if (!h.again_ms && g->agreed && reply->connected)
		g->died = true;
out:
	buf_free(&body);
	buf_free(&path);
	return ret;
}

/* Nobody listens there, and nobody is to wait for it. An engine that has
 * answered before has just died, or begins anew. */
static int not_up(const struct docker_engine *g, struct err *e)
{
	return err_as(e, g->agreed ? ERR_UNREACHABLE : ERR_NO_ENGINE);
}

/* ERR_BUSY means that nothing was sent, so that any request may be tried
 * again. */
static int send_when_up(struct docker_engine *g, const struct docker_request *r,
			struct http_reply *reply, const struct deadline *d, struct err *e)
{
	struct retry retry = {
		.every_ms = TIMING_ENGINE_BOOT_MS,
		.growth = 100,
		.most_ms = TIMING_ENGINE_BOOT_MAX_MS,
		.until = *d,
		.may = ERR_KIND(ERR_BUSY),
	};
	int64_t start = deadline_now_ms();
	const char *label = g->target.label;

	while (send_once(g, r, reply, d, e)) {
		http_reply_free(reply);
		g->died = g->died || (e->kind == ERR_BUSY && g->agreed);
		if (e->kind == ERR_BUSY && !g->target.login.wait_for_boot)
			not_up(g, e);
		if (!retry_may(&retry, e))
			return err_wrap(e, "%s", label);
		log_progress("waiting for Docker on %s (%llds)", label,
			     deadline_seconds_since(start));
		if (!retry_pause(&retry, e))
			return err_wrap(e, "%s: Docker did not come up in time", label);
	}
	return 0;
}

/* The number behind `before`, 0 when there is none. */
static unsigned minor_after(const char *text, const char *before)
{
	const char *p = strstr(text, before);
	unsigned n = 0;

	if (!p)
		return 0;
	for (p += strlen(before); *p >= '0' && *p <= '9' && n < 1000; p++)
		n = n * 10 + (unsigned)(*p - '0');
	return n;
}

/* Reads "client version 1.41 is too old. Minimum supported API version is
 * 1.44, ..." or "... is too new. Maximum supported API version is 1.40" (moby
 * api/server/middleware/version.go); the header tells the newest in both. */
static int choose_version(struct docker_engine *g, const struct http_reply *reply,
			  const char *text, struct err *e)
{
	unsigned least = minor_after(text, "Minimum supported API version is 1.");
	unsigned most, chosen;
	char version[16];
	size_t n;
	const char *header = http_reply_header(reply, "Api-Version", &n);

	snprintf(version, sizeof(version), "%.*s", (int)n, header);
	most = minor_after(version, "1.");

	if (!most)
		most = minor_after(text, "Maximum supported API version is 1.");
	if (!most)
		most = least;
	chosen = most < NEWEST_MINOR ? most : NEWEST_MINOR;
	if (chosen < OLDEST_MINOR || chosen < least || chosen == g->minor)
		return err_set(e, ERR_REFUSED,
			       "%s: no API version in common: "
			       "this program speaks 1.%d to 1.%d, Docker there "
			       "says: %s",
			       g->target.label, OLDEST_MINOR, NEWEST_MINOR, text);
	g->minor = chosen;
	return 0;
}

static bool is_version_error(long status, const char *text)
{
	return status == 400 && !strncmp(text, "client version ", 15) &&
	       (strstr(text, " is too old") || strstr(text, " is too new"));
}

static void api_error(const struct docker_engine *g, const struct docker_request *r,
		      long status, const char *text, struct err *e)
{
	err_set(e, docker_api_error_kind(status, text), "%s: %s %.*s: %s",
		g->target.label, r->method, (int)strcspn(r->path, "?"), r->path, text);
}

enum verdict {
	DONE,
	OTHER_VERSION, /* which is now chosen: to be asked again */
	FAILED
};

static enum verdict judge(struct docker_engine *g, const struct docker_request *r,
			  const struct http_reply *reply, struct err *e)
{
	struct buf text = BUF_INIT(REASON_MAX);
	enum verdict verdict = FAILED;

	if (reply->status >= 200 && reply->status < 300) {
		g->agreed = true;
		return DONE;
	}
	docker_api_error_text(&reply->body, reply->status, &text);
	if (g->agreed || !is_version_error(reply->status, buf_str(&text)))
		api_error(g, r, reply->status, buf_str(&text), e);
	else if (!choose_version(g, reply, buf_str(&text), e))
		verdict = OTHER_VERSION;
	buf_free(&text);
	return verdict;
}

/* The caller frees *reply, also after an error. */
static int transfer(struct docker_engine *g, const struct docker_request *r,
		    struct http_reply *reply, const struct deadline *d, struct err *e)
{
	enum verdict verdict;

	if (send_when_up(g, r, reply, d, e))
		return -1;
	verdict = judge(g, r, reply, e);
	if (verdict == OTHER_VERSION) {
		http_reply_free(reply);
		if (send_when_up(g, r, reply, d, e))
			return -1;
		g->agreed = true; /* it is not tried once more */
		verdict = judge(g, r, reply, e);
	}
	return verdict == DONE ? 0 : -1;
}

int docker_call(struct docker_engine *g, const struct docker_request *r, json_t **reply,
		const struct deadline *d, struct err *e)
{
	struct http_reply got = { 0 };
	char what[256];
	int ret = -1;

	if (transfer(g, r, &got, d, e))
		goto out;
	if (reply) {
		snprintf(what, sizeof(what), "%s: reply to %s %.*s", g->target.label,
			 r->method, (int)strcspn(r->path, "?"), r->path);
		*reply = js_read(buf_str(&got.body), got.body.len, what, e);
		if (!*reply)
			goto out;
	}
	ret = 0;
out:
	http_reply_free(&got);
	return ret;
}

int docker_call_stream(struct docker_engine *g, const struct docker_request *r,
		       const struct deadline *d, struct err *e)
{
	struct http_reply got = { 0 };
	int ret = transfer(g, r, &got, d, e);

	http_reply_free(&got);
	return ret;
}

int docker_call_agree(struct docker_engine *g, const struct deadline *d, struct err *e)
{
	const struct docker_request ping = { .method = "GET", .path = "/_ping" };

	return g->agreed ? 0 : docker_call(g, &ping, NULL, d, e);
}

int docker_call_fields(const json_t *reply, const struct docker_field *fields, size_t n,
		       void *out, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		const struct docker_field *f = &fields[i];
		const char *text = js_text(reply, f->path);

		if (!utf8_copy((char *)out + f->offset, f->size, text, strlen(text)) &&
		    !f->cut)
			return err_set(e, ERR_REFUSED,
				       "%s in the reply is "
				       "longer than %d bytes",
				       f->path, f->size - 1);
	}
	return 0;
}

bool docker_call_is_id(const char *id)
{
	return strlen(id) == 25 &&
	       strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789") == 25;
}

int docker_call_lost_race(const struct deadline *d, struct err *e)
{
	struct retry race = {
		.every_ms = TIMING_RACE_MS,
		.jitter = RACE_JITTER,
		.until = *d,
		.may = ERR_KIND(ERR_CONFLICT),
	};

	if (retry_pause(&race, e))
		return 0;
	if (!retry_may(&race, e))
		return -1;
	err_wrap(e, "others kept changing it until the time ran out");
	return err_as(e, ERR_DEADLINE);
}

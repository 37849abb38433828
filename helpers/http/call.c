/* SPDX-License-Identifier: MIT */
/* One request and its whole reply. */
#include "http/internal.h"

#include "base/deadline.h"

#define MAX_ERROR_BODY (64u << 10)
#define MOST_TRIES 5 /* side by side; libcurl makes 8 connections at most */

struct call;

/* One of the times that a request is sent. */
struct try {
	struct http_transfer t; /* first, so that one is the other */
	struct call *call;
	struct http_reply reply;
};

struct call {
	struct http *http;
	const struct http_request *request;
	struct try tries[MOST_TRIES];
	size_t count;
	int64_t next_at;    /* when to send it again, by deadline_now_ms */
	struct try *winner; /* whose body is read, NULL before any came */
};

/* Keeps the beginning of an error's body. */
static size_t keep_error(struct buf *body, const char *bytes, size_t n)
{
	size_t room = MAX_ERROR_BODY - body->len;

	return buf_add(body, bytes, n < room ? n : room) ? HTTP_STOP : n;
}

static size_t take_body(struct http_transfer *t, const char *bytes, size_t n)
{
	struct try *y = (struct try *)t;
	const struct http_request *r = y->call->request;

	if (!y->call->winner)
		y->call->winner = y;
	if (y->call->winner != y)
		return HTTP_STOP;
	if (t->status < 200 || t->status > 299)
		return keep_error(&y->reply.body, bytes, n);
	if (r->sink)
		return r->sink(r->ctx, bytes, n) ? http_transfer_refuse(t, ERR_LOCAL,
									"its reader "
									"gave up")
						 : n;
	if (buf_add(&y->reply.body, bytes, n))
		return http_transfer_refuse(t, ERR_LOCAL,
					    "the reply is longer "
					    "than this program accepts");
	return n;
}

static int send_once(struct call *c, struct err *e)
{
	struct try *y = &c->tries[c->count];

	y->t.body = take_body;
	y->call = c;
	y->reply.body = BUF_INIT(HTTP_MAX_REPLY);
	if (http_transfer_begin(&y->t, c->http, c->request, e))
		return -1;
	c->count++;
	c->next_at = deadline_now_ms() + c->request->again_ms;
	return 0;
}

static bool has_failed(const struct try *y)
{
	return y->t.done && (y->t.code || !y->t.header_done);
}

/* The attempt that decides, NULL while none does: once the body of one is read,
 * that one; a failed one only when no other is under way, since the server may
 * allow no second connection. */
static struct try *ended(struct call *c)
{
	struct try *failed = NULL;
	bool others = false;

	for (size_t i = 0; i < c->count; i++) {
		struct try *y = &c->tries[i];

		others |= !y->t.done;
		if (!y->t.done || (c->winner && c->winner != y))
			continue;
		if (!has_failed(y) || c->winner == y)
			return y;
		failed = y;
	}
	return others ? NULL : failed;
}

/* Whether nothing has come and the request may be sent once more. */
static bool may_repeat(const struct call *c)
{
	if (!c->request->again_ms || c->count == MOST_TRIES)
		return false;
	for (size_t i = 0; i < c->count; i++)
		if (c->tries[i].t.header_bytes)
			return false;
	return true;
}

/* The try that has the reply, or has failed as the last one; NULL with the error. */
static struct try *wait_for_reply(struct call *c, const struct deadline *d, struct err *e)
{
	struct http *h = c->http;
	struct try *y;

	for (;;) {
		struct deadline until = *d;
		enum http_waited waited;

		http_step(h, d);
		y = ended(c);
		if (y)
			return y;
		if (may_repeat(c))
			until = deadline_within(d, c->next_at - deadline_now_ms());
		waited = http_wait(h, &until, e);
		if (waited == HTTP_READY)
			continue;
		if (waited == HTTP_WAIT_FAILED)
			return NULL;
		if (!deadline_left_ms(d)) {
			err_set(e, ERR_DEADLINE, "%s: no reply in time",
				c->tries[0].t.name);
			return NULL;
		}
		if (send_once(c, e))
			return NULL;
	}
}

static int judge(struct try *y, struct err *e)
{
	long connections = 0;

	/* libcurl takes a connection that ends within the header for a reply. */
	if (y->t.code || !y->t.header_done) {
		http_transfer_failed(&y->t, e);
		return -1;
	}
	curl_easy_getinfo(y->t.easy, CURLINFO_NUM_CONNECTS, &connections);
	y->reply.connected = connections;
	y->reply.status = y->t.status;
	y->reply.header = y->t.header;
	y->t.header = BUF_INIT(0);
	return 0;
}

int http_call(struct http *h, const struct http_request *r, struct http_reply *reply,
	      const struct deadline *d, struct err *e)
{
	struct call c = { .http = h, .request = r };
	struct try *y = NULL;
	int ret = -1;

	*reply = (struct http_reply){ .body = BUF_INIT(HTTP_MAX_REPLY) };
	/* Begin nothing after an interrupt. */
	if (deadline_stopped(d))
		return err_set(e, ERR_DEADLINE, "stopped");
	if (!send_once(&c, e))
		y = wait_for_reply(&c, d, e);
	if (y && !judge(y, e)) {
		ret = 0;
		*reply = y->reply;
		y->reply = (struct http_reply){ .status = reply->status };
	}
	for (size_t i = 0; i < c.count; i++) {
		http_transfer_end(&c.tries[i].t);
		http_reply_free(&c.tries[i].reply);
	}
	return ret;
}

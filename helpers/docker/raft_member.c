/* SPDX-License-Identifier: MIT */
/* Tells a manager's own raft where that manager is. */
#include "docker/raft_member.h"

#include "base/buf.h"
#include "base/timing.h"
#include "docker/call.h"
#include "http/http.h"
#include "http/mutual.h"
#include "net/fd.h"
#include "net/tcp.h"
#include "ssh/forward.h"

#include <stdio.h>
#include <string.h>

/* A name in the certificate of every manager. */
#define BASE "https://swarm-manager"
#define PATH "/docker.swarmkit.v1.RaftMembership/Join"
#define KEY_MAX 65536
#define ADDRESS_MAX 100 /* shorter than 128, so that its length is one byte */

_Static_assert(SSH_MAX_POLL <= HTTP_MAX_POLL, "a connection fits in the loop");

struct destination {
	struct ssh *ssh;
	const struct docker_raft_member *member;
};

/* ---- the way there ---- */

static enum http_dialed dial(void *ctx, int fd, bool wait, const struct deadline *d,
			     struct err *e)
{
	const struct destination *to = ctx;
	struct ssh_channel *channel;

	(void)wait;
	if (ssh_channel_tcp(&channel, to->ssh, to->member->addr, to->member->port, d,
			    e) == SSH_CHANNEL_OPENED)
		return ssh_forward_start(to->ssh, channel, fd, NULL, e) ? HTTP_DIAL_FAILED
									: HTTP_DIALED;
	fd_close(&fd);
	return HTTP_DIAL_FAILED;
}

static void serve(void *ctx, const struct deadline *d)
{
	const struct destination *to = ctx;

	ssh_serve(to->ssh, d);
}

static size_t poll_set(void *ctx, struct pollfd *out)
{
	const struct destination *to = ctx;

	return ssh_poll_set(to->ssh, out);
}

static bool explain(void *ctx, const struct http_failure *f, struct err *e)
{
	const struct destination *to = ctx;

	if (!ssh_is_lost(to->ssh))
		return false;
	ssh_lost(to->ssh, f->request, e);
	return true;
}

int docker_raft_member_check(struct docker_engine *g, const struct docker_raft_member *m,
			     const struct deadline *d, struct err *e)
{
	struct ssh_channel *channel;
	struct err why;
	int code;

	if (http_mutual_check(e))
		return -1;
	if (!g->ssh)
		return err_set(e, ERR_USAGE,
			       "%s: a swarm gets another address over SSH alone; name the "
			       "host by its address",
			       docker_label(g));
	switch (ssh_channel_tcp(&channel, g->ssh, m->addr, m->port, d, &why)) {
	case SSH_CHANNEL_OPENED:
		return ssh_channel_close(channel, &code, d, e);
	case SSH_CHANNEL_REFUSED:
		/* Nothing has to listen there yet. */
		if (why.kind == ERR_UNREACHABLE)
			return 0;
		break;
	case SSH_CHANNEL_FAILED:
		break;
	}
	*e = why;
	return err_wrap(e, "%s", docker_label(g));
}

/* ---- the call ---- */

/* The engine keeps the key of its log in lines in front of the key, "name: value" and an
 * empty one, which OpenSSL takes for those of an encrypted key. */
static int without_headers(const char *pem, struct buf *out, struct err *e)
{
	for (size_t n; *pem; pem += n) {
		n = strcspn(pem, "\n");
		n += pem[n] == '\n';
		if (n > 1 && !memchr(pem, ':', n))
			buf_add(out, pem, n);
	}
	return out->failed ? err_set(e, ERR_REFUSED, "the node's key is too long") : 0;
}

/* A message of gRPC: a byte that says that it is not packed, its length, and JoinRequest, whose
 * field 1 is the address. */
static int write_message(const char *address, struct buf *out, struct err *e)
{
	size_t n = strlen(address);
	const char head[] = { 0, 0, 0, 0, (char)(n + 2), 0x0a, (char)n };

	if (n > ADDRESS_MAX)
		return err_set(e, ERR_USAGE, "the address is too long: %.40s...",
			       address);
	buf_add(out, head, sizeof(head));
	return buf_adds(out, address) ? err_no_memory(e) : 0;
}

/* The outcome is in the trailer, which libcurl gives as it does the header. */
static int judge(const struct http_reply *r, struct err *e)
{
	size_t n, m;
	const char *status = http_reply_header(r, "grpc-status", &n);
	const char *message = http_reply_header(r, "grpc-message", &m);

	if (n == 1 && *status == '0')
		return 0;
	if (!n)
		return err_set(e, ERR_REFUSED,
			       "what answered there with status %ld is no manager of a "
			       "swarm",
			       r->status);
	return err_set(e, ERR_REFUSED,
		       "its raft does not take the address (status %.*s: %.*s)", (int)n,
		       status, (int)(m < 300 ? m : 300), message);
}

static int call(struct http *h, const struct buf *message, const struct deadline *d,
		struct err *e)
{
	static const char *const headers[] = { "TE: trailers", NULL };
	const struct http_request r = { .method = "POST",
					.path = PATH,
					.body = message->data,
					.body_len = message->len,
					.type = "application/grpc",
					.headers = headers };
	struct http_reply reply;
	int ret;

	if (http_call(h, &r, &reply, d, e))
		return -1;
	ret = judge(&reply, e);
	http_reply_free(&reply);
	return ret;
}

static int connect_and_call(struct destination *to, const char *key,
			    const struct buf *message, const struct deadline *d,
			    struct err *e)
{
	const struct http_identity who = { to->member->ca, to->member->certificate, key };
	struct http_transport via = { .dial = dial,
				      .serve = serve,
				      .poll_set = poll_set,
				      .explain = explain,
				      .ctx = to };
	struct http_mutual *tls = NULL;
	struct http *h = NULL;
	int ret = -1;

	if (http_mutual_new(&tls, &who, e))
		return -1;
	via.tls = http_mutual_tls(tls);
	if (!http_open(&h, BASE, &via, e))
		ret = call(h, message, d, e);
	http_close(h);
	http_mutual_free(tls);
	return ret;
}

int docker_raft_member_move(struct docker_engine *g, const struct docker_raft_member *m,
			    const struct deadline *d, struct err *e)
{
	struct destination to = { g->ssh, m };
	struct buf key = BUF_INIT(KEY_MAX), message = BUF_INIT(ADDRESS_MAX + 8);
	struct deadline until = deadline_within(d, TIMING_RAFT_JOIN_MS);
	char address[ADDRESS_MAX + 2];
	int ret;

	tcp_name(address, sizeof(address), m->addr, m->port);
	ret = without_headers(m->key, &key, e) || write_message(address, &message, e)
		      ? -1
		      : connect_and_call(&to, key.data, &message, &until, e);
	buf_free(&key);
	buf_free(&message);
	return ret ? err_wrap(e, "%s: %s", docker_label(g), address) : 0;
}

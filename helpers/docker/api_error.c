/* SPDX-License-Identifier: MIT */
/* Classifies the Engine API's error texts. */
#include "docker/api_error.h"

#include "base/buf.h"
#include "base/js.h"

#include <string.h>

#define REASON_MAX 2000    /* bytes of Docker's reason */
#define UNREADABLE_MAX 200 /* bytes shown of a reply that is not JSON */

static const struct {
	int status; /* 0 for any */
	enum err_kind kind;
	const char *text;
} meanings[] = {
	{ 0, ERR_CONFLICT, "out of sequence" },
	/* to init and join; libcurl sends a request anew, whatever it is, when
	 * a connection that it had used before ends without a reply */
	{ 0, ERR_CONFLICT, "already part of a swarm" },
	/* a clock is wrong; comes as Unavailable, and does not pass */
	{ 0, ERR_REFUSED, "certificate has expired or" },
	/* the leader's, of a manager whose swarm port it does not reach; each new try
	 * would leave one more entry among the nodes */
	{ 0, ERR_REFUSED, "could not connect to prospective" },
	{ 0, ERR_LOCKED, "Swarm is encrypted" },
	/* also says "not a swarm manager", but passes by itself: a manager
	 * that has just joined or restarted */
	{ 0, ERR_BUSY, "is being prepared" },
	{ 0, ERR_NOT_MANAGER, "not a swarm manager" },
	{ 0, ERR_NO_LEADER, "does not have a leader" },
	{ 0, ERR_NO_LEADER, "no elected cluster leader" },
	/* a write that was under way when quorum was lost */
	{ 0, ERR_NO_LEADER, "lost leader status" },
	/* the manager asks the leader for 20 s; moby #34140 */
	{ 0, ERR_NO_LEADER, "context deadline exceeded" },
	/* gRPC's words for what passes: a manager that the engine asked on our
	 * behalf is down, or leaves while it is being asked */
	{ 0, ERR_BUSY, "code = Unavailable" },
	{ 0, ERR_BUSY, "code = Canceled" },
	/* etcd's raft, without having written anything: its leader is changing */
	{ 0, ERR_BUSY, "raft proposal dropped" },
	/* a manager that is being taken out of the raft */
	{ 0, ERR_BUSY, "node is stopped" },
	{ 0, ERR_BUSY, "raft: stopped" },
	/* a leader that was asked directly says so while it stops, without gRPC's code */
	{ 0, ERR_BUSY, "context canceled" },
	{ 0, ERR_BUSY, "was removed from the cluster" },
	{ 404, ERR_NOT_FOUND, "" },
	{ 409, ERR_CONFLICT, "" },
};

enum err_kind docker_api_error_kind(long status, const char *text)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if ((!meanings[i].status || meanings[i].status == status) &&
		    strstr(text, meanings[i].text))
			return meanings[i].kind;
	return ERR_REFUSED;
}

static void mask_after(char *text, const char *prefix)
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz"
				       "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_+/=*";
	char *p = text;

	while ((p = strstr(p, prefix))) {
		size_t n, shown;

		p += strlen(prefix);
		n = strspn(p, alphabet);
		shown = n < 3 ? n : 3;
		memset(p, '*', shown);
		memmove(p + shown, p + n, strlen(p + n) + 1);
		p += shown;
	}
}

void docker_api_error_mask(char *text)
{
	mask_after(text, "SWMTKN-");
	mask_after(text, "SWMKEY-");
}

int docker_api_error_text(const struct buf *body, long status, struct buf *out)
{
	struct err ignored;
	json_t *v = body->len ? js_read(body->data, body->len, "", &ignored) : NULL;
	const char *message = js_text(v, "message");
	int ret;

	if (*message)
		ret = buf_addf(out, "%.*s", REASON_MAX, message);
	else if (!v && body->len)
		ret = buf_addf(out, "%.*s", UNREADABLE_MAX, body->data);
	else
		ret = buf_addf(out, "HTTP status %ld without a reason", status);
	json_decref(v);
	if (!ret)
		docker_api_error_mask(out->data);
	return ret;
}

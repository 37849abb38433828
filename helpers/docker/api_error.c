/* SPDX-License-Identifier: MIT */
/* Classifies the Engine API's error texts. */
#include "docker/api_error.h"

#include "base/buf.h"
#include "base/js.h"

#include <string.h>

#define REASON_MAX 2000    /* bytes of Docker's reason */
#define UNREADABLE_MAX 200 /* bytes shown of a reply that is not JSON */

static const struct {
	long status; /* 0 for any */
	const char *text;
	enum err_kind kind;
} meanings[] = {
	{ 0, "update out of sequence", ERR_CONFLICT },
	/* to init and join; libcurl sends a request anew, whatever it is, when
	 * a connection that it had used before ends without a reply */
	{ 0, "This node is already part of a swarm", ERR_CONFLICT },
	/* a clock is wrong; comes as Unavailable, and does not pass */
	{ 0, "certificate has expired or is not yet valid", ERR_REFUSED },
	/* the leader's, of a manager whose swarm port it does not reach; each new try
	 * would leave one more entry among the nodes */
	{ 0, "could not connect to prospective new cluster member", ERR_REFUSED },
	{ 0, "Swarm is encrypted", ERR_LOCKED },
	/* also says "not a swarm manager", but passes by itself: a manager
	 * that has just joined or restarted */
	{ 0, "Manager is being prepared", ERR_BUSY },
	{ 0, "not a swarm manager", ERR_NOT_MANAGER },
	{ 0, "does not have a leader", ERR_NO_LEADER },
	{ 0, "no elected cluster leader", ERR_NO_LEADER },
	/* a write that was under way when quorum was lost */
	{ 0, "node lost leader status", ERR_NO_LEADER },
	/* the manager asks the leader for 20 s; moby #34140 */
	{ 0, "context deadline exceeded", ERR_NO_LEADER },
	/* gRPC's words for what passes: a manager that the engine asked on our
	 * behalf is down, or leaves while it is being asked */
	{ 0, "code = Unavailable", ERR_BUSY },
	{ 0, "code = Canceled", ERR_BUSY },
	/* a manager that is being taken out of the raft */
	{ 0, "node is stopped", ERR_BUSY },
	{ 0, "member was removed from the cluster", ERR_BUSY },
	{ 404, "", ERR_NOT_FOUND },
	{ 409, "", ERR_CONFLICT },
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
	json_t *v = body->len ? js_read(body->data, body->len, "", &ignored)
			      : NULL;
	const char *message = js_text(v, "message");
	int ret;

	if (*message)
		ret = buf_add(out, message, strnlen(message, REASON_MAX));
	else if (!v && body->len)
		ret = buf_add(out, body->data,
			      strnlen(body->data, UNREADABLE_MAX));
	else
		ret = buf_addf(out, "HTTP status %ld without a reason", status);
	json_decref(v);
	if (!ret)
		docker_api_error_mask(out->data);
	return ret;
}

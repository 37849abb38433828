/* SPDX-License-Identifier: MIT */
/* The protocol of ssh-agent: list keys, sign. */
#include "sshkey/agent.h"

#include "base/buf.h"
#include "base/deadline.h"
#include "base/err.h"
#include "base/secret.h"
#include "base/timing.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MAX_REPLY (256u << 10) /* bytes */

/* Message and flag numbers: draft-miller-ssh-agent, section 6. */
enum {
	REQUEST_IDENTITIES = 11,
	IDENTITIES_ANSWER = 12,
	SIGN_REQUEST = 13,
	SIGN_RESPONSE = 14,
};

struct ssh_agent {
	int fd;
	struct buf list; /* the reply that the keys point into */
	struct ssh_agent_key keys[SSH_AGENT_MAX_KEYS];
	size_t count;
};

static const char *const usable_types[] = {
	"ssh-ed25519",
	"ecdsa-sha2-nistp256",
	"ecdsa-sha2-nistp384",
	"ecdsa-sha2-nistp521",
	"ssh-rsa",
};

static const struct {
	const char *algorithm;
	uint32_t flag;
} sign_flags[] = {
	{ "rsa-sha2-256", 2 },
	{ "rsa-sha2-512", 4 },
};

static int garbled(struct err *e)
{
	return err_set(e, ERR_LOCAL,
		       "ssh-agent (SSH_AUTH_SOCK) answers with "
		       "something that is not the agent protocol");
}

/* Waits until the agent's end is ready. */
static int wait_for(const struct ssh_agent *a, short events, const struct deadline *d,
		    struct err *e)
{
	for (;;) {
		struct pollfd p[2] = {
			{ .fd = a->fd, .events = events },
			{ .fd = d->stop_fd, .events = POLLIN },
		};
		int64_t left = deadline_left_ms(d);

		if (!left)
			return err_set(e, ERR_DEADLINE,
				       "ssh-agent (SSH_AUTH_SOCK) "
				       "did not answer in time; is it waiting for "
				       "a confirmation?");
		if (left > 3600000)
			left = 3600000;
		if (poll(p, 2, (int)left) > 0 && p[0].revents)
			return 0;
	}
}

static int dial(struct ssh_agent *a, const char *path, const struct deadline *d,
		struct err *e)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int flags;

	if (strlen(path) >= sizeof(sun.sun_path))
		return err_set(e, ERR_LOCAL, "the path in SSH_AUTH_SOCK is too long");
	memcpy(sun.sun_path, path, strlen(path) + 1);
	a->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (a->fd < 0 || (flags = fcntl(a->fd, F_GETFL)) < 0 ||
	    fcntl(a->fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
	    fcntl(a->fd, F_SETFD, FD_CLOEXEC) < 0)
		return err_set(e, ERR_LOCAL, "no socket for ssh-agent: %s",
			       strerror(errno));
	while (connect(a->fd, (struct sockaddr *)&sun, sizeof(sun))) {
		if (errno == EISCONN)
			return 0;
		if (errno == EINPROGRESS || errno == EALREADY) {
			if (wait_for(a, POLLOUT, d, e))
				return -1;
		} else if (errno == EAGAIN) {
			/* Its backlog is full; no event tells when it no longer is. */
			if (deadline_pause(d, TIMING_AGENT_MS))
				return err_set(e, ERR_DEADLINE,
					       "ssh-agent "
					       "(SSH_AUTH_SOCK) takes no connection");
		} else if (errno != EINTR) {
			return err_set(e, ERR_LOCAL,
				       "no ssh-agent at %s "
				       "(SSH_AUTH_SOCK): %s",
				       path, strerror(errno));
		}
	}
	return 0;
}

/* Whether a failed read or write may simply be tried again. */
static int may_retry(const struct ssh_agent *a, short events, const struct deadline *d,
		     struct err *e)
{
	if (errno == EINTR)
		return 0;
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return wait_for(a, events, d, e);
	return err_set(e, ERR_LOCAL, "ssh-agent (SSH_AUTH_SOCK) has gone: %s",
		       strerror(errno));
}

static int send_all(const struct ssh_agent *a, const struct buf *b,
		    const struct deadline *d, struct err *e)
{
	for (size_t done = 0; done < b->len;) {
		ssize_t n = write(a->fd, b->data + done, b->len - done);

		if (n >= 0)
			done += (size_t)n;
		else if (may_retry(a, POLLOUT, d, e))
			return -1;
	}
	return 0;
}

static int receive(const struct ssh_agent *a, struct buf *b, size_t want,
		   const struct deadline *d, struct err *e)
{
	while (b->len < want) {
		char piece[4096];
		size_t max = want - b->len < sizeof(piece) ? want - b->len
							   : sizeof(piece);
		ssize_t n = read(a->fd, piece, max);

		if (n == 0)
			return err_set(e, ERR_LOCAL,
				       "ssh-agent (SSH_AUTH_SOCK) "
				       "closed the connection");
		if (n < 0 && may_retry(a, POLLIN, d, e))
			return -1;
		if (n > 0 && buf_add(b, piece, (size_t)n))
			return garbled(e);
	}
	return 0;
}

/* One request and its reply; `body` lacks the length in front. Gives what
 * follows the reply's length. */
static int ask(const struct ssh_agent *a, const struct buf *body, struct buf *reply,
	       const struct deadline *d, struct err *e)
{
	struct buf request = BUF_INIT(body->len + 4);
	struct buf head = BUF_INIT(8);
	struct ssh_wire w;
	uint32_t n;
	int ret = -1;

	if (ssh_wire_put_string(&request, body->data, body->len)) {
		err_set(e, ERR_LOCAL, "out of memory for ssh-agent");
		goto out;
	}
	if (send_all(a, &request, d, e) || receive(a, &head, 4, d, e))
		goto out;
	w = (struct ssh_wire){ (const unsigned char *)head.data, head.len };
	if (ssh_wire_u32(&w, &n) || n < 1 || n > MAX_REPLY) {
		garbled(e);
		goto out;
	}
	ret = receive(a, reply, n, d, e);
out:
	buf_free(&request);
	buf_free(&head);
	return ret;
}

static bool is_usable(const struct ssh_wire *public)
{
	struct ssh_wire w = *public, type;

	if (ssh_wire_string(&w, &type))
		return false;
	for (size_t i = 0; i < sizeof(usable_types) / sizeof(usable_types[0]); i++)
		if (ssh_wire_is(&type, usable_types[i]))
			return true;
	return false;
}

static int take_key(struct ssh_agent *a, struct ssh_wire *w)
{
	struct ssh_agent_key *key = &a->keys[a->count];
	struct ssh_wire comment;

	if (ssh_wire_string(w, &key->public) || ssh_wire_string(w, &comment))
		return -1;
	snprintf(key->comment, sizeof(key->comment), "%.*s",
		 (int)(comment.n < sizeof(key->comment) ? comment.n
							: sizeof(key->comment)),
		 (const char *)comment.p);
	for (char *c = key->comment; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f || *c == '"')
			*c = '?';
	key->usable = is_usable(&key->public);
	a->count++;
	return 0;
}

static int list(struct ssh_agent *a, const struct deadline *d, struct err *e)
{
	struct buf body = BUF_INIT(1);
	struct ssh_wire w;
	unsigned char kind;
	uint32_t count;
	int ret;

	buf_add(&body, (const char[]){ REQUEST_IDENTITIES }, 1);
	ret = ask(a, &body, &a->list, d, e);
	buf_free(&body);
	if (ret)
		return -1;
	w = (struct ssh_wire){ (const unsigned char *)a->list.data, a->list.len };
	if (ssh_wire_byte(&w, &kind) || kind != IDENTITIES_ANSWER ||
	    ssh_wire_u32(&w, &count))
		return garbled(e);
	while (count-- && a->count < SSH_AGENT_MAX_KEYS)
		if (take_key(a, &w))
			return garbled(e);
	return 0;
}

int ssh_agent_open(struct ssh_agent **out, const char *socket, const struct deadline *d,
		   struct err *e)
{
	struct ssh_agent *a = secret_calloc(1, sizeof(*a));

	if (!a)
		return err_set(e, ERR_LOCAL, "out of memory for ssh-agent");
	a->fd = -1;
	a->list = BUF_INIT(MAX_REPLY);
	if (dial(a, socket, d, e) || list(a, d, e)) {
		ssh_agent_close(a);
		return -1;
	}
	*out = a;
	return 0;
}

size_t ssh_agent_count(const struct ssh_agent *a)
{
	return a->count;
}

const struct ssh_agent_key *ssh_agent_key(const struct ssh_agent *a, size_t i)
{
	return &a->keys[i];
}

static uint32_t flag_of(const struct ssh_wire *algorithm)
{
	for (size_t i = 0; i < sizeof(sign_flags) / sizeof(sign_flags[0]); i++)
		if (ssh_wire_is(algorithm, sign_flags[i].algorithm))
			return sign_flags[i].flag;
	return 0;
}

/* The reply holds a string with two more in it: algorithm and signature. */
static int take_signature(const struct buf *reply, const struct ssh_wire *algorithm,
			  struct buf *signature, const char *comment, struct err *e)
{
	struct ssh_wire w = { (const unsigned char *)reply->data, reply->len };
	struct ssh_wire both, made_by, made;
	unsigned char kind;

	if (ssh_wire_byte(&w, &kind))
		return garbled(e);
	if (kind != SIGN_RESPONSE)
		return err_set(e, ERR_REFUSED,
			       "ssh-agent will not sign with key "
			       "\"%s\" (locked, or the confirmation was denied)",
			       comment);
	if (ssh_wire_string(&w, &both) || ssh_wire_string(&both, &made_by) ||
	    ssh_wire_string(&both, &made))
		return garbled(e);
	if (made_by.n != algorithm->n || memcmp(made_by.p, algorithm->p, made_by.n))
		return err_set(e, ERR_REFUSED,
			       "ssh-agent signs with key \"%s\" by "
			       "another algorithm than was asked for; use an ed25519 key",
			       comment);
	return buf_add(signature, made.p, made.n) ? garbled(e) : 0;
}

int ssh_agent_sign(struct ssh_agent *a, size_t i, const struct ssh_to_sign *what,
		   struct buf *signature, const struct deadline *d, struct err *e)
{
	const struct ssh_agent_key *key = &a->keys[i];
	struct buf body = BUF_INIT(MAX_REPLY), reply = BUF_INIT(MAX_REPLY);
	int ret = -1;

	buf_add(&body, (const char[]){ SIGN_REQUEST }, 1);
	ssh_wire_put_string(&body, key->public.p, key->public.n);
	ssh_wire_put_string(&body, what->data.p, what->data.n);
	if (ssh_wire_put_u32(&body, flag_of(&what->algorithm)))
		err_set(e, ERR_LOCAL, "out of memory for ssh-agent");
	else if (!ask(a, &body, &reply, d, e))
		ret = take_signature(&reply, &what->algorithm, signature, key->comment,
				     e);
	buf_free(&body);
	buf_free(&reply);
	return ret;
}

void ssh_agent_close(struct ssh_agent *a)
{
	if (!a)
		return;
	if (a->fd >= 0)
		close(a->fd);
	buf_free(&a->list);
	secret_free(a);
}

/* SPDX-License-Identifier: MIT */
/* Waits for an SSH session while its forwarded channels are served. */
#include "ssh/internal.h"

#include "base/deadline.h"
#include "base/err.h"
#include "ssh/forward.h"

LIBSSH2_SESSION *ssh_session(struct ssh *s)
{
	return s->session;
}

/* Until neither the pumps get on nor the connection brings anything: a call
 * for one stream also reads what belongs to the others, and then no poll
 * would tell of it. */
void ssh_serve(struct ssh *s, bool held, const struct deadline *d)
{
	bool more;

	do {
		more = false;
		for (struct ssh *c = s; c; c = c->outer) {
			uint64_t before = c->received;

			c->until = *d;
			if (c != s || !held)
				more |= ssh_forward_step(c);
			more |= c->received != before;
		}
	} while (more && deadline_left_ms(d) > 0);
}

static short events_of(const struct ssh *c, bool held, bool reader)
{
	/* While a packet is half sent nobody may read, so that waiting for
	 * input would wake up in vain. */
	if (held || c->holder)
		return POLLOUT;
	return reader || ssh_forward_reads(c) ? POLLIN : 0;
}

size_t ssh_poll_set(const struct ssh *s, bool held, bool reader,
		    struct pollfd *out)
{
	size_t n = 0;

	for (const struct ssh *c = s; c; c = c->outer) {
		short events = events_of(c, c == s && held, c == s && reader);

		if (events && !c->lost)
			out[n++] = (struct pollfd){ .fd = c->fd,
						    .events = events };
		n += ssh_forward_poll(c, out + n);
	}
	return n;
}

static int late(const struct deadline *d, struct err *e)
{
	if (deadline_stopped(d))
		return err_set(e, ERR_DEADLINE, "stopped");
	return err_set(e, ERR_DEADLINE, "no answer over SSH in time");
}

static int poll_once(struct ssh *s, bool held, const struct deadline *d)
{
	struct pollfd p[SSH_MAX_POLL + 1];
	size_t n = ssh_poll_set(s, held, !held, p);

	p[n++] = (struct pollfd){ .fd = d->stop_fd, .events = POLLIN };
	return poll(p, (nfds_t)n, (int)deadline_left_ms(d));
}

int ssh_session_wait(struct ssh *s, const struct deadline *d, struct err *e)
{
	bool held = !s->holder &&
		    libssh2_session_block_directions(s->session) &
			    LIBSSH2_SESSION_BLOCK_OUTBOUND;
	uint64_t seen = s->received;
	int woken = 0;

	for (;;) {
		ssh_serve(s, held, d);
		if (s->lost)
			return ssh_lost(s, "", e);
		/* A pump has read what the caller may be waiting for. */
		if (!s->holder && (woken > 0 || s->received != seen))
			return 0;
		if (deadline_left_ms(d) == 0)
			return late(d, e);
		woken = poll_once(s, held, d);
	}
}

int ssh_claim(struct ssh *s, const struct deadline *d, struct err *e)
{
	if (s->lost)
		return ssh_lost(s, "", e);
	if (deadline_stopped(d))
		return err_set(e, ERR_DEADLINE, "stopped");
	s->until = *d;
	while (s->holder)
		if (ssh_session_wait(s, d, e))
			return -1;
	return 0;
}


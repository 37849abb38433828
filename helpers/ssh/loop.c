/* SPDX-License-Identifier: MIT */
/* Waits for a connection while its forwards are served. */
#include "ssh/internal.h"

#include "base/deadline.h"
#include "base/err.h"

/* Whether the foreground call has sent half of a packet; a channel that has is
 * the write owner. */
static bool foreground_is_half_sent(const struct ssh *s)
{
	return !s->write_owner && ssh_is_half_sent(s);
}

/* Repeats until no forward makes progress and nothing more was received: a call
 * for one channel also reads packets of the others, which no poll would report.
 * `held`: the foreground call has a half-sent packet. */
static void serve(struct ssh *s, bool held, const struct deadline *d)
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

void ssh_serve(struct ssh *s, const struct deadline *d)
{
	serve(s, false, d);
}

static short events_of(const struct ssh *c, bool held, bool reader)
{
	/* While a packet is half sent nobody may read, so that waiting for
	 * input would wake up in vain. */
	if (held || c->write_owner)
		return POLLOUT;
	return reader || ssh_forward_reads(c) ? POLLIN : 0;
}

/* `reader`: somebody beside the forwards waits for input. */
static size_t poll_set(const struct ssh *s, bool held, bool reader, struct pollfd *out)
{
	size_t n = 0;

	for (const struct ssh *c = s; c; c = c->outer) {
		short events = events_of(c, c == s && held, c == s && reader);

		if (events && !c->lost)
			out[n++] = (struct pollfd){ .fd = c->fd, .events = events };
		n += ssh_forward_poll(c, out + n);
	}
	return n;
}

size_t ssh_poll_set(const struct ssh *s, struct pollfd *out)
{
	return poll_set(s, false, false, out);
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
	size_t n = poll_set(s, held, !held, p);

	p[n++] = (struct pollfd){ .fd = d->stop_fd, .events = POLLIN };
	return poll(p, (nfds_t)n, (int)deadline_left_ms(d));
}

/* Whether the caller, a channel's or the foreground call, may make a call. */
static bool may_go_on(const struct ssh *s, const struct ssh_channel *c)
{
	return !s->write_owner || s->write_owner == c;
}

int ssh_wait_for(struct ssh *s, const struct ssh_channel *c, const struct deadline *d,
		 struct err *e)
{
	bool held = !c && foreground_is_half_sent(s);
	uint64_t seen = s->received;
	int woken = 0;

	for (;;) {
		serve(s, held, d);
		if (s->lost)
			return ssh_lost(s, "", e);
		/* A forward has read what the caller may be waiting for. */
		if (may_go_on(s, c) && (woken > 0 || s->received != seen))
			return 0;
		if (deadline_left_ms(d) == 0)
			return late(d, e);
		woken = poll_once(s, held, d);
	}
}

int ssh_session_wait(struct ssh *s, const struct deadline *d, struct err *e)
{
	return ssh_wait_for(s, NULL, d, e);
}

int ssh_claim(struct ssh *s, const struct deadline *d, struct err *e)
{
	if (s->lost)
		return ssh_lost(s, "", e);
	if (deadline_stopped(d))
		return err_set(e, ERR_DEADLINE, "stopped");
	s->until = *d;
	while (s->write_owner)
		if (ssh_session_wait(s, d, e))
			return -1;
	return 0;
}

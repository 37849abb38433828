#include "net/ssh_conn.h"

#include "base/deadline.h"
#include "base/err.h"
#include "net/ssh_pump.h"

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
				more |= ssh_pump_step(c);
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
	return reader || ssh_pump_reads(c) ? POLLIN : 0;
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
		n += ssh_pump_poll(c, out + n);
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

const char *ssh_excess(const struct ssh *s)
{
	for (; s; s = s->outer)
		if (s->excess)
			return s->excess;
	return NULL;
}

int ssh_lost(const struct ssh *s, const char *doing, struct err *e)
{
	const char *excess = ssh_excess(s);

	if (excess)
		return err_set(e, ERR_REFUSED, "%s", excess);
	return err_set(e, ERR_UNREACHABLE, "%s%sthe SSH connection was lost",
		       doing, *doing ? ": " : "");
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

bool ssh_is_fatal(long rc)
{
	static const int mild[] = {
		LIBSSH2_ERROR_CHANNEL_FAILURE,
		LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED,
		LIBSSH2_ERROR_CHANNEL_UNKNOWN,
		LIBSSH2_ERROR_CHANNEL_CLOSED,
		LIBSSH2_ERROR_CHANNEL_EOF_SENT,
		LIBSSH2_ERROR_REQUEST_DENIED,
	};

	for (size_t i = 0; i < sizeof(mild) / sizeof(mild[0]); i++)
		if (mild[i] == rc)
			return false;
	return rc < 0;
}

int ssh_failed(struct ssh *s, int rc, const char *doing, struct err *e)
{
	char *text = NULL;

	libssh2_session_last_error(s->session, &text, NULL, 0);
	if (!ssh_is_fatal(rc))
		return err_set(e, ERR_REFUSED, "%s: %s (libssh2 error %d)",
			       doing, text ? text : "refused", rc);
	s->lost = true;
	if (ssh_excess(s))
		return ssh_lost(s, doing, e);
	return err_set(e, ERR_UNREACHABLE, "%s: the SSH connection was lost "
		       "(%s, libssh2 error %d)", doing,
		       text ? text : "no reason", rc);
}

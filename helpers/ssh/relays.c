/* SPDX-License-Identifier: MIT */
/* Carries many local sockets over one connection. */
#include "ssh/relays_internal.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/secret.h"
#include "base/timing.h"
#include "ssh/destination.h"

#include <stdio.h>

/* Bytes by which the windows of all streams may grow together. */
#define WINDOW_ROOM (4u << 20)
#define ROUNDS 32  /* before the caller looks after others */
#define PATIENCE 3 /* times as long as the request before took */

int ssh_relays_new(struct ssh_relays **out, struct ssh *s,
		   const struct ssh_destination *to, ssh_relays_reply_fn *reply,
		   struct err *e)
{
	struct ssh_relays *m = secret_calloc(1, sizeof(*m));

	if (!m)
		return err_set(e, ERR_LOCAL, "no memory");
	m->ssh = s;
	m->to = to;
	m->reply = reply;
	m->room = WINDOW_ROOM;
	*out = m;
	return 0;
}

void ssh_relays_add(struct ssh_relays *m, int fd)
{
	struct ssh_relay *t = ssh_relay_new(fd, &m->room);

	if (t)
		ssh_relays_append(m, t);
}

size_t ssh_relays_count(const struct ssh_relays *m)
{
	return m->count;
}

/* ---- moving ---- */

/* A server may end a connection that has asked for nothing for long: then there is another
 * one. Where one ends at once, nobody serves any more. */
static void keeper_ended(struct ssh_relays *m)
{
	char why[100];

	if (m->ssh->lost)
		return;
	ssh_relays_discard(m, m->keeper);
	m->keeper = NULL;
	snprintf(why, sizeof(why), "%s has ended there", m->to->name);
	if (deadline_now_ms() - m->kept_since < m->to->lasts_ms)
		ssh_relays_fail(m, ERR_BUSY, why);
}

/* Reads what the server sends to nobody, too. */
static void step_keeper(struct ssh_relays *m)
{
	ssize_t n = m->keeper ? 1 : SSH_CHANNEL_AGAIN;

	for (int i = 0; i < ROUNDS && n > 0; i++)
		n = ssh_channel_read(m->keeper, SSH_STDOUT, m->kept, sizeof(m->kept));
	if (!n || n == SSH_CHANNEL_CLOSED)
		keeper_ended(m);
}

static void remove_done(struct ssh_relays *m)
{
	for (struct ssh_relay **at = &m->list; *at;) {
		struct ssh_relay *t = *at;

		if (!ssh_relay_is_done(t)) {
			at = &t->next;
			continue;
		}
		*at = t->next;
		if (m->opens_for == t)
			m->opens_for = NULL;
		ssh_relay_free(t);
		m->count--;
	}
}

/* What its command said before it ended is all that the client can be told. */
static void silent(struct ssh_relays *m, struct ssh_relay *t)
{
	char why[sizeof(t->tail) + 100];

	snprintf(why, sizeof(why), "what should lead to %.60s ended at once: %s",
		 m->to->name, t->tail_len ? t->tail : "it said nothing");
	ssh_relays_discard(m, t->channel);
	t->channel = NULL;
	ssh_relays_tell(m, t, why);
}

static bool step_streams(struct ssh_relays *m)
{
	bool more = false;

	for (struct ssh_relay *t = m->list; t; t = t->next) {
		more |= ssh_relay_step(t);
		if (ssh_relay_is_silent(t))
			silent(m, t);
	}
	remove_done(m);
	return more;
}

static bool step(struct ssh_relays *m)
{
	struct deadline soon = deadline_in(TIMING_RELAY_ROUND_MS);
	uint64_t before = m->ssh->received;
	bool more = false;

	if (!m->ssh->lost) {
		ssh_serve(m->ssh, &soon);
		step_keeper(m);
		more = ssh_relays_step_opening(m);
	}
	more |= step_streams(m);
	if (m->ssh->lost && !m->failed) {
		ssh_lost(m->ssh, "", &m->why);
		m->failed = true;
	}
	return more || m->ssh->received != before;
}

static int least(int a, int64_t b)
{
	if (b < 0)
		b = 0;
	return a < 0 || b < a ? (int)b : a;
}

int ssh_relays_serve(struct ssh_relays *m)
{
	int64_t now;
	int ms = -1;

	for (int i = 0; i < ROUNDS; i++)
		if (!step(m))
			break;
		else if (i + 1 == ROUNDS)
			return 0;
	if (m->opening.ssh)
		ms = TIMING_RELAY_SILENCE_MS;
	now = deadline_now_ms();
	for (const struct ssh_relay *t = m->list; t; t = t->next) {
		if (t->replied)
			ms = least(ms, TIMING_RELAY_LAST_WORD_MS);
		else if (ssh_relay_wants_channel(t) && t->retry_at > now)
			ms = least(ms, t->retry_at - now);
	}
	return ms;
}

/* ---- polling ---- */

size_t ssh_relays_poll(struct ssh_relays *m, struct pollfd *out)
{
	size_t n = 0;

	/* A place for every stream, so that the answers find theirs. */
	for (const struct ssh_relay *t = m->list; t; t = t->next) {
		int events = ssh_relay_events(t);

		out[n++] = (struct pollfd){ .fd = events < 0 ? -1 : t->fd,
					    .events = (short)events };
	}
	if (m->ssh->lost)
		return n;
	n += ssh_poll_set(m->ssh, out + n);
	/* While half of a packet is on its way nobody may read. */
	if (!m->ssh->write_owner)
		out[n++] = (struct pollfd){ .fd = m->ssh->fd, .events = POLLIN };
	return n;
}

void ssh_relays_polled(struct ssh_relays *m, const struct pollfd *in)
{
	for (struct ssh_relay *t = m->list; t; t = t->next, in++) {
		if (in->fd < 0)
			continue;
		t->ready |= in->revents;
		/* What it has sent before it went is still to be read. */
		if (in->revents & (POLLHUP | POLLERR | POLLNVAL))
			t->ready |= POLLIN | POLLOUT;
	}
}

/* ---- what became of it ---- */

bool ssh_relays_failed(const struct ssh_relays *m, struct err *e)
{
	if (m->failed)
		*e = m->why;
	return m->failed;
}

bool ssh_relays_lost(const struct ssh_relays *m)
{
	return m->ssh->lost;
}

int64_t ssh_relays_silent_ms(const struct ssh_relays *m)
{
	int64_t ms = deadline_now_ms() - m->asked_at - PATIENCE * m->took_ms;

	if (!m->opening.ssh || m->ssh->received != m->received || ms < 0)
		return 0;
	return ms;
}

void ssh_relays_give_up(struct ssh_relays *m, const char *why)
{
	ssh_relays_fail(m, ERR_UNREACHABLE, why);
	m->ssh->lost = true;
}

int ssh_relays_take_back(struct ssh_relays *m)
{
	for (struct ssh_relay *t = m->list; t; t = t->next) {
		int fd = t->fd;

		if (t->over || t->channel || t->replied)
			continue;
		t->fd = -1;
		t->over = true;
		return fd;
	}
	return -1;
}

size_t ssh_relays_end(struct ssh_relays *m, const char *why)
{
	size_t ended = 0;

	m->ssh->lost = true;
	for (struct ssh_relay *t = m->list; t; t = t->next) {
		if (t->replied)
			continue;
		ended += !t->over;
		ssh_relays_tell(m, t, why);
	}
	return ended;
}

void ssh_relays_free(struct ssh_relays *m)
{
	if (!m)
		return;
	ssh_opening_free(&m->opening);
	ssh_channel_drop(m->keeper);
	while (m->list) {
		struct ssh_relay *t = m->list;

		m->list = t->next;
		ssh_relay_free(t);
	}
	secret_free(m);
}

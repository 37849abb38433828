/* SPDX-License-Identifier: MIT */
/* Opens the channels of many local sockets, one after the other. */
#include "ssh/relays_internal.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/timing.h"

/* The first that wants a channel and is due. */
static struct ssh_relay *next_to_open(const struct ssh_relays *m)
{
	int64_t now = deadline_now_ms();

	for (struct ssh_relay *t = m->list; t; t = t->next)
		if (ssh_relay_wants_channel(t) && t->retry_at <= now)
			return t;
	return NULL;
}

/* A client that has gone away while it waited must not have its way later. */
static bool begin(struct ssh_relays *m)
{
	struct ssh_relay *t = NULL;

	if (m->opening.ssh || m->failed)
		return false;
	m->opens_keeper = !m->keeper;
	if (m->keeper && !(t = next_to_open(m)))
		return false;
	if (t && ssh_relay_hung_up(t)) {
		ssh_relay_end(t, NULL, 0);
		return true;
	}
	if (ssh_opening_init(&m->opening, m->ssh, m->to, SSH_RELAY_WINDOW, &m->why)) {
		m->failed = true;
		return false;
	}
	m->opens_for = t;
	m->received = m->ssh->received;
	m->asked_at = deadline_now_ms();
	if (t && !t->since)
		t->since = m->asked_at;
	return true;
}

static void opened(struct ssh_relays *m, struct ssh_channel *channel)
{
	if (m->opens_keeper) {
		m->keeper = channel;
		m->kept_since = deadline_now_ms();
	} else if (m->opens_for)
		ssh_relay_connect(m->opens_for, channel, m->to->marker);
	else
		ssh_relays_discard(m, channel);
}

/* Without the keeper nothing is there that could be waited for. */
static void refused(struct ssh_relays *m, const struct err *why)
{
	struct ssh_relay *t = m->opens_for;
	int64_t now = deadline_now_ms();

	if (m->opens_keeper)
		ssh_relays_fail(m, ERR_BUSY, why->msg);
	if (!t)
		return;
	t->retry_at = now + TIMING_RELAY_AGAIN_MS;
	if (now - t->since < TIMING_RELAY_REFUSED_MS)
		return;
	ssh_relays_tell(m, t, why->msg);
}

bool ssh_relays_step_opening(struct ssh_relays *m)
{
	bool begun = begin(m);
	struct ssh_channel *channel = NULL;
	enum ssh_opening_step step;
	struct err why;

	if (!m->opening.ssh)
		return begun;
	step = ssh_opening_step(&m->opening, &channel, &why);
	if (step == SSH_OPENING_AGAIN)
		return begun;
	ssh_opening_free(&m->opening);
	m->took_ms = deadline_now_ms() - m->asked_at;
	if (step == SSH_OPENING_DONE)
		opened(m, channel);
	else if (step == SSH_OPENING_REFUSED)
		refused(m, &why);
	m->opens_for = NULL;
	m->opens_keeper = false;
	return true;
}

/* SPDX-License-Identifier: MIT */
/* Keeps the list of the streams of a connection. */
#include "ssh/relays_internal.h"

#include "base/err.h"

#define REPLY_BYTES 4096

void ssh_relays_append(struct ssh_relays *m, struct ssh_relay *t)
{
	struct ssh_relay **at = &m->list;

	while (*at)
		at = &(*at)->next;
	*at = t;
	m->count++;
}

void ssh_relays_fail(struct ssh_relays *m, enum err_kind kind, const char *why)
{
	if (m->failed)
		return;
	m->failed = true;
	err_set(&m->why, kind, "%s", why);
}

void ssh_relays_tell(struct ssh_relays *m, struct ssh_relay *t, const char *why)
{
	char reply[REPLY_BYTES];

	ssh_relay_end(t, reply, m->reply(why, reply, sizeof(reply)));
}

void ssh_relays_discard(struct ssh_relays *m, struct ssh_channel *channel)
{
	struct ssh_relay *t = ssh_relay_new(-1, &m->room);

	if (!t) {
		m->ssh->lost = true;
		ssh_channel_drop(channel);
		return;
	}
	ssh_relay_connect(t, channel, NULL);
	t->over = true;
	ssh_relays_append(m, t);
}

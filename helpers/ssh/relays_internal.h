/*
 * relays_internal - what the files relays*.c share; nothing else includes it.
 */
#ifndef SSH_RELAYS_INTERNAL_H
#define SSH_RELAYS_INTERNAL_H

#include "base/err.h"
#include "ssh/opening.h"
#include "ssh/relay.h"
#include "ssh/relays.h"

struct ssh_relays {
	struct ssh *ssh;
	const struct ssh_destination *to;
	ssh_relays_reply_fn *reply;
	struct ssh_relay *list; /* in the order they came */
	size_t count;
	size_t room;                /* left of WINDOW_ROOM */
	struct ssh_channel *keeper; /* carries nothing; NULL until it is open */
	int64_t kept_since;
	char kept[64];               /* what it says is dropped */
	struct ssh_opening opening;  /* of the keeper or a stream; ssh NULL: none */
	struct ssh_relay *opens_for; /* NULL: the keeper, or one that is gone */
	bool opens_keeper;
	uint64_t received; /* by the connection, when the request was made */
	int64_t asked_at;
	int64_t took_ms; /* the last request */
	bool failed;     /* nothing can be opened any more */
	struct err why;
};

void ssh_relays_append(struct ssh_relays *m, struct ssh_relay *t);

/* From now on nothing new is opened. The first reason counts. */
void ssh_relays_fail(struct ssh_relays *m, enum err_kind kind, const char *why);

/* Ends a stream that has no channel any more, and tells its client why. */
void ssh_relays_tell(struct ssh_relays *m, struct ssh_relay *t, const char *why);

/* Takes over a channel that nobody wants any more: only its end is left to be sent. */
void ssh_relays_discard(struct ssh_relays *m, struct ssh_channel *channel);

/* Gets on with the keeper's channel, or with that of the stream whose turn it is. True
 * when anything has changed. */
bool ssh_relays_step_opening(struct ssh_relays *m);

#endif

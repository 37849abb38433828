/*
 * relay - a local socket, the channel that carries its bytes, and what is on its way
 * between them. For the files of ssh/ alone; `relays` has many of them.
 *
 * Each direction ends on its own (half-close). Nothing is read on one side before all
 * has been passed on to the other, so that whoever is slow slows down the other. Memory
 * is bounded: a buffer each way, and the channel's window, which grows while the
 * local side keeps up.
 */
#ifndef SSH_RELAY_H
#define SSH_RELAY_H

#include "ssh/channel.h"

#include <stdint.h>

#define SSH_RELAY_IN_BYTES 32768
/* What libssh2 puts into one packet; one byte more would make a second one. */
#define SSH_RELAY_OUT_BYTES 32700
#define SSH_RELAY_WINDOW 32768       /* at first */
#define SSH_RELAY_WINDOW_MAX 2097152 /* for long round trips */
#define SSH_RELAY_TAIL 300

struct ssh_relay_bytes {
	char *data;     /* allocated when it is first needed */
	size_t at, len; /* what is still to be passed on */
	bool eof;       /* the source has ended */
	bool shut;      /* and the target has been told */
};

struct ssh_relay {
	struct ssh_relay *next;
	struct ssh_channel *channel; /* owned; NULL before and after */
	int fd;                      /* owned; -1 once closed */
	struct ssh_relay_bytes in;   /* channel to socket */
	struct ssh_relay_bytes out;  /* socket to channel */
	const char *marker;          /* what is left to be found, NULL when found */
	const char *marker_start;
	char tail[SSH_RELAY_TAIL]; /* of what the command wrote to stderr */
	size_t tail_len;
	char chunk[256];  /* of it */
	int ready;        /* what poll has said of the socket and has not been used up:
		      POLLIN, POLLOUT, POLLHUP */
	uint32_t window;  /* of the channel */
	size_t kept_up;   /* bytes that the socket has taken without delay since
			    the window grew last */
	size_t *room;     /* bytes by which windows may still grow; borrowed */
	bool answered;    /* bytes of the channel have gone to the socket */
	bool over;        /* nothing moves any more; the channel is to be closed */
	bool replied;     /* `in` holds a last word of ours; what still comes on the
			    socket is dropped */
	int64_t since;    /* when it asked for its channel, or got its last word */
	int64_t retry_at; /* when to ask for a channel again; 0: never refused */
};

/* A stream for `fd`, which it takes over, also when it fails (NULL: no memory). */
struct ssh_relay *ssh_relay_new(int fd, size_t *room);

/* Gives it its channel; `marker` as in struct ssh_destination. */
void ssh_relay_connect(struct ssh_relay *t, struct ssh_channel *channel,
		       const char *marker);

/* Moves what it can without waiting; true when it got on. */
bool ssh_relay_step(struct ssh_relay *t);

/* Whether it may be freed. */
bool ssh_relay_is_done(const struct ssh_relay *t);

/* Whether it waits for its channel: something has come on the socket. */
bool ssh_relay_wants_channel(const struct ssh_relay *t);

/* Whether its client has gone away altogether. */
bool ssh_relay_hung_up(const struct ssh_relay *t);

/* What to poll its socket for; -1 for not at all. What poll has said is added to
 * t->ready. */
int ssh_relay_events(const struct ssh_relay *t);

/* Whether its command has ended without a byte behind the marker. */
bool ssh_relay_is_silent(const struct ssh_relay *t);

/* Ends it when it has no channel, or one whose connection is lost. A client that has
 * had no byte of a reply gets `reply` (NULL for none), and a moment to read it. */
void ssh_relay_end(struct ssh_relay *t, const char *reply, size_t n);

/* Frees it and leaves its channel, if any, to the end of the session. */
void ssh_relay_free(struct ssh_relay *t);

#endif

/*
 * forward - carries bytes both ways between an SSH channel and a local
 * socket, each end's end-of-file on its own (half-close).
 *
 * A pump belongs to its connection, which steps it; it frees itself when both
 * directions have ended or one end is gone. Memory: two fixed buffers, wiped
 * when it goes.
 */
#ifndef SSH_FORWARD_H
#define SSH_FORWARD_H

#include "ssh/internal.h"

/*
 * Starts a pump on an open channel. Takes over `channel` and `fd`, also when
 * it fails. Everything up to and including `marker` (NULL for none, borrowed)
 * is dropped from the stream: what a login shell printed. The first character
 * of the marker occurs in it only once. When the stream ends without a byte
 * after the marker, what the program wrote to stderr is left in s->said.
 * Returns -1 with ERR_LOCAL when there is no memory or there are too many.
 */
int ssh_forward_start(struct ssh *s, LIBSSH2_CHANNEL *channel, int fd,
		   const char *marker, struct err *e);

/* Steps every pump of `s` once (not those of its outer connections) and frees
 * those that are over. True when any of them got on. */
bool ssh_forward_step(struct ssh *s);

/* Whether a pump of `s` could use input from the connection. */
bool ssh_forward_reads(const struct ssh *s);

/* Adds the local sockets of the pumps of `s`; returns how many. */
size_t ssh_forward_poll(const struct ssh *s, struct pollfd *out);

/* Frees all pumps of `s` and closes their sockets; the channels go with the
 * session. */
void ssh_forward_end(struct ssh *s);

#endif

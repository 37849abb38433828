/*
 * forward - carries bytes both ways between a channel and a local socket, each
 * direction's end-of-file on its own (half-close).
 *
 * A forward belongs to its connection, which steps it; it frees itself when both
 * directions have ended or one end is gone. Memory: two fixed buffers, wiped
 * when it goes.
 */
#ifndef SSH_FORWARD_H
#define SSH_FORWARD_H

#include "ssh/channel.h"

/*
 * Starts one. Takes over `channel` and `fd`, also when it fails.
 *
 * Of a command's channel, everything up to and including `marker` (borrowed;
 * NULL for a socket's channel) is dropped: what a login shell printed. The first
 * character of the marker occurs in it only once. When the command ends without
 * a byte after the marker, the end of what it wrote to stderr becomes
 * ssh_stderr_tail.
 * Returns -1 with ERR_LOCAL when there is no memory or there are too many.
 */
int ssh_forward_start(struct ssh *s, struct ssh_channel *channel, int fd,
		      const char *marker, struct err *e);

#endif

/* SPDX-License-Identifier: MIT */
/* The windows of a channel: what may come and go before the other side has read it. */
#include "ssh/internal.h"

#define ANY_STREAM 1 /* of libssh2_poll_channel_read: also stderr */

bool ssh_channel_has_input(const struct ssh_channel *c)
{
	return c->ssh->lost || c->ssh->write_owner == c ||
	       libssh2_poll_channel_read(c->handle, ANY_STREAM) ||
	       libssh2_channel_eof(c->handle);
}

bool ssh_channel_has_room(const struct ssh_channel *c)
{
	return c->ssh->lost || c->ssh->write_owner == c ||
	       libssh2_channel_window_write_ex(c->handle, NULL);
}

/* libssh2 counts a byte as taken once it has been read here, not when it comes, and
 * by itself keeps the window no wider than the channel was opened with. */
ssize_t ssh_channel_widen(struct ssh_channel *c, uint32_t window)
{
	struct ssh_channel_call call = { .op = SSH_OP_WIDEN };
	unsigned long left;

	if (c->ssh->lost)
		return SSH_CHANNEL_CLOSED;
	if (c->ssh->write_owner == c && c->half_sent.op == SSH_OP_WIDEN)
		return ssh_channel_run(c, &c->half_sent);
	left = libssh2_channel_window_read_ex(c->handle, NULL, NULL);
	if (left >= window / 4 * 3)
		return 0;
	call.n = window - left;
	return ssh_channel_run(c, &call);
}

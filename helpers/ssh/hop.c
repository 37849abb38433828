/* SPDX-License-Identifier: MIT */
/* Reaches a host through a bastion. */
#include "ssh/internal.h"

#include "base/err.h"
#include "net/fd.h"
#include "ssh/forward.h"

#include <errno.h>
#include <string.h>

static int open_pair(int pair[2], struct err *e)
{
	if (fd_pair(pair))
		return err_set(e, ERR_LOCAL, "no socket pair: %s", strerror(errno));
	return 0;
}

static int forward(struct ssh *s, struct ssh_channel *channel, int *fd, struct err *e)
{
	int pair[2];

	if (open_pair(pair, e)) {
		ssh_channel_drop(channel);
		return -1;
	}
	if (ssh_forward_start(s, channel, pair[1], NULL, e)) {
		fd_close(&pair[0]);
		return -1;
	}
	*fd = pair[0];
	return 0;
}

int ssh_hop(struct ssh *s, const char *host, uint16_t port, int *fd,
	    const struct deadline *d, struct err *e)
{
	struct ssh_channel *channel;

	if (ssh_channel_tcp(&channel, s, host, port, d, e) != SSH_CHANNEL_OPENED ||
	    forward(s, channel, fd, e))
		return err_wrap(e, "bastion %s", s->login->host);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* What can be asked of a connection. */
#include "ssh/internal.h"

bool ssh_is_lost(const struct ssh *s)
{
	return s->lost;
}

bool ssh_is_half_sent(const struct ssh *s)
{
	return libssh2_session_block_directions(s->session) &
	       LIBSSH2_SESSION_BLOCK_OUTBOUND;
}

const char *ssh_user(const struct ssh *s)
{
	return s->login->user;
}

const char *ssh_stderr_tail(const struct ssh *s)
{
	return s->stderr_tail;
}

/* SPDX-License-Identifier: MIT */
/* What can be asked of a connection. */
#include "ssh/internal.h"

#include "base/base64.h"
#include "base/buf.h"
#include "base/err.h"
#include "sshkey/wire.h"

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

/* It is in its usual form, or it would not have been accepted (hostkey/host_key). */
int ssh_host_key(const struct ssh *s, struct buf *out, struct err *e)
{
	struct ssh_wire key = { 0 }, rest, type;
	int kind;

	key.p = (const unsigned char *)libssh2_session_hostkey(s->session, &key.n, &kind);
	rest = key;
	if (!key.p || ssh_wire_string(&rest, &type))
		return err_set(e, ERR_LOCAL, "libssh2 has not kept the host key");
	buf_add(out, type.p, type.n);
	buf_adds(out, " ");
	if (base64_encode(out, key.p, key.n))
		return err_set(e, ERR_LOCAL, "a host key of %zu bytes has no room",
			       key.n);
	return 0;
}

const char *ssh_stderr_tail(const struct ssh *s)
{
	return s->stderr_tail;
}

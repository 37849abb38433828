/* SPDX-License-Identifier: MIT */
/* Turns failures of libssh2 into errors. */
#include "ssh/internal.h"

#include "base/err.h"

const char *ssh_abort_reason(const struct ssh *s)
{
	for (; s; s = s->outer)
		if (s->abort_reason)
			return s->abort_reason;
	return NULL;
}

int ssh_lost(const struct ssh *s, const char *doing, struct err *e)
{
	const char *reason = ssh_abort_reason(s);

	if (reason)
		return err_set(e, ERR_REFUSED, "%s", reason);
	return err_set(e, ERR_UNREACHABLE, "%s%sthe SSH connection was lost", doing,
		       *doing ? ": " : "");
}

bool ssh_is_fatal(long rc)
{
	static const int mild[] = {
		LIBSSH2_ERROR_CHANNEL_FAILURE,  LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED,
		LIBSSH2_ERROR_CHANNEL_UNKNOWN,  LIBSSH2_ERROR_CHANNEL_CLOSED,
		LIBSSH2_ERROR_CHANNEL_EOF_SENT, LIBSSH2_ERROR_REQUEST_DENIED,
	};

	for (size_t i = 0; i < sizeof(mild) / sizeof(mild[0]); i++)
		if (mild[i] == rc)
			return false;
	return rc < 0;
}

int ssh_failed(struct ssh *s, int rc, const char *doing, struct err *e)
{
	char *text = NULL;

	libssh2_session_last_error(s->session, &text, NULL, 0);
	if (!ssh_is_fatal(rc))
		return err_set(e, ERR_REFUSED, "%s: %s (libssh2 error %d)", doing,
			       text ? text : "refused", rc);
	s->lost = true;
	if (ssh_abort_reason(s))
		return ssh_lost(s, doing, e);
	return err_set(e, ERR_UNREACHABLE,
		       "%s: the SSH connection was lost "
		       "(%s, libssh2 error %d)",
		       doing, text ? text : "no reason", rc);
}

/* SPDX-License-Identifier: MIT */
/* Opens channels: sessions, forwarded sockets, the hop behind a bastion. */
#include "ssh/internal.h"

#include "base/buf.h"
#include "base/deadline.h"
#include "base/err.h"
#include "net/fd.h"
#include "ssh/forward.h"
#include "sshkey/wire.h"
#include "net/tcp.h"

#include <errno.h>
#include <string.h>

#define SESSION_AGAIN_MS 50

/* Whoever gives up on an answer leaves libssh2 in the middle of a request;
 * nothing else can be asked for on that connection. */
static int give_up(struct ssh *s)
{
	s->lost = true;
	return -1;
}

int ssh_channel_open(struct ssh *s, LIBSSH2_CHANNEL **out, const char *type,
		     const void *payload, size_t n, const char **why,
		     const struct deadline *d, struct err *e)
{
	char *text = NULL;
	int rc;

	if (ssh_claim(s, d, e))
		return -1;
	for (;;) {
		*out = libssh2_channel_open_ex(
			s->session, type, (unsigned int)strlen(type),
			LIBSSH2_CHANNEL_WINDOW_DEFAULT,
			LIBSSH2_CHANNEL_PACKET_DEFAULT, payload,
			(unsigned int)n);
		if (*out)
			return 0;
		rc = libssh2_session_last_error(s->session, &text, NULL, 0);
		if (rc != LIBSSH2_ERROR_EAGAIN)
			break;
		if (ssh_session_wait(s, d, e))
			return give_up(s);
	}
	*why = text;
	if (rc == LIBSSH2_ERROR_CHANNEL_FAILURE)
		return 1;
	return ssh_failed(s, rc, "cannot open a channel", e);
}

static int start(struct ssh *s, LIBSSH2_CHANNEL *channel, const char *command,
		 const struct deadline *d, struct err *e)
{
	int rc;

	while ((rc = libssh2_channel_process_startup(
			channel, "exec", sizeof("exec") - 1, command,
			(unsigned int)strlen(command))) == LIBSSH2_ERROR_EAGAIN)
		if (ssh_session_wait(s, d, e))
			return give_up(s);
	if (rc == LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED)
		return err_set(e, ERR_REFUSED, "the server does not let user "
			       "%s run commands", s->login->user);
	return rc ? ssh_failed(s, rc, "cannot start a command", e) : 0;
}

/* As ssh_channel_open. While it waits the streams that end are served. */
static int open_session(struct ssh *s, LIBSSH2_CHANNEL **out, const char **why,
			int64_t again_ms, const struct deadline *d, struct err *e)
{
	struct deadline until = deadline_within(d, again_ms);
	int rc;

	while ((rc = ssh_channel_open(s, out, "session", NULL, 0, why, d, e)) > 0 &&
	       s->had_session) {
		if (deadline_pause(&until, SESSION_AGAIN_MS))
			break;
		ssh_serve(s, false, d);
	}
	s->had_session |= !rc;
	return rc;
}

int ssh_channel_exec(struct ssh *s, LIBSSH2_CHANNEL **out, const char *command,
		     int64_t again_ms, const struct deadline *d, struct err *e)
{
	const char *why = NULL;
	int rc = open_session(s, out, &why, again_ms, d, e);

	if (rc > 0)
		return err_set(e, ERR_REFUSED, "the server refuses a session "
			       "for user %s: %s; see MaxSessions in its "
			       "sshd_config", s->login->user, why);
	if (rc < 0)
		return -1;
	/* On failure the channel goes with the session. */
	return start(s, *out, command, d, e);
}

static int hop_refused(const char *name, const char *why, struct err *e)
{
	if (strstr(why, "prohibited"))
		return err_set(e, ERR_REFUSED, "it does not allow forwarding "
			       "to %s; see AllowTcpForwarding and PermitOpen "
			       "in its sshd_config and the restrictions of the "
			       "key", name);
	if (strstr(why, "connect failed"))
		return err_set(e, ERR_UNREACHABLE, "it cannot connect to %s "
			       "(nothing listens there, no route, or it does "
			       "not know the name)", name);
	return err_set(e, ERR_REFUSED, "it refuses to forward to %s: %s", name,
		       why);
}

static int hop_open(struct ssh *s, LIBSSH2_CHANNEL **channel, const char *host,
		    uint16_t port, const struct deadline *d, struct err *e)
{
	struct buf b = BUF_INIT(1024);
	const char *why = NULL;
	char name[300];
	int rc;

	tcp_name(name, sizeof(name), host, port);
	ssh_wire_put_string(&b, host, strlen(host));
	ssh_wire_put_u32(&b, port);
	ssh_wire_put_string(&b, "127.0.0.1", strlen("127.0.0.1"));
	ssh_wire_put_u32(&b, 0);
	if (b.failed)
		return err_set(e, ERR_LOCAL, "the host name is too long");
	rc = ssh_channel_open(s, channel, "direct-tcpip", b.data, b.len, &why,
			      d, e);
	buf_free(&b);
	return rc > 0 ? hop_refused(name, why, e) : rc;
}

int ssh_hop(struct ssh *s, const char *host, uint16_t port, int *fd,
	    const struct deadline *d, struct err *e)
{
	LIBSSH2_CHANNEL *channel;
	int pair[2] = { -1, -1 };

	if (hop_open(s, &channel, host, port, d, e))
		goto failed;
	if (fd_pair(pair)) {
		err_set(e, ERR_LOCAL, "no socket pair: %s", strerror(errno));
		goto failed;
	}
	if (ssh_forward_start(s, channel, pair[1], NULL, e)) {
		fd_close(&pair[0]);
		goto failed;
	}
	*fd = pair[0];
	return 0;
failed:
	return err_wrap(e, "bastion %s", s->login->host);
}

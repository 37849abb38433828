/* SPDX-License-Identifier: MIT */
/* Opens and closes channels, which waits for the server. */
#include "ssh/channel.h"

#include "base/buf.h"
#include "base/deadline.h"
#include "base/err.h"
#include "base/retry.h"
#include "base/secret.h"
#include "base/timing.h"
#include "net/tcp.h"
#include "ssh/internal.h"
#include "sshkey/wire.h"

#include <string.h>

/* What a SSH_MSG_CHANNEL_OPEN asks for (RFC 4254 section 5.1). */
struct request {
	const char *type;
	struct buf payload; /* what follows the fixed fields */
	const char *why;    /* the server's refusal as libssh2 words it, borrowed
			       until the next call */
};

/* Whoever gives up on an answer leaves libssh2 in the middle of a request;
 * nothing else can be asked for on that connection. */
static enum ssh_channel_opened give_up(struct ssh *s)
{
	s->lost = true;
	return SSH_CHANNEL_FAILED;
}

static enum ssh_channel_opened open_handle(struct ssh *s, struct request *r,
					   LIBSSH2_CHANNEL **out,
					   const struct deadline *d, struct err *e)
{
	char *text = NULL;
	int rc;

	if (ssh_claim(s, d, e))
		return SSH_CHANNEL_FAILED;
	for (;;) {
		*out = libssh2_channel_open_ex(s->session, r->type,
					       (unsigned int)strlen(r->type),
					       LIBSSH2_CHANNEL_WINDOW_DEFAULT,
					       LIBSSH2_CHANNEL_PACKET_DEFAULT,
					       r->payload.data,
					       (unsigned int)r->payload.len);
		if (*out)
			return SSH_CHANNEL_OPENED;
		rc = libssh2_session_last_error(s->session, &text, NULL, 0);
		if (rc != LIBSSH2_ERROR_EAGAIN)
			break;
		if (ssh_session_wait(s, d, e))
			return give_up(s);
	}
	r->why = text;
	if (rc == LIBSSH2_ERROR_CHANNEL_FAILURE)
		return SSH_CHANNEL_REFUSED;
	ssh_failed(s, rc, "cannot open a channel", e);
	return SSH_CHANNEL_FAILED;
}

static enum ssh_channel_opened open_channel(struct ssh *s, struct request *r,
					    struct ssh_channel **out,
					    const struct deadline *d, struct err *e)
{
	LIBSSH2_CHANNEL *handle;
	enum ssh_channel_opened opened = open_handle(s, r, &handle, d, e);

	if (opened != SSH_CHANNEL_OPENED)
		return opened;
	*out = ssh_channel_new(s, handle);
	if (*out)
		return SSH_CHANNEL_OPENED;
	/* The handle goes with the session. */
	err_no_memory(e);
	return SSH_CHANNEL_FAILED;
}

static enum ssh_channel_opened start(struct ssh_channel *c, const char *command,
				     const struct deadline *d, struct err *e)
{
	struct ssh *s = c->ssh;
	int rc;

	while ((rc = libssh2_channel_process_startup(c->handle, "exec",
						     sizeof("exec") - 1, command,
						     (unsigned int)strlen(command))) ==
	       LIBSSH2_ERROR_EAGAIN)
		if (ssh_session_wait(s, d, e))
			return give_up(s);
	if (!rc)
		return SSH_CHANNEL_OPENED;
	if (rc == LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED) {
		err_set(e, ERR_REFUSED,
			"the server does not let user %s run "
			"commands",
			ssh_user(s));
		return SSH_CHANNEL_REFUSED;
	}
	ssh_failed(s, rc, "cannot start a command", e);
	return SSH_CHANNEL_FAILED;
}

/* While it waits the forwards that end are served. */
static enum ssh_channel_opened open_session(struct ssh *s, struct ssh_channel **out,
					    int64_t again_ms, const struct deadline *d,
					    struct err *e)
{
	struct retry retry = {
		.every_ms = TIMING_SSH_SESSION_AGAIN_MS,
		.until = deadline_within(d, again_ms),
		.may = s->had_session ? ERR_KIND(ERR_REFUSED) : 0,
	};
	struct request r = { .type = "session" };
	enum ssh_channel_opened opened;

	while ((opened = open_channel(s, &r, out, d, e)) == SSH_CHANNEL_REFUSED) {
		err_set(e, ERR_REFUSED,
			"the server refuses a session for user "
			"%s: %s; see MaxSessions in its sshd_config",
			ssh_user(s), r.why);
		if (!retry_pause(&retry, e))
			break;
		ssh_serve(s, d);
	}
	if (opened == SSH_CHANNEL_OPENED)
		s->had_session = true;
	return opened;
}

enum ssh_channel_opened ssh_channel_exec(struct ssh_channel **out, struct ssh *s,
					 const char *command, int64_t again_ms,
					 const struct deadline *d, struct err *e)
{
	enum ssh_channel_opened opened = open_session(s, out, again_ms, d, e);

	if (opened != SSH_CHANNEL_OPENED)
		return opened;
	s->stderr_tail[0] = '\0';
	opened = start(*out, command, d, e);
	/* One without its command is left to the session. */
	if (opened != SSH_CHANNEL_OPENED)
		ssh_channel_drop(*out);
	return opened;
}

enum ssh_channel_opened ssh_channel_unix(struct ssh_channel **out, struct ssh *s,
					 const char *path, const struct deadline *d,
					 struct err *e)
{
	struct request r = { .type = "direct-streamlocal@openssh.com",
			     .payload = BUF_INIT(1024) };
	enum ssh_channel_opened opened = SSH_CHANNEL_FAILED;

	/* OpenSSH's file PROTOCOL, section 2.4: the path and two reserved
	 * fields. */
	ssh_wire_put_string(&r.payload, path, strlen(path));
	ssh_wire_put_string(&r.payload, "", 0);
	ssh_wire_put_u32(&r.payload, 0);
	if (r.payload.failed)
		err_set(e, ERR_USAGE, "the socket's path is too long");
	else
		opened = open_channel(s, &r, out, d, e);
	buf_free(&r.payload);
	return opened;
}

static void tcp_refused(const char *name, const char *why, struct err *e)
{
	if (strstr(why, "prohibited"))
		err_set(e, ERR_REFUSED,
			"it does not allow forwarding to %s; see "
			"AllowTcpForwarding and PermitOpen in its sshd_config and "
			"the restrictions of the key",
			name);
	else if (strstr(why, "connect failed"))
		err_set(e, ERR_UNREACHABLE,
			"it cannot connect to %s (nothing "
			"listens there, no route, or it does not know the name)",
			name);
	else
		err_set(e, ERR_REFUSED, "it refuses to forward to %s: %s", name, why);
}

enum ssh_channel_opened ssh_channel_tcp(struct ssh_channel **out, struct ssh *s,
					const char *host, uint16_t port,
					const struct deadline *d, struct err *e)
{
	struct request r = { .type = "direct-tcpip", .payload = BUF_INIT(1024) };
	enum ssh_channel_opened opened = SSH_CHANNEL_FAILED;
	char name[300];

	tcp_name(name, sizeof(name), host, port);
	ssh_wire_put_string(&r.payload, host, strlen(host));
	ssh_wire_put_u32(&r.payload, port);
	ssh_wire_put_string(&r.payload, "127.0.0.1", strlen("127.0.0.1"));
	ssh_wire_put_u32(&r.payload, 0);
	if (r.payload.failed)
		err_set(e, ERR_LOCAL, "the host name is too long");
	else
		opened = open_channel(s, &r, out, d, e);
	if (opened == SSH_CHANNEL_REFUSED)
		tcp_refused(name, r.why, e);
	buf_free(&r.payload);
	return opened;
}

int ssh_channel_wait(struct ssh_channel *c, const struct deadline *d, struct err *e)
{
	return ssh_wait_for(c->ssh, c, d, e);
}

static int signal_number(const char *name, size_t n)
{
	static const struct {
		char name[5];
		unsigned char number;
	} table[] = {
		{ "HUP", 1 },   { "INT", 2 },   { "QUIT", 3 },  { "ILL", 4 },
		{ "ABRT", 6 },  { "FPE", 8 },   { "KILL", 9 },  { "SEGV", 11 },
		{ "PIPE", 13 }, { "ALRM", 14 }, { "TERM", 15 },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strlen(table[i].name) == n && !memcmp(table[i].name, name, n))
			return table[i].number;
	return 0;
}

/* RFC 4254 section 6.10. libssh2 does not tell a status that never came from
 * 0; OpenSSH always sends one. */
static int exit_code_of(struct ssh_channel *c)
{
	char *name = NULL;
	size_t n = 0;
	int code;

	if (libssh2_channel_get_exit_signal(c->handle, &name, &n, NULL, NULL, NULL,
					    NULL) ||
	    !name)
		return libssh2_channel_get_exit_status(c->handle);
	code = 128 + signal_number(name, n);
	secret_free(name);
	return code;
}

int ssh_channel_close(struct ssh_channel *c, int *exit_code, const struct deadline *d,
		      struct err *e)
{
	int ret = 0;

	while (!ret && ssh_channel_step_close(c) == SSH_CHANNEL_AGAIN)
		ret = ssh_channel_wait(c, d, e);
	if (!ret && c->ssh->lost)
		ret = ssh_channel_failed(c, "end of a command", e);
	if (ret)
		c->ssh->lost = true;
	else
		*exit_code = exit_code_of(c);
	ssh_channel_free(c);
	return ret;
}

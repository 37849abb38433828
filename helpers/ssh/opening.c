/* SPDX-License-Identifier: MIT */
/* Opens a channel without waiting for the server. */
#include "ssh/opening.h"

#include "base/err.h"
#include "sshkey/wire.h"

#include <string.h>

int ssh_opening_init(struct ssh_opening *o, struct ssh *s,
		     const struct ssh_destination *to, uint32_t window, struct err *e)
{
	*o = (struct ssh_opening){
		.ssh = s,
		.type = "session",
		.window = window,
		.payload = BUF_INIT(1024),
		.owner = { .ssh = s },
	};
	o->path = to->path;
	if (!to->path) {
		o->command = to->command;
		return 0;
	}
	/* OpenSSH's file PROTOCOL, section 2.4: the path and two reserved
	 * fields. */
	o->type = "direct-streamlocal@openssh.com";
	ssh_wire_put_string(&o->payload, to->path, strlen(to->path));
	ssh_wire_put_string(&o->payload, "", 0);
	ssh_wire_put_u32(&o->payload, 0);
	if (o->payload.failed)
		return err_set(e, ERR_USAGE, "the socket's path is too long");
	return 0;
}

/* After a call of libssh2 that has to be repeated: nobody else may send while half
 * of its packet is on its way. */
static void keep(struct ssh_opening *o)
{
	struct ssh *s = o->ssh;

	s->write_owner = ssh_is_half_sent(s) ? &o->owner : NULL;
}

static enum ssh_opening_step failed(struct ssh_opening *o, int rc, int refused,
				    const char *what, struct err *e)
{
	char *text = NULL;

	if (rc == LIBSSH2_ERROR_EAGAIN) {
		keep(o);
		return SSH_OPENING_AGAIN;
	}
	o->ssh->write_owner = NULL;
	if (rc != refused) {
		ssh_failed(o->ssh, rc, what, e);
		return SSH_OPENING_FAILED;
	}
	libssh2_session_last_error(o->ssh->session, &text, NULL, 0);
	if (o->path)
		err_set(e, ERR_REFUSED,
			"nothing listens on %s there any more, or the "
			"server does not lead to it any more (%s)",
			o->path, text);
	else
		err_set(e, ERR_REFUSED,
			"the server refuses one more session: %s; see "
			"MaxSessions in its sshd_config",
			text);
	return SSH_OPENING_REFUSED;
}

static enum ssh_opening_step request(struct ssh_opening *o, struct err *e)
{
	struct ssh *s = o->ssh;

	o->handle = libssh2_channel_open_ex(s->session, o->type,
					    (unsigned int)strlen(o->type), o->window,
					    LIBSSH2_CHANNEL_PACKET_DEFAULT,
					    o->payload.data,
					    (unsigned int)o->payload.len);
	if (o->handle) {
		s->write_owner = NULL;
		return SSH_OPENING_DONE;
	}
	return failed(o, libssh2_session_last_errno(s->session),
		      LIBSSH2_ERROR_CHANNEL_FAILURE, "cannot open a stream", e);
}

static enum ssh_opening_step start(struct ssh_opening *o, struct err *e)
{
	int rc = libssh2_channel_process_startup(o->handle, "exec", sizeof("exec") - 1,
						 o->command,
						 (unsigned int)strlen(o->command));

	if (rc)
		return failed(o, rc, LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED,
			      "cannot start a command", e);
	o->ssh->write_owner = NULL;
	o->command = NULL;
	return SSH_OPENING_DONE;
}

enum ssh_opening_step ssh_opening_step(struct ssh_opening *o, struct ssh_channel **out,
				       struct err *e)
{
	enum ssh_opening_step step = SSH_OPENING_DONE;
	struct ssh *s = o->ssh;

	if (s->lost) {
		ssh_lost(s, "", e);
		return SSH_OPENING_FAILED;
	}
	if (s->write_owner && s->write_owner != &o->owner)
		return SSH_OPENING_AGAIN;
	if (!o->handle)
		step = request(o, e);
	if (step == SSH_OPENING_DONE && o->command)
		step = start(o, e);
	if (step != SSH_OPENING_DONE)
		return step;
	*out = ssh_channel_new(s, o->handle);
	if (*out)
		return SSH_OPENING_DONE;
	/* The handle goes with the session. */
	err_set(e, ERR_LOCAL, "no memory");
	s->lost = true;
	return SSH_OPENING_FAILED;
}

void ssh_opening_free(struct ssh_opening *o)
{
	if (o->ssh && o->ssh->write_owner == &o->owner)
		o->ssh->lost = true;
	buf_free(&o->payload);
	*o = (struct ssh_opening){ 0 };
}

/* SPDX-License-Identifier: MIT */
/* Reads, writes and closes channels. */
#include "ssh/channel.h"

#include "base/secret.h"
#include "ssh/internal.h"

struct ssh_channel *ssh_channel_new(struct ssh *s, LIBSSH2_CHANNEL *handle)
{
	struct ssh_channel *c = secret_calloc(1, sizeof(*c));

	if (c) {
		c->ssh = s;
		c->handle = handle;
	}
	return c;
}

static bool same_call(const struct ssh_channel_call *a, const struct ssh_channel_call *b)
{
	return a->op == b->op && a->stream == b->stream;
}

static ssize_t make(struct ssh_channel *c, const struct ssh_channel_call *call)
{
	switch (call->op) {
	case SSH_OP_READ:
		return libssh2_channel_read_ex(c->handle, call->stream, call->in,
					       call->n);
	case SSH_OP_WRITE:
		return libssh2_channel_write(c->handle, call->out, call->n);
	case SSH_OP_EOF:
		return libssh2_channel_send_eof(c->handle);
	case SSH_OP_CLOSE:
		return libssh2_channel_close(c->handle);
	case SSH_OP_WIDEN:
		return libssh2_channel_receive_window_adjust2(c->handle, call->n, 1,
							      NULL);
	case SSH_OP_NONE:
		break;
	}
	return 0;
}

ssize_t ssh_channel_run(struct ssh_channel *c, const struct ssh_channel_call *call)
{
	struct ssh *s = c->ssh;
	ssize_t n;

	if (s->lost)
		return SSH_CHANNEL_CLOSED;
	if (s->write_owner && (s->write_owner != c || !same_call(&c->half_sent, call)))
		return SSH_CHANNEL_AGAIN;
	n = make(c, call);
	s->write_owner = NULL;
	if (n == LIBSSH2_ERROR_EAGAIN) {
		if (ssh_is_half_sent(s)) {
			s->write_owner = c;
			c->half_sent = *call;
		}
		return SSH_CHANNEL_AGAIN;
	}
	if (n >= 0)
		return n;
	c->error = (int)n;
	if (ssh_is_fatal((long)n))
		s->lost = true;
	return SSH_CHANNEL_CLOSED;
}

ssize_t ssh_channel_read(struct ssh_channel *c, enum ssh_stream stream, void *bytes,
			 size_t n)
{
	/* The numbers of RFC 4254 section 5.2: 1 is SSH_EXTENDED_DATA_STDERR. */
	const struct ssh_channel_call call = {
		.op = SSH_OP_READ, .in = bytes, .n = n, .stream = stream == SSH_STDERR
	};
	ssize_t got = ssh_channel_run(c, &call);

	if (got || libssh2_channel_eof(c->handle))
		return got;
	return SSH_CHANNEL_AGAIN;
}

ssize_t ssh_channel_write(struct ssh_channel *c, const void *bytes, size_t n)
{
	const struct ssh_channel_call call = { .op = SSH_OP_WRITE, .out = bytes, .n = n };
	ssize_t put = ssh_channel_run(c, &call);

	/* 0 means that the channel's window is full. */
	return put ? put : SSH_CHANNEL_AGAIN;
}

ssize_t ssh_channel_send_eof(struct ssh_channel *c)
{
	const struct ssh_channel_call call = { .op = SSH_OP_EOF };

	return ssh_channel_run(c, &call);
}

int ssh_channel_failed(struct ssh_channel *c, const char *doing, struct err *e)
{
	if (!c->error)
		return ssh_lost(c->ssh, doing, e);
	return ssh_failed(c->ssh, c->error, doing, e);
}

ssize_t ssh_channel_step_close(struct ssh_channel *c)
{
	const struct ssh_channel_call call = { .op = SSH_OP_CLOSE };

	if (c->ssh->write_owner == c && c->half_sent.op != SSH_OP_CLOSE &&
	    ssh_channel_run(c, &c->half_sent) == SSH_CHANNEL_AGAIN)
		return SSH_CHANNEL_AGAIN;
	return ssh_channel_run(c, &call);
}

int ssh_channel_free(struct ssh_channel *c)
{
	if (ssh_channel_step_close(c) == SSH_CHANNEL_AGAIN)
		return SSH_CHANNEL_AGAIN;
	/* Closed, it has nothing more to send. */
	if (!c->ssh->lost)
		libssh2_channel_free(c->handle);
	ssh_channel_drop(c);
	return 0;
}

void ssh_channel_drop(struct ssh_channel *c)
{
	if (c && c->ssh->write_owner == c)
		c->ssh->write_owner = NULL;
	secret_free(c);
}

/* SPDX-License-Identifier: MIT */
/* Runs a command on the host and reads what it prints. */
#include "base/buf.h"
#include "base/deadline.h"
#include "base/err.h"
#include "base/secret.h"
#include "ssh/internal.h"

#include <string.h>

#define LINE_BYTES 1024 /* what is longer is cut */
#define CHUNK_BYTES 16384
#define AFTER_MS 1000 /* for what comes after the caller has heard enough */
#define STREAMS 2 /* stdout, stderr (RFC 4254 section 5.2) */

struct liner {
	char text[LINE_BYTES];
	size_t len;
};

struct exec {
	struct ssh *ssh;
	LIBSSH2_CHANNEL *channel;
	const struct buf *input;
	size_t sent;
	bool eof_sent;
	ssh_line_fn *line;
	void *ctx;
	bool enough; /* `line` wants no more */
	struct liner liner[STREAMS];
	char chunk[CHUNK_BYTES];
};

static void end_line(struct exec *x, struct liner *l)
{
	if (l->len && l->text[l->len - 1] == '\r')
		l->len--;
	if (x->line && !x->line(x->ctx, l->text, l->len))
		x->enough = true;
	l->len = 0;
}

static void split(struct exec *x, struct liner *l, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (x->chunk[i] == '\n')
			end_line(x, l);
		else if (l->len < sizeof(l->text))
			l->text[l->len++] = x->chunk[i];
	}
}

static ssize_t feed(struct exec *x)
{
	size_t all = x->input ? x->input->len : 0;
	ssize_t n;

	if (x->eof_sent || libssh2_channel_eof(x->channel))
		return 0;
	if (x->sent == all) {
		n = libssh2_channel_send_eof(x->channel);
		x->eof_sent = n != LIBSSH2_ERROR_EAGAIN;
		return n ? n : 1;
	}
	n = libssh2_channel_write(x->channel, x->input->data + x->sent,
				  all - x->sent);
	if (n > 0)
		x->sent += (size_t)n;
	else if (n < 0 && !ssh_is_fatal((long)n))
		x->eof_sent = true; /* the program has stopped reading */
	return n;
}

static ssize_t hear(struct exec *x, int stream)
{
	ssize_t n = libssh2_channel_read_ex(x->channel, stream, x->chunk,
					    sizeof(x->chunk));

	if (n > 0)
		split(x, &x->liner[stream], (size_t)n);
	return n;
}

static ssize_t hear_out(struct exec *x)
{
	return hear(x, 0);
}

static ssize_t hear_err(struct exec *x)
{
	return hear(x, 1);
}

typedef ssize_t step_fn(struct exec *x);

static step_fn *const steps[] = { hear_out, hear_err, feed };

#define STEPS (sizeof(steps) / sizeof(steps[0]))

static bool half_sent(const struct exec *x)
{
	return libssh2_session_block_directions(x->ssh->session) &
	       LIBSSH2_SESSION_BLOCK_OUTBOUND;
}

/* Takes each step once, from *at on, and leaves in *at the step that has to be
 * finished before any other, or 0. Returns 1 when any got on, 0, or -1. */
static int round_of(struct exec *x, size_t *at, struct err *e)
{
	int any = 0;

	for (size_t i = *at; i < STEPS; i++) {
		ssize_t rc = steps[i](x);

		*at = i;
		if (rc == LIBSSH2_ERROR_EAGAIN && half_sent(x))
			return 0;
		if (rc < 0 && rc != LIBSSH2_ERROR_EAGAIN &&
		    ssh_is_fatal((long)rc))
			return ssh_failed(x->ssh, (int)rc, "command", e);
		any |= rc > 0;
	}
	*at = 0;
	return any;
}

/* Moves bytes until the program has closed its output. */
static int converse(struct exec *x, const struct deadline *d, struct err *e)
{
	struct deadline until = *d;
	size_t at = 0;
	int rc;

	for (;;) {
		rc = round_of(x, &at, e);
		if (rc < 0)
			return -1;
		if (x->enough)
			until = deadline_within(&until, AFTER_MS);
		/* A program that never pauses must not keep us from it. */
		if (rc > 0 && deadline_left_ms(&until) > 0)
			continue;
		if (!rc && !half_sent(x) && libssh2_channel_eof(x->channel))
			return 0;
		if (ssh_session_wait(x->ssh, &until, e))
			return -1;
	}
}

static int signal_number(const char *name, size_t n)
{
	static const struct {
		const char *name;
		int number;
	} table[] = {
		{ "HUP", 1 }, { "INT", 2 }, { "QUIT", 3 }, { "ILL", 4 },
		{ "ABRT", 6 }, { "FPE", 8 }, { "KILL", 9 }, { "SEGV", 11 },
		{ "PIPE", 13 }, { "ALRM", 14 }, { "TERM", 15 },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strlen(table[i].name) == n &&
		    !memcmp(table[i].name, name, n))
			return table[i].number;
	return 0;
}

/* RFC 4254 section 6.10. libssh2 does not tell a status that never came from
 * 0; OpenSSH always sends one. */
static int exit_code_of(struct exec *x)
{
	char *name = NULL;
	size_t n = 0;
	int code;

	if (libssh2_channel_get_exit_signal(x->channel, &name, &n, NULL, NULL,
					    NULL, NULL) || !name)
		return libssh2_channel_get_exit_status(x->channel);
	code = 128 + signal_number(name, n);
	secret_free(name);
	return code;
}

static int finish(struct exec *x, int *exit_code, const struct deadline *d,
		  struct err *e)
{
	int rc;

	while ((rc = libssh2_channel_close(x->channel)) == LIBSSH2_ERROR_EAGAIN)
		if (ssh_session_wait(x->ssh, d, e))
			return -1;
	if (rc && ssh_is_fatal(rc))
		return ssh_failed(x->ssh, rc, "end of a command", e);
	*exit_code = exit_code_of(x);
	while ((rc = libssh2_channel_free(x->channel)) == LIBSSH2_ERROR_EAGAIN)
		if (ssh_session_wait(x->ssh, d, e))
			return -1;
	for (int i = 0; i < STREAMS; i++)
		if (x->liner[i].len)
			end_line(x, &x->liner[i]);
	return 0;
}

int ssh_exec(struct ssh *s, const char *command, const struct buf *input,
	     ssh_line_fn *line, void *ctx, int *exit_code,
	     const struct deadline *d, struct err *e)
{
	struct exec *x = secret_calloc(1, sizeof(*x));
	int ret = -1;

	if (!x)
		return err_set(e, ERR_LOCAL, "no memory");
	x->ssh = s;
	x->input = input;
	x->line = line;
	x->ctx = ctx;
	if (!ssh_channel_exec(s, &x->channel, command, SSH_SESSION_MS, d, e)) {
		ret = converse(x, d, e) || finish(x, exit_code, d, e) ? -1 : 0;
		/* Nothing else can follow a conversation broken off. */
		if (ret)
			s->lost = true;
		if (x->enough)
			ret = 0;
	}
	secret_free(x);
	return ret;
}

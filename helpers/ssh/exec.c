/* SPDX-License-Identifier: MIT */
/* Runs a command on the host and reads what it prints, line by line. */
#include "base/buf.h"
#include "base/deadline.h"
#include "base/err.h"
#include "base/secret.h"
#include "base/timing.h"
#include "ssh/channel.h"
#include "ssh/internal.h"

#define LINE_BYTES 1024 /* what is longer is cut */
#define CHUNK_BYTES 16384
#define STREAMS 2

struct line {
	char text[LINE_BYTES];
	size_t len;
};

struct exec {
	struct ssh_channel *channel;
	const struct ssh_command *command;
	size_t sent;               /* bytes of its input */
	bool no_more;              /* is written: it has all been sent, or the command has
			 stopped reading */
	bool enough;               /* the caller wants no more lines */
	struct line line[STREAMS]; /* what has come of the next one */
	char chunk[CHUNK_BYTES];
};

enum progress { STUCK, MOVED, ENDED };

static void end_line(struct exec *x, struct line *l)
{
	const struct ssh_command *c = x->command;

	if (l->len && l->text[l->len - 1] == '\r')
		l->len--;
	if (c->on_line && !c->on_line(c->ctx, l->text, l->len))
		x->enough = true;
	l->len = 0;
}

static void split(struct exec *x, struct line *l, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (x->chunk[i] == '\n')
			end_line(x, l);
		else if (l->len < sizeof(l->text))
			l->text[l->len++] = x->chunk[i];
	}
}

static enum progress read_some(struct exec *x, enum ssh_stream stream)
{
	ssize_t n = ssh_channel_read(x->channel, stream, x->chunk, sizeof(x->chunk));

	if (n > 0)
		split(x, &x->line[stream], (size_t)n);
	if (!n)
		return ENDED;
	return n > 0 ? MOVED : STUCK;
}

static enum progress write_some(struct exec *x)
{
	const struct buf *input = x->command->input;
	size_t left = input ? input->len - x->sent : 0;
	ssize_t n;

	if (x->no_more)
		return STUCK;
	if (!left) {
		n = ssh_channel_send_eof(x->channel);
		x->no_more = n != SSH_CHANNEL_AGAIN;
		return x->no_more ? MOVED : STUCK;
	}
	n = ssh_channel_write(x->channel, input->data + x->sent, left);
	if (n == SSH_CHANNEL_AGAIN)
		return STUCK;
	if (n > 0)
		x->sent += (size_t)n;
	else
		x->no_more = true;
	return MOVED;
}

/* Moves what can be moved each way once. A call for one stream also takes in packets
 * of the other, which no poll would report. */
static enum progress round_of(struct exec *x, const struct ssh *s)
{
	uint64_t before = s->received;
	enum progress out = read_some(x, SSH_STDOUT);
	enum progress err = read_some(x, SSH_STDERR);

	if (out == ENDED || err == ENDED)
		return ENDED;
	if (write_some(x) == MOVED || out == MOVED || err == MOVED)
		return MOVED;
	return s->received != before ? MOVED : STUCK;
}

/* Moves bytes until the command has closed its output. */
static int converse(struct exec *x, struct ssh *s, const struct deadline *d,
		    struct err *e)
{
	struct deadline until = *d;
	enum progress progress;

	while ((progress = round_of(x, s)) != ENDED) {
		if (ssh_is_lost(s))
			return ssh_channel_failed(x->channel, "command", e);
		if (x->enough)
			until = deadline_within(&until, TIMING_OUTPUT_END_MS);
		/* A program that never pauses must not keep us from it. */
		if (progress == MOVED && deadline_left_ms(&until) > 0)
			continue;
		if (ssh_channel_wait(x->channel, &until, e))
			return -1;
	}
	return 0;
}

static int run(struct exec *x, struct ssh *s, int *exit_code, const struct deadline *d,
	       struct err *e)
{
	if (converse(x, s, d, e)) {
		/* Nothing else can follow a conversation broken off. */
		s->lost = true;
		ssh_channel_free(x->channel);
		return -1;
	}
	if (ssh_channel_close(x->channel, exit_code, d, e))
		return -1;
	for (int i = 0; i < STREAMS; i++)
		if (x->line[i].len)
			end_line(x, &x->line[i]);
	return 0;
}

int ssh_exec(struct ssh *s, const struct ssh_command *c, int *exit_code,
	     const struct deadline *d, struct err *e)
{
	struct exec *x = secret_calloc(1, sizeof(*x));
	int ret = -1;

	if (!x)
		return err_no_memory(e);
	x->command = c;
	if (ssh_channel_exec(&x->channel, s, c->line, TIMING_SSH_SESSION_MS, d, e) ==
	    SSH_CHANNEL_OPENED)
		ret = run(x, s, exit_code, d, e);
	if (x->enough)
		ret = 0;
	secret_free(x);
	return ret;
}

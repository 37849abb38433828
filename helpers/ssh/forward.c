/* SPDX-License-Identifier: MIT */
/* Moves bytes between a local socket and an SSH channel. */
#include "ssh/forward.h"

#include "base/err.h"
#include "base/secret.h"
#include "net/fd.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* fd_ready has seen to it */
#endif

#define BUFFER_BYTES 32768
#define STDERR 1 /* SSH_EXTENDED_DATA_STDERR, RFC 4254 section 5.2 */

enum op { OP_READ, OP_WORDS, OP_WRITE, OP_EOF, OP_FREE };

struct half {
	char data[BUFFER_BYTES];
	size_t at, len; /* what is still to be passed on */
	bool eof;       /* the source has ended */
	bool shut;      /* and the target has been told */
};

struct ssh_forward {
	struct ssh_forward *next;
	struct ssh *ssh;
	LIBSSH2_CHANNEL *channel; /* NULL once freed or abandoned */
	int fd;                   /* -1 once closed */
	struct half in;           /* channel to fd */
	struct half out;          /* fd to channel */
	enum op held;             /* while ssh->holder is this pump */
	const char *marker;       /* what is left to be found, NULL when found */
	const char *marker_start;
	char said[300]; /* of stderr, NUL-terminated */
	size_t said_len;
	char chunk[256];
	bool answered; /* a byte after the marker has come */
	bool over;
};

static void end(struct ssh_forward *p)
{
	p->over = true;
	fd_close(&p->fd);
}

static bool wants_read(const struct ssh_forward *p)
{
	return !p->over && !p->in.len && !p->in.eof;
}

static ssize_t call_read(struct ssh_forward *p)
{
	return libssh2_channel_read(p->channel, p->in.data, BUFFER_BYTES);
}

/* Works on a marker that arrives in pieces, too. */
static void skip_to_marker(struct ssh_forward *p)
{
	while (p->marker && p->in.len) {
		char c = p->in.data[p->in.at++];

		p->in.len--;
		if (c == *p->marker)
			p->marker++;
		else
			p->marker = p->marker_start + (c == *p->marker_start);
		if (!*p->marker)
			p->marker = NULL;
	}
}

static void keep_words(struct ssh_forward *p)
{
	while (p->said_len && strchr(" \r\n", p->said[p->said_len - 1]))
		p->said[--p->said_len] = '\0';
	memcpy(p->ssh->said, p->said, sizeof(p->said));
}

static bool done_read(struct ssh_forward *p, ssize_t n)
{
	if (!n) {
		p->in.eof = libssh2_channel_eof(p->channel);
		if (p->in.eof && !p->answered)
			keep_words(p);
		return p->in.eof;
	}
	p->in.at = 0;
	p->in.len = (size_t)n;
	skip_to_marker(p);
	if (p->in.len)
		p->answered = true;
	return true;
}

static bool wants_words(const struct ssh_forward *p)
{
	return !p->over && p->marker_start && !p->in.eof;
}

static ssize_t call_words(struct ssh_forward *p)
{
	return libssh2_channel_read_ex(p->channel, STDERR, p->chunk,
				       sizeof(p->chunk));
}

static bool done_words(struct ssh_forward *p, ssize_t n)
{
	for (ssize_t i = 0; i < n; i++)
		if (p->said_len + 1 < sizeof(p->said))
			p->said[p->said_len++] = p->chunk[i];
	return n > 0;
}

static bool wants_write(const struct ssh_forward *p)
{
	return !p->over && p->out.len;
}

static ssize_t call_write(struct ssh_forward *p)
{
	return libssh2_channel_write(p->channel, p->out.data + p->out.at,
				     p->out.len);
}

/* 0 means that the channel's window is full. */
static bool done_write(struct ssh_forward *p, ssize_t n)
{
	p->out.at += (size_t)n;
	p->out.len -= (size_t)n;
	return n > 0;
}

static bool wants_eof(const struct ssh_forward *p)
{
	return !p->over && p->out.eof && !p->out.len && !p->out.shut;
}

static ssize_t call_eof(struct ssh_forward *p)
{
	return libssh2_channel_send_eof(p->channel);
}

static bool done_eof(struct ssh_forward *p, ssize_t n)
{
	(void)n;
	p->out.shut = true;
	return true;
}

static bool wants_free(const struct ssh_forward *p)
{
	return p->over;
}

static ssize_t call_free(struct ssh_forward *p)
{
	return libssh2_channel_free(p->channel);
}

static bool done_free(struct ssh_forward *p, ssize_t n)
{
	(void)n;
	p->channel = NULL;
	return true;
}

static const struct {
	bool (*wanted)(const struct ssh_forward *p);
	ssize_t (*call)(struct ssh_forward *p);
	bool (*done)(struct ssh_forward *p, ssize_t n); /* true: got on */
} ops[] = {
	[OP_READ] = { wants_read, call_read, done_read },
	[OP_WORDS] = { wants_words, call_words, done_words },
	[OP_WRITE] = { wants_write, call_write, done_write },
	[OP_EOF] = { wants_eof, call_eof, done_eof },
	[OP_FREE] = { wants_free, call_free, done_free },
};

static void fail(struct ssh_forward *p, enum op op, ssize_t rc)
{
	if (ssh_is_fatal((long)rc))
		p->ssh->lost = true;
	/* A channel that cannot even be freed is left to the session. */
	if (op == OP_FREE)
		p->channel = NULL;
	end(p);
}

static bool run(struct ssh_forward *p, enum op op)
{
	struct ssh *s = p->ssh;
	ssize_t n;

	if (!p->channel || s->lost)
		return false;
	if (s->holder ? s->holder != p || p->held != op : !ops[op].wanted(p))
		return false;
	n = ops[op].call(p);
	s->holder = NULL;
	if (n == LIBSSH2_ERROR_EAGAIN) {
		if (libssh2_session_block_directions(s->session) &
		    LIBSSH2_SESSION_BLOCK_OUTBOUND) {
			s->holder = p;
			p->held = op;
		}
		return false;
	}
	if (n >= 0)
		return ops[op].done(p, n);
	fail(p, op, n);
	return true;
}

/* After the peer has closed for good, nobody reads what is still to come. */
static bool hung_up(int fd)
{
	struct pollfd p = { .fd = fd };

	return poll(&p, 1, 0) > 0 && p.revents & (POLLHUP | POLLERR | POLLNVAL);
}

static bool take_local(struct ssh_forward *p)
{
	ssize_t n;

	if (p->over || p->out.len || p->out.eof)
		return false;
	/* libssh2 may still need the buffer for a packet. */
	if (p->ssh->holder == p)
		return false;
	n = recv(p->fd, p->out.data, BUFFER_BYTES, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n > 0) {
		p->out.at = 0;
		p->out.len = (size_t)n;
		return true;
	}
	p->out.eof = true;
	if (n < 0 || hung_up(p->fd))
		end(p);
	return true;
}

static bool give_local(struct ssh_forward *p)
{
	ssize_t n;

	if (p->over || !p->in.len)
		return false;
	n = send(p->fd, p->in.data + p->in.at, p->in.len, MSG_NOSIGNAL);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n < 0) {
		end(p);
		return true;
	}
	p->in.at += (size_t)n;
	p->in.len -= (size_t)n;
	return true;
}

static bool pass_end(struct ssh_forward *p)
{
	if (p->over || !p->in.eof || p->in.len)
		return false;
	if (!p->in.shut) {
		shutdown(p->fd, SHUT_WR);
		p->in.shut = true;
		return true;
	}
	if (!p->out.shut)
		return false;
	end(p);
	return true;
}

static bool step(struct ssh_forward *p)
{
	bool any = false;

	if (p->ssh->lost)
		end(p);
	any |= run(p, OP_READ);
	any |= run(p, OP_WORDS);
	any |= give_local(p);
	any |= take_local(p);
	any |= run(p, OP_WRITE);
	any |= run(p, OP_EOF);
	any |= pass_end(p);
	any |= run(p, OP_FREE);
	return any;
}

static void drop(struct ssh_forward **at)
{
	struct ssh_forward *p = *at;

	*at = p->next;
	if (p->ssh->holder == p)
		p->ssh->holder = NULL;
	fd_close(&p->fd);
	secret_free(p);
}

bool ssh_forward_step(struct ssh *s)
{
	bool any = false;

	for (struct ssh_forward **at = &s->pumps; *at;) {
		any |= step(*at);
		if ((*at)->over && (!(*at)->channel || s->lost))
			drop(at);
		else
			at = &(*at)->next;
	}
	return any;
}

bool ssh_forward_reads(const struct ssh *s)
{
	for (const struct ssh_forward *p = s->pumps; p; p = p->next)
		if (p->over || wants_read(p) || wants_words(p) ||
		    wants_write(p) || wants_eof(p))
			return true;
	return false;
}

size_t ssh_forward_poll(const struct ssh *s, struct pollfd *out)
{
	size_t n = 0;

	for (const struct ssh_forward *p = s->pumps; p; p = p->next) {
		short events = 0;

		if (p->over)
			continue;
		if (!p->out.len && !p->out.eof && s->holder != p)
			events |= POLLIN;
		if (p->in.len)
			events |= POLLOUT;
		if (events)
			out[n++] = (struct pollfd){ .fd = p->fd,
						    .events = events };
	}
	return n;
}

int ssh_forward_start(struct ssh *s, LIBSSH2_CHANNEL *channel, int fd,
		   const char *marker, struct err *e)
{
	struct ssh_forward *p = NULL;
	size_t n = 0;

	for (const struct ssh_forward *q = s->pumps; q; q = q->next)
		n++;
	if (n < SSH_MAX_FORWARDS)
		p = secret_calloc(1, sizeof(*p));
	if (!p) {
		fd_close(&fd);
		return err_set(e, ERR_LOCAL, "%s",
			       n < SSH_MAX_FORWARDS ? "no memory"
						 : "too many streams at once");
	}
	p->ssh = s;
	p->channel = channel;
	p->fd = fd;
	p->marker = p->marker_start = marker;
	p->next = s->pumps;
	s->pumps = p;
	return 0;
}

void ssh_forward_end(struct ssh *s)
{
	while (s->pumps)
		drop(&s->pumps);
}

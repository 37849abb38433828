/* SPDX-License-Identifier: MIT */
/* Moves bytes between a local socket and a channel. */
#include "ssh/forward.h"

#include "base/err.h"
#include "base/secret.h"
#include "net/fd.h"
#include "ssh/internal.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* fd_ready has seen to it */
#endif

#define BUFFER_BYTES 32768

struct direction {
	char data[BUFFER_BYTES];
	size_t at, len; /* what is still to be passed on */
	bool eof;       /* the source has ended */
	bool shut;      /* and the target has been told */
};

struct ssh_forward {
	struct ssh_forward *next;
	struct ssh *ssh;
	struct ssh_channel *channel; /* owned; NULL once freed */
	int fd;                      /* owned; -1 once closed */
	struct direction in;         /* channel to fd */
	struct direction out;        /* fd to channel */
	const char *marker;          /* what is left to be found, NULL when found */
	const char *marker_start;
	char stderr_tail[SSH_STDERR_TAIL];
	size_t stderr_len;
	char chunk[256]; /* of stderr */
	bool answered;   /* a byte after the marker has come */
	bool over;
};

static void end(struct ssh_forward *f)
{
	f->over = true;
	fd_close(&f->fd);
}

/* Works on a marker that arrives in pieces, too. */
static void skip_to_marker(struct ssh_forward *f)
{
	while (f->marker && f->in.len) {
		char c = f->in.data[f->in.at++];

		f->in.len--;
		if (c == *f->marker)
			f->marker++;
		else
			f->marker = f->marker_start + (c == *f->marker_start);
		if (!*f->marker)
			f->marker = NULL;
	}
}

static void keep_stderr(struct ssh_forward *f)
{
	while (f->stderr_len && strchr(" \r\n", f->stderr_tail[f->stderr_len - 1]))
		f->stderr_tail[--f->stderr_len] = '\0';
	memcpy(f->ssh->stderr_tail, f->stderr_tail, sizeof(f->stderr_tail));
}

static bool wants_read(const struct ssh_forward *f)
{
	return !f->over && !f->in.len && !f->in.eof;
}

/* Each of these moves what it can without waiting, and tells whether it got on. */
static bool read_channel(struct ssh_forward *f)
{
	ssize_t n;

	if (!wants_read(f))
		return false;
	n = ssh_channel_read(f->channel, SSH_STDOUT, f->in.data, BUFFER_BYTES);
	if (n == SSH_CHANNEL_AGAIN)
		return false;
	if (n < 0) {
		end(f);
		return true;
	}
	f->in.eof = !n;
	if (f->in.eof && !f->answered)
		keep_stderr(f);
	f->in.at = 0;
	f->in.len = (size_t)n;
	skip_to_marker(f);
	if (f->in.len)
		f->answered = true;
	return true;
}

static bool wants_stderr(const struct ssh_forward *f)
{
	return !f->over && f->marker_start && !f->in.eof;
}

static bool read_stderr(struct ssh_forward *f)
{
	ssize_t n;

	if (!wants_stderr(f))
		return false;
	n = ssh_channel_read(f->channel, SSH_STDERR, f->chunk, sizeof(f->chunk));
	if (n == SSH_CHANNEL_CLOSED)
		end(f);
	for (ssize_t i = 0; i < n; i++)
		if (f->stderr_len + 1 < sizeof(f->stderr_tail))
			f->stderr_tail[f->stderr_len++] = f->chunk[i];
	return n > 0 || n == SSH_CHANNEL_CLOSED;
}

static bool wants_write(const struct ssh_forward *f)
{
	return !f->over && f->out.len;
}

static bool write_channel(struct ssh_forward *f)
{
	ssize_t n;

	if (!wants_write(f))
		return false;
	n = ssh_channel_write(f->channel, f->out.data + f->out.at, f->out.len);
	if (n == SSH_CHANNEL_AGAIN)
		return false;
	if (n < 0) {
		end(f);
		return true;
	}
	f->out.at += (size_t)n;
	f->out.len -= (size_t)n;
	return true;
}

static bool wants_eof(const struct ssh_forward *f)
{
	return !f->over && f->out.eof && !f->out.len && !f->out.shut;
}

static bool write_eof(struct ssh_forward *f)
{
	ssize_t n;

	if (!wants_eof(f))
		return false;
	n = ssh_channel_send_eof(f->channel);
	if (n == SSH_CHANNEL_AGAIN)
		return false;
	if (n < 0)
		end(f);
	f->out.shut = true;
	return true;
}

/* After the peer has closed for good, nobody reads what is still to come. */
static bool hung_up(int fd)
{
	struct pollfd p = { .fd = fd };

	return poll(&p, 1, 0) > 0 && p.revents & (POLLHUP | POLLERR | POLLNVAL);
}

static bool read_socket(struct ssh_forward *f)
{
	ssize_t n;

	if (f->over || f->out.len || f->out.eof)
		return false;
	n = recv(f->fd, f->out.data, BUFFER_BYTES, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n > 0) {
		f->out.at = 0;
		f->out.len = (size_t)n;
		return true;
	}
	f->out.eof = true;
	if (n < 0 || hung_up(f->fd))
		end(f);
	return true;
}

static bool write_socket(struct ssh_forward *f)
{
	ssize_t n;

	if (f->over || !f->in.len)
		return false;
	n = send(f->fd, f->in.data + f->in.at, f->in.len, MSG_NOSIGNAL);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n < 0) {
		end(f);
		return true;
	}
	f->in.at += (size_t)n;
	f->in.len -= (size_t)n;
	return true;
}

static bool shut_socket(struct ssh_forward *f)
{
	if (f->over || !f->in.eof || f->in.len)
		return false;
	if (!f->in.shut) {
		shutdown(f->fd, SHUT_WR);
		f->in.shut = true;
		return true;
	}
	if (!f->out.shut)
		return false;
	end(f);
	return true;
}

static bool free_channel(struct ssh_forward *f)
{
	if (!f->over || !f->channel || ssh_channel_free(f->channel))
		return false;
	f->channel = NULL;
	return true;
}

static bool step(struct ssh_forward *f)
{
	static bool (*const steps[])(struct ssh_forward *f) = {
		read_channel,  read_stderr, write_socket, read_socket,
		write_channel, write_eof,   shut_socket,  free_channel,
	};
	bool any = false;

	if (ssh_is_lost(f->ssh))
		end(f);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		any |= steps[i](f);
	return any;
}

static void drop(struct ssh_forward **at)
{
	struct ssh_forward *f = *at;

	*at = f->next;
	ssh_channel_drop(f->channel);
	fd_close(&f->fd);
	secret_free(f);
}

bool ssh_forward_step(struct ssh *s)
{
	bool any = false;

	for (struct ssh_forward **at = &s->forwards; *at;) {
		any |= step(*at);
		if ((*at)->over && !(*at)->channel)
			drop(at);
		else
			at = &(*at)->next;
	}
	return any;
}

bool ssh_forward_reads(const struct ssh *s)
{
	for (const struct ssh_forward *f = s->forwards; f; f = f->next)
		if (f->over || wants_read(f) || wants_stderr(f) || wants_write(f) ||
		    wants_eof(f))
			return true;
	return false;
}

size_t ssh_forward_poll(const struct ssh *s, struct pollfd *out)
{
	size_t n = 0;

	for (const struct ssh_forward *f = s->forwards; f; f = f->next) {
		short events = 0;

		if (f->over)
			continue;
		if (!f->out.len && !f->out.eof)
			events |= POLLIN;
		if (f->in.len)
			events |= POLLOUT;
		if (events)
			out[n++] = (struct pollfd){ .fd = f->fd, .events = events };
	}
	return n;
}

int ssh_forward_start(struct ssh *s, struct ssh_channel *channel, int fd,
		      const char *marker, struct err *e)
{
	struct ssh_forward *f = NULL;
	size_t n = 0;

	for (const struct ssh_forward *other = s->forwards; other; other = other->next)
		n++;
	if (n < SSH_MAX_FORWARDS)
		f = secret_calloc(1, sizeof(*f));
	if (!f) {
		fd_close(&fd);
		/* The handle goes with the session. */
		ssh_channel_drop(channel);
		return err_set(e, ERR_LOCAL, "%s",
			       n < SSH_MAX_FORWARDS ? "out of memory"
						    : "too many streams at once");
	}
	f->ssh = s;
	f->channel = channel;
	f->fd = fd;
	f->marker = f->marker_start = marker;
	f->next = s->forwards;
	s->forwards = f;
	return 0;
}

void ssh_forward_end(struct ssh *s)
{
	while (s->forwards)
		drop(&s->forwards);
}

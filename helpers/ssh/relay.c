/* SPDX-License-Identifier: MIT */
/* Moves bytes between a local socket and a channel, neither faster than the other
 * takes them. */
#include "ssh/relay.h"

#include "base/deadline.h"
#include "base/secret.h"
#include "base/timing.h"
#include "net/fd.h"
#include "ssh/internal.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* fd_ready has seen to it */
#endif

struct ssh_relay *ssh_relay_new(int fd, size_t *room)
{
	struct ssh_relay *t = secret_calloc(1, sizeof(*t));

	if (!t) {
		fd_close(&fd);
		return NULL;
	}
	t->fd = fd;
	t->ready = POLLOUT;
	t->room = room;
	t->window = SSH_RELAY_WINDOW;
	return t;
}

void ssh_relay_connect(struct ssh_relay *t, struct ssh_channel *channel,
		       const char *marker)
{
	t->channel = channel;
	t->marker = t->marker_start = marker;
}

static void end(struct ssh_relay *t)
{
	t->over = true;
	fd_close(&t->fd);
}

/* A call on the channel has failed. When that is the connection's, whoever owns it
 * may have a last word for the client. */
static void broken(struct ssh_relay *t)
{
	if (!ssh_is_lost(t->channel->ssh))
		end(t);
}

/* Only what is used of it becomes memory. */
static bool has_buffer(struct ssh_relay_bytes *b, size_t n)
{
	if (!b->data)
		b->data = secret_malloc(n);
	return b->data;
}

/* Works on a marker that arrives in pieces, too. */
static void skip_to_marker(struct ssh_relay *t)
{
	while (t->marker && t->in.len) {
		char c = t->in.data[t->in.at++];

		t->in.len--;
		if (c == *t->marker)
			t->marker++;
		else
			t->marker = t->marker_start + (c == *t->marker_start);
		if (!*t->marker)
			t->marker = NULL;
	}
}

/* A window that is as wide as the bytes under way in a round trip is wide enough;
 * nobody tells how many those are, so that it is doubled as long as all of it is
 * taken at once. */
static void grow(struct ssh_relay *t)
{
	if (t->kept_up < t->window || t->window == SSH_RELAY_WINDOW_MAX ||
	    *t->room < t->window)
		return;
	*t->room -= t->window;
	t->window *= 2;
	t->kept_up = 0;
}

/* Each of these moves what it can without waiting, and tells whether it got on. */
static bool read_channel(struct ssh_relay *t)
{
	ssize_t n = 0;

	if (t->over || t->in.len || t->in.eof || !ssh_channel_has_input(t->channel))
		return false;
	grow(t);
	if (t->window > SSH_RELAY_WINDOW)
		n = ssh_channel_widen(t->channel, t->window);
	if (!n && has_buffer(&t->in, SSH_RELAY_IN_BYTES))
		n = ssh_channel_read(t->channel, SSH_STDOUT, t->in.data,
				     SSH_RELAY_IN_BYTES);
	else if (!n)
		n = SSH_CHANNEL_CLOSED;
	if (n == SSH_CHANNEL_AGAIN)
		return false;
	if (n < 0) {
		broken(t);
		return true;
	}
	t->in.eof = !n;
	t->in.at = 0;
	t->in.len = (size_t)n;
	skip_to_marker(t);
	return true;
}

static bool read_stderr(struct ssh_relay *t)
{
	size_t room = sizeof(t->tail) - 1 - t->tail_len;
	ssize_t n;

	if (t->over || !t->marker_start || t->in.eof ||
	    !ssh_channel_has_input(t->channel))
		return false;
	n = ssh_channel_read(t->channel, SSH_STDERR, t->chunk, sizeof(t->chunk));
	if (n == SSH_CHANNEL_CLOSED)
		broken(t);
	if (n <= 0)
		return n == SSH_CHANNEL_CLOSED;
	if ((size_t)n < room)
		room = (size_t)n;
	memcpy(t->tail + t->tail_len, t->chunk, room);
	t->tail_len += room;
	return true;
}

static bool write_channel(struct ssh_relay *t)
{
	ssize_t n;

	if (t->over || !t->out.len || !ssh_channel_has_room(t->channel))
		return false;
	n = ssh_channel_write(t->channel, t->out.data + t->out.at, t->out.len);
	if (n == SSH_CHANNEL_AGAIN)
		return false;
	if (n < 0) {
		broken(t);
		return true;
	}
	t->out.at += (size_t)n;
	t->out.len -= (size_t)n;
	return true;
}

static bool write_eof(struct ssh_relay *t)
{
	ssize_t n;

	if (t->over || !t->out.eof || t->out.shut)
		return false;
	n = ssh_channel_send_eof(t->channel);
	if (n == SSH_CHANNEL_AGAIN)
		return false;
	if (n < 0)
		broken(t);
	t->out.shut = true;
	return true;
}

bool ssh_relay_hung_up(const struct ssh_relay *t)
{
	struct pollfd p = { .fd = t->fd };

	return poll(&p, 1, 0) > 0 && p.revents & (POLLHUP | POLLERR | POLLNVAL);
}

static bool read_socket(struct ssh_relay *t)
{
	ssize_t n;

	if (t->over || t->out.len || t->out.eof || !(t->ready & POLLIN))
		return false;
	if (!has_buffer(&t->out, SSH_RELAY_OUT_BYTES)) {
		end(t);
		return true;
	}
	n = recv(t->fd, t->out.data, SSH_RELAY_OUT_BYTES, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		t->ready &= ~POLLIN;
		return false;
	}
	t->out.at = 0;
	t->out.len = n > 0 ? (size_t)n : 0;
	t->out.eof = n <= 0;
	if (n < 0)
		end(t);
	return true;
}

/* After a client has gone away altogether, nobody reads what is to come. */
static bool notice_hang_up(struct ssh_relay *t)
{
	if (t->over || !t->out.eof || !(t->ready & (POLLHUP | POLLERR)))
		return false;
	end(t);
	return true;
}

static bool write_socket(struct ssh_relay *t)
{
	ssize_t n;

	if (t->over || !t->in.len || !(t->ready & POLLOUT))
		return false;
	n = send(t->fd, t->in.data + t->in.at, t->in.len, MSG_NOSIGNAL);
	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		t->ready &= ~POLLOUT;
		t->kept_up = 0;
		return false;
	}
	if (n < 0) {
		end(t);
		return true;
	}
	t->answered = true;
	t->kept_up += (size_t)n;
	t->in.at += (size_t)n;
	t->in.len -= (size_t)n;
	return true;
}

bool ssh_relay_is_silent(const struct ssh_relay *t)
{
	return !t->over && !t->replied && t->marker_start && t->in.eof && !t->in.len &&
	       !t->answered;
}

static bool shut_socket(struct ssh_relay *t)
{
	if (t->over || !t->in.eof || t->in.len || ssh_relay_is_silent(t))
		return false;
	if (!t->in.shut) {
		shutdown(t->fd, SHUT_WR);
		t->in.shut = true;
		return true;
	}
	if (!t->out.shut)
		return false;
	end(t);
	return true;
}

static bool free_channel(struct ssh_relay *t)
{
	if (!t->over || !t->channel || ssh_channel_free(t->channel))
		return false;
	t->channel = NULL;
	return true;
}

/* What the client still sends is dropped, until it ends or its time is up: if any of it
 * was left, the system would tell it that the connection was broken off. */
static bool drop_output(struct ssh_relay *t)
{
	if (t->over || !t->replied)
		return false;
	t->out.len = 0;
	t->out.shut = t->out.eof;
	if (deadline_now_ms() - t->since < TIMING_RELAY_REPLY_MS)
		return false;
	end(t);
	return true;
}

static bool step_all(struct ssh_relay *t, bool (*const *steps)(struct ssh_relay *t),
		     size_t n)
{
	bool any = false;

	for (size_t i = 0; i < n; i++)
		any |= steps[i](t);
	return any;
}

bool ssh_relay_step(struct ssh_relay *t)
{
	static bool (*const steps[])(struct ssh_relay *t) = {
		read_channel, read_stderr, write_socket,   read_socket,  write_channel,
		write_eof,    shut_socket, notice_hang_up, free_channel,
	};
	static bool (*const last_word[])(struct ssh_relay *t) = {
		write_socket, read_socket, drop_output, shut_socket, notice_hang_up,
	};

	if (t->replied)
		return step_all(t, last_word, sizeof(last_word) / sizeof(last_word[0]));
	if (t->over)
		return free_channel(t);
	if (!t->channel || ssh_is_lost(t->channel->ssh))
		return false;
	return step_all(t, steps, sizeof(steps) / sizeof(steps[0]));
}

bool ssh_relay_is_done(const struct ssh_relay *t)
{
	return t->over && !t->channel;
}

bool ssh_relay_wants_channel(const struct ssh_relay *t)
{
	return !t->over && !t->channel && !t->replied && t->ready & POLLIN;
}

int ssh_relay_events(const struct ssh_relay *t)
{
	int events = 0;

	if (t->over || ssh_relay_wants_channel(t))
		return -1;
	if (!t->out.len && !t->out.eof && !(t->ready & POLLIN))
		events |= POLLIN;
	if (t->in.len && !(t->ready & POLLOUT))
		events |= POLLOUT;
	/* A client that goes away altogether shows without being asked for. */
	return events || t->out.eof ? events : -1;
}

void ssh_relay_end(struct ssh_relay *t, const char *reply, size_t n)
{
	bool said = t->answered || !reply || n > SSH_RELAY_IN_BYTES;

	ssh_channel_drop(t->channel);
	t->channel = NULL;
	if (t->over || said || !has_buffer(&t->in, SSH_RELAY_IN_BYTES)) {
		end(t);
		return;
	}
	memcpy(t->in.data, reply, n);
	t->in = (struct ssh_relay_bytes){ .data = t->in.data, .len = n, .eof = true };
	t->out.len = 0;
	t->replied = true;
	t->since = deadline_now_ms();
}

void ssh_relay_free(struct ssh_relay *t)
{
	if (!t)
		return;
	ssh_channel_drop(t->channel);
	*t->room += t->window - SSH_RELAY_WINDOW;
	fd_close(&t->fd);
	secret_free(t->in.data);
	secret_free(t->out.data);
	secret_free(t);
}

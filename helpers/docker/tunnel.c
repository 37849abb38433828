/* SPDX-License-Identifier: MIT */
/* Carries HTTP connections to the Docker socket of a remote host. */
#include "docker/tunnel.h"

#include "base/buf.h"
#include "base/deadline.h"
#include "base/err.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/timing.h"
#include "docker/probe.h"
#include "docker/socket.h"
#include "http/http.h"
#include "net/fd.h"
#include "ssh/forward.h"

#include <string.h>

/* What the far end prints once it is about to pass bytes through. */
#define MARKER "\001docker-stream-begins\n"

_Static_assert(SSH_MAX_POLL <= HTTP_MAX_POLL, "a connection fits in the loop");

struct docker_tunnel {
	struct ssh *ssh;    /* borrowed */
	const char *socket; /* the engine's, on its host; borrowed */
	enum docker_transport transport;
	char program[DOCKER_PROGRAM_MAX]; /* for any transport but the first */
};

/* A login shell may have printed lines before. */
static const char *last_line(const char *text)
{
	const char *line = strrchr(text, '\n');

	return line ? line + 1 : text;
}

/* What docker prints when no engine answers, in every version of it. */
static bool is_away(const char *tail)
{
	return strstr(tail, "connection refused") ||
	       strstr(tail, "no such file or directory") ||
	       strstr(tail, "Is the docker daemon running");
}

static int write_command(const struct docker_tunnel *t, struct buf *line, struct err *e)
{
	buf_adds(line, "sh -c 'printf \"\\001docker-stream-begins\\n\"; exec ");
	if (t->transport == DOCKER_DIAL_SUDO)
		buf_adds(line, "sudo -n ");
	buf_adds(line, "\"$2\" -H \"unix://$1\" system dial-stdio' sh ");
	text_shell_quote(line, t->socket);
	buf_adds(line, " ");
	if (text_shell_quote(line, t->program))
		return err_set(e, ERR_USAGE, "the socket's path is too long");
	return 0;
}

static enum ssh_channel_opened run_docker(struct docker_tunnel *t,
					  struct ssh_channel **channel, bool wait,
					  const struct deadline *d, struct err *e)
{
	enum ssh_channel_opened opened = SSH_CHANNEL_FAILED;
	struct buf b = BUF_INIT(4096);

	if (!write_command(t, &b, e))
		opened = ssh_channel_exec(channel, t->ssh, b.data,
					  wait ? TIMING_SSH_SESSION_MS : 0, d, e);
	buf_free(&b);
	return opened;
}

/* Asks what was wrong with forwarding and tries what works instead: a full
 * backlog of the engine is refused like everything else, and is over by now. */
static enum ssh_channel_opened open_again(struct docker_tunnel *t,
					  struct ssh_channel **channel, bool wait,
					  const struct deadline *d, struct err *e)
{
	enum ssh_channel_opened opened = SSH_CHANNEL_REFUSED;
	enum docker_transport transport;

	if (docker_probe(t->ssh, t->socket, &transport, t->program, d, e))
		return SSH_CHANNEL_FAILED;
	if (transport == DOCKER_DIAL)
		opened = ssh_channel_unix(channel, t->ssh, t->socket, d, e);
	if (opened != SSH_CHANNEL_REFUSED)
		return opened;
	t->transport = transport;
	return run_docker(t, channel, wait, d, e);
}

static enum ssh_channel_opened open_channel(struct docker_tunnel *t,
					    struct ssh_channel **channel, bool wait,
					    const struct deadline *d, struct err *e)
{
	enum ssh_channel_opened opened;

	if (t->transport != DOCKER_FORWARD)
		return run_docker(t, channel, wait, d, e);
	opened = ssh_channel_unix(channel, t->ssh, t->socket, d, e);
	if (opened == SSH_CHANNEL_REFUSED)
		opened = open_again(t, channel, wait, d, e);
	return opened;
}

static enum http_dialed dial(void *ctx, int fd, bool wait, const struct deadline *d,
			     struct err *e)
{
	struct docker_tunnel *t = ctx;
	struct ssh_channel *channel;
	enum ssh_channel_opened opened;

	opened = open_channel(t, &channel, wait, d, e);
	if (opened == SSH_CHANNEL_OPENED)
		return ssh_forward_start(t->ssh, channel, fd,
					 t->transport == DOCKER_FORWARD ? NULL : MARKER,
					 e)
			       ? HTTP_DIAL_FAILED
			       : HTTP_DIALED;
	if (opened == SSH_CHANNEL_REFUSED && !wait)
		return HTTP_NO_ROOM;
	fd_close(&fd);
	return HTTP_DIAL_FAILED;
}

static void serve(void *ctx, const struct deadline *d)
{
	struct docker_tunnel *t = ctx;

	ssh_serve(t->ssh, d);
}

static size_t poll_set(void *ctx, struct pollfd *out)
{
	struct docker_tunnel *t = ctx;

	return ssh_poll_set(t->ssh, out);
}

/* `tail` is what the program there wrote before it ended without a byte. */
static void no_stream(struct docker_tunnel *t, const char *tail, struct err *e)
{
	if (is_away(tail))
		docker_socket_dead(t->socket, e);
	else if (t->transport == DOCKER_DIAL_SUDO)
		docker_socket_denied(ssh_user(t->ssh), t->socket, last_line(tail), e);
	else
		err_set(e, ERR_NO_ENGINE,
			"`docker system dial-stdio` could not "
			"reach %s: %s",
			t->socket, last_line(tail));
}

static bool explain(void *ctx, const struct http_failure *f, struct err *e)
{
	struct docker_tunnel *t = ctx;
	const char *tail = ssh_stderr_tail(t->ssh);

	if (t->transport != DOCKER_FORWARD && *tail)
		no_stream(t, tail, e);
	else if (ssh_is_lost(t->ssh))
		ssh_lost(t->ssh, f->request, e);
	else
		return false;
	return true;
}

int docker_tunnel_new(struct docker_tunnel **out, struct ssh *ssh, const char *socket,
		      struct err *e)
{
	struct docker_tunnel *t = secret_calloc(1, sizeof(*t));

	if (!t)
		return err_no_memory(e);
	t->ssh = ssh;
	t->socket = socket;
	*out = t;
	return 0;
}

void docker_tunnel_free(struct docker_tunnel *t)
{
	secret_free(t);
}

int docker_tunnel_command(const struct docker_tunnel *t, struct buf *line,
			  const char **marker, struct err *e)
{
	if (t->transport == DOCKER_FORWARD)
		return 0;
	*marker = MARKER;
	return write_command(t, line, e);
}

struct http_transport docker_tunnel_transport(struct docker_tunnel *t)
{
	return (struct http_transport){
		.dial = dial,
		.serve = serve,
		.poll_set = poll_set,
		.explain = explain,
		.ctx = t,
	};
}

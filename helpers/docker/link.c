/* SPDX-License-Identifier: MIT */
/* Leads Docker clients of this machine to one engine. */
#include "docker/link.h"

#include "base/buf.h"
#include "base/js.h"
#include "base/secret.h"
#include "base/timing.h"
#include "docker/call.h"
#include "docker/tunnel.h"
#include "http/http.h"
#include "net/fd.h"
#include "ssh/destination.h"
#include "ssh/relays.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* fd_ready has seen to it */
#endif

#define COMMAND_BYTES 4096
#define REPLY_BYTES 4096

_Static_assert(SSH_RELAYS_MAX + SSH_MAX_POLL + 1 <= DOCKER_LINK_POLL, "all fit");
_Static_assert(SSH_RELAYS_MAX == DOCKER_LINK_STREAMS, "the same");

struct docker_link {
	struct docker_engine *engine; /* its connection alone is left */
	struct ssh_destination to;
	struct buf command;
	struct ssh_relays *streams;
};

/* An error as the engine's are: the client shows the message. */
static size_t reply(const char *why, char *out, size_t size)
{
	static const char program[] = "docker-tunnel: ";
	json_t *error = json_pack("{s:s+}", "message", program, why);
	struct buf body = BUF_INIT(size), all = BUF_INIT(size);
	size_t n = 0;

	if (error && !js_write(error, &body) &&
	    !buf_addf(&all,
		      "HTTP/1.1 503 Service Unavailable\r\n"
		      "Content-Type: application/json\r\nConnection: close\r\n"
		      "Content-Length: %zu\r\n\r\n%s",
		      body.len, body.data)) {
		n = all.len;
		memcpy(out, all.data, n);
	}
	buf_free(&body);
	buf_free(&all);
	json_decref(error);
	return n;
}

/* Leaves of an engine what its requests went over. */
static int lead(struct docker_link *l, struct err *e)
{
	struct docker_engine *g = l->engine;

	if (docker_tunnel_command(g->tunnel, &l->command, &l->to.marker, e))
		return -1;
	if (l->command.len)
		l->to.command = l->command.data;
	else
		l->to.path = g->target.socket;
	http_close(g->http);
	g->http = NULL;
	docker_tunnel_free(g->tunnel);
	g->tunnel = NULL;
	return ssh_relays_new(&l->streams, g->ssh, &l->to, reply, e);
}

int docker_link_new(struct docker_link **out, struct docker_engine *g, struct err *e)
{
	struct docker_link *l = secret_calloc(1, sizeof(*l));

	if (!l) {
		docker_close(g);
		return err_no_memory(e);
	}
	l->engine = g;
	l->command = BUF_INIT(COMMAND_BYTES);
	l->to.name = "Docker";
	l->to.lasts_ms = TIMING_KEPT_MS;
	if (lead(l, e)) {
		docker_link_free(l);
		return -1;
	}
	*out = l;
	return 0;
}

const char *docker_link_label(const struct docker_link *l)
{
	return docker_label(l->engine);
}

void docker_link_add(struct docker_link *l, int fd)
{
	ssh_relays_add(l->streams, fd);
}

size_t docker_link_count(const struct docker_link *l)
{
	return ssh_relays_count(l->streams);
}

size_t docker_link_poll(struct docker_link *l, struct pollfd *out)
{
	return ssh_relays_poll(l->streams, out);
}

void docker_link_polled(struct docker_link *l, const struct pollfd *in)
{
	ssh_relays_polled(l->streams, in);
}

int docker_link_serve(struct docker_link *l)
{
	return ssh_relays_serve(l->streams);
}

bool docker_link_failed(const struct docker_link *l, struct err *e)
{
	return ssh_relays_failed(l->streams, e);
}

bool docker_link_lost(const struct docker_link *l)
{
	return ssh_relays_lost(l->streams);
}

int64_t docker_link_silent_ms(const struct docker_link *l)
{
	return ssh_relays_silent_ms(l->streams);
}

void docker_link_give_up(struct docker_link *l, const char *why)
{
	ssh_relays_give_up(l->streams, why);
}

int docker_link_take_back(struct docker_link *l)
{
	return ssh_relays_take_back(l->streams);
}

size_t docker_link_end(struct docker_link *l, const char *why)
{
	return ssh_relays_end(l->streams, why);
}

void docker_link_free(struct docker_link *l)
{
	if (!l)
		return;
	ssh_relays_free(l->streams);
	docker_close(l->engine);
	buf_free(&l->command);
	secret_free(l);
}

/* Its request is read first: what is left of it would break the connection off before
 * the client has read this. It fits into the socket. */
void docker_link_refuse(int fd, const char *why)
{
	char text[REPLY_BYTES], request[REPLY_BYTES];
	size_t n = reply(why, text, sizeof(text));

	while (recv(fd, request, sizeof(request), 0) > 0)
		;
	if (n && send(fd, text, n, MSG_NOSIGNAL) > 0)
		shutdown(fd, SHUT_WR);
	fd_close(&fd);
}

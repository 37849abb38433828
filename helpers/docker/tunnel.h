/*
 * tunnel - the Docker socket of a remote host as a transport of HTTP: each
 * connection is a channel of the SSH connection.
 *
 * By streamlocal forwarding (direct-streamlocal@openssh.com); where the server
 * forbids that, or only sudo may open the socket, by `docker system dial-stdio`
 * (with `sudo -n`).
 */
#ifndef DOCKER_TUNNEL_H
#define DOCKER_TUNNEL_H

#include "http/http.h"

struct buf;
struct docker_tunnel;
struct err;
struct ssh;

/* Borrows `ssh` and `socket`. Nothing is sent before the first request. The
 * caller frees *out after the struct http that uses it. Errors: ERR_LOCAL. */
int docker_tunnel_new(struct docker_tunnel **out, struct ssh *ssh, const char *socket,
		      struct err *e);

/* NULL is fine. */
void docker_tunnel_free(struct docker_tunnel *t);

/* How requests have reached the socket: appends the command that leads to it, and
 * writes what comes before the stream in its output; nothing when the server forwards
 * to the socket. Errors: ERR_USAGE. */
int docker_tunnel_command(const struct docker_tunnel *t, struct buf *line,
			  const char **marker, struct err *e);

/* For http_open; borrows `t`. */
struct http_transport docker_tunnel_transport(struct docker_tunnel *t);

#endif

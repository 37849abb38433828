/*
 * http - requests to a Docker Engine over a unix socket: the local one, or a
 * remote host's through an SSH connection.
 *
 * The only user of libcurl. libcurl 7.88 cannot be handed a connected socket
 * (curl #10626), so a remote socket is reached through a listening socket of
 * our own that is closed as soon as it has been used: an abstract one on Linux,
 * elsewhere one in a 0700 folder. Each connection that is accepted there, all of
 * them from this very process, becomes an SSH channel. One thread, one poll
 * loop. A struct http borrows the SSH connection and is closed before it.
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct deadline;
struct err;
struct http;
struct ssh;

#define HTTP_MAX_REPLY (8u << 20) /* bytes of one reply's body, without sink */

/* The engine's socket on this machine. The caller frees *out (http_close). */
int http_open_local(struct http **out, const char *socket, struct err *e);

/*
 * The engine's socket on the host of `ssh`: by streamlocal forwarding
 * (direct-streamlocal@openssh.com); where the server forbids that, or only
 * sudo may open the socket, by `docker system dial-stdio` (with `sudo -n`).
 * Nothing is sent before the first request. The caller frees *out.
 */
int http_open_ssh(struct http **out, struct ssh *ssh, const char *socket,
		  struct err *e);

/* Ends every transfer and stream. NULL is fine. */
void http_close(struct http *h);

struct http_request {
	const char *method; /* "GET", "POST", "DELETE" */
	const char *path;   /* with the query, encoded */
	const char *body;   /* JSON text or NULL; wiped by its owner */
	size_t body_len;
	/* Gets the body of a 2xx reply piece by piece instead of
	 * http_reply.body; a return other than 0 ends the transfer. */
	int (*sink)(void *ctx, const char *bytes, size_t n);
	void *ctx;
	/* While nothing comes back the request is sent once more after so many
	 * milliseconds, beside the first, up to five times in all; what answers
	 * first counts. 0: only once. */
	int64_t again_ms;
};

struct http_reply {
	long status;          /* 200, 404, ... */
	char api_version[16]; /* of the header Api-Version, "" without */
	struct buf body;      /* owned by the caller, buf_free */
};

/*
 * Sends the request and reads the whole reply. Sets up *reply itself.
 * Errors: ERR_DEADLINE, ERR_UNREACHABLE (connection lost, garbled reply),
 * ERR_BUSY (no socket there yet, or nothing listens on it: waiting may help),
 * ERR_NO_ENGINE (no permission on it: waiting will not help); each its own
 * sentence with what to do. ERR_LOCAL.
 */
int http_call(struct http *h, const struct http_request *r,
	      struct http_reply *reply, const struct deadline *d,
	      struct err *e);

/* A reply that does not end: lines of JSON as they come (GET /events). It
 * stays with its struct http and is closed before or with it. */
struct http_stream;

/* Sends the request and returns once the header has come. Other requests may
 * be made on `h` meanwhile. The caller frees *out with http_stream_close. */
int http_stream_open(struct http_stream **out, struct http *h,
		     const char *path, const struct deadline *d,
		     struct err *e);

/* Waits for the next line: 1 and the line (NUL-terminated, borrowed until the
 * next call), 0 when the deadline passed without one (no error), -1 when the
 * stream ended or broke (ERR_UNREACHABLE) or the stop descriptor fired
 * (ERR_DEADLINE). */
int http_stream_line(struct http_stream *st, const char **line,
		     const struct deadline *d, struct err *e);

void http_stream_close(struct http_stream *st);

#endif

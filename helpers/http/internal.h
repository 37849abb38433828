/*
 * internal - what the files of http/ share; nothing else includes it.
 */
#ifndef HTTP_INTERNAL_H
#define HTTP_INTERNAL_H

#include "base/err.h"
#include "http/http.h"

#include <curl/curl.h>

struct http_tunnel;

struct http {
	CURLM *multi;
	struct ssh *ssh;            /* borrowed; NULL for the local engine */
	char *socket;               /* the engine's, on its host */
	struct http_tunnel *tunnel; /* owned; NULL for the local engine */
	struct http_stream *streams; /* owned */
	/* Breaks the streams off, for a server that allows one session. */
	void (*make_room)(struct http *h);
};

/* What a callback returns to end its transfer: anything but the number of
 * bytes it was given. */
#define HTTP_STOP ((size_t)-1)

/* One request and what comes back; embedded in a call or a stream. */
struct http_transfer {
	struct http *http;
	CURL *easy;
	struct curl_slist *headers;
	char *url;
	char name[128]; /* "GET /info" for messages */
	long status;
	char api_version[16];
	size_t header_bytes;
	bool header_done;
	bool done;
	CURLcode code; /* once done */
	struct err why; /* why a callback of ours ended it, or ERR_NONE */
	/* Gets the body; returns what a libcurl write callback returns. */
	size_t (*body)(struct http_transfer *t, const char *bytes, size_t n);
};

/* Starts the request on h; `t` must stay where it is until
 * http_transfer_end. Errors: ERR_LOCAL. */
int http_transfer_begin(struct http_transfer *t, struct http *h,
			const struct http_request *r, struct err *e);

/* Ends it, whether finished or not; once more does no harm. */
void http_transfer_end(struct http_transfer *t);

/* Why a finished transfer failed. Returns -1. */
int http_transfer_failed(struct http_transfer *t, struct err *e);

/* Ends the transfer from a body callback: sets the reason, returns what the
 * callback has to return. */
size_t http_transfer_refuse(struct http_transfer *t, enum err_kind kind,
			    const char *why);

/* Breaks all streams off, which ends their connections: their readers see that
 * they have failed. */
void http_stream_break_all(struct http *h);

/* Moves what can be moved without waiting. */
void http_turn(struct http *h, const struct deadline *d);

/* Waits until there may be something to move. Returns 0; 1 when the deadline
 * has passed; -1 with ERR_DEADLINE when the stop descriptor fired. */
int http_wait(struct http *h, const struct deadline *d, struct err *e);

/* The private socket that libcurl connects to in place of the remote one. */
int http_tunnel_new(struct http_tunnel **out, struct err *e);
void http_tunnel_free(struct http_tunnel *t);

/* Points a transfer at the tunnel. */
CURLcode http_tunnel_use(struct http_tunnel *t, CURL *easy);

/* Gives every connection that libcurl has just made its way to the engine. */
void http_tunnel_serve(struct http *h, const struct deadline *d);

/* The listening socket while one is open, else -1. */
int http_tunnel_fd(const struct http_tunnel *t);

/* Takes the reason why the tunnel failed since the last transfer began: 0 when
 * it did not, else -1 with the error. */
int http_tunnel_failed(struct http *h, struct err *e);

/* How the engine's socket can be reached. */
enum http_way { HTTP_FORWARD, HTTP_DOCKER, HTTP_SUDO };

#define HTTP_PROGRAM_MAX 256 /* bytes of the path of a program there */

/* Asks the host why forwarding to the socket failed. Writes the way to go on:
 * HTTP_DOCKER (forwarding is forbidden) or HTTP_SUDO (only sudo may be able to
 * open it), and the docker program to run for it (HTTP_PROGRAM_MAX bytes).
 * Errors: ERR_BUSY when there is none yet, ERR_NO_ENGINE when there is no way,
 * and as ssh_exec. */
int http_probe(struct ssh *s, const char *socket, enum http_way *way,
	       char *program, const struct deadline *d, struct err *e);

/* The sentences of ERR_BUSY and, for the permission, ERR_NO_ENGINE; `words` are
 * sudo's, NULL when there is no sudo. Return -1. */
int http_no_socket(const char *socket, struct err *e);
int http_no_listener(const char *socket, struct err *e);
int http_no_permission(const char *user, const char *socket,
		       const char *words, struct err *e);

#endif

/*
 * http - requests to one server: over a unix socket of this machine, a transport
 * that the caller gives, or TCP, there with TLS where the URL says https.
 *
 * The only user of libcurl. It does not know what the server is. One thread, one
 * poll loop; a struct http borrows its transport and is closed before it.
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
struct pollfd;

#define HTTP_MAX_REPLY (8u << 20) /* bytes of one reply's body, without sink */
#define HTTP_MAX_POLL 64          /* descriptors of a transport */

enum http_dialed {
	HTTP_DIALED,
	HTTP_NO_ROOM, /* for one connection more, and there was no wait for it */
	HTTP_DIAL_FAILED
};

/* A request that failed, given to whoever may know the reason. */
struct http_failure {
	const char *request; /* "GET /info" */
	int connect_errno;   /* of connecting to the socket; 0 for none */
};

/* TLS and signatures. A program that does not name it has nothing of them linked. */
struct http_tls;
extern const struct http_tls http_tls;

/*
 * How connections are made. With `socket` they go to that unix socket of this
 * machine; with `dial` wherever it takes them; with neither to the host in the
 * URL.
 */
struct http_transport {
	const char *socket; /* copied */
	/* Carries the bytes of a new connection, whose near end is `fd`; takes
	 * over `fd` unless it returns HTTP_NO_ROOM. Without `wait` it says so at
	 * once, so that room can be made by giving up streams. Sets the error
	 * unless it returns HTTP_DIALED. */
	enum http_dialed (*dial)(void *ctx, int fd, bool wait, const struct deadline *d,
				 struct err *e);
	/* With `dial`: moves what it can without waiting, and lists what to
	 * poll until it can again, at most HTTP_MAX_POLL. */
	void (*serve)(void *ctx, const struct deadline *d);
	size_t (*poll_set)(void *ctx, struct pollfd *out);
	/* Says why a request failed, where it knows; may be NULL. */
	bool (*explain)(void *ctx, const struct http_failure *f, struct err *e);
	void *ctx;
	/* &http_tls where the base is https: or a request is signed; or NULL. */
	const struct http_tls *tls;
	/* Of https: a file (PEM, borrowed) of the CAs that are trusted, NULL for those
	 * of the system. */
	const char *ca_file;
};

/*
 * `base` begins each URL, "http://host" (copied); it decides whether TLS is
 * spoken, and no other scheme is ever used. Nothing is sent before the first
 * request. The caller frees *out with http_close.
 * Errors: ERR_USAGE (the socket's path is too long), ERR_LOCAL (also where libcurl
 * was built without the TLS that `base` needs).
 */
int http_open(struct http **out, const char *base, const struct http_transport *t,
	      struct err *e);

/* Ends every transfer and stream. NULL is fine. */
void http_close(struct http *h);

/* A signature by AWS Signature Version 4, as libcurl makes it. It covers the headers of
 * the request, so that their values have no white space at the ends, and the path and
 * its query as they are sent: encoded, without . and .. as folders, the query sorted. */
struct http_signing {
	const char *scope; /* "aws:amz:eu-west-1:s3" */
	const char *key, *secret;
};

/* Whether libcurl signs a request right of which one header's name begins with all of
 * another's: those before 8.10 do not (curl#14370). */
bool http_signs_prefixed(void);

struct http_request {
	const char *method; /* "GET", "PUT", "POST", "DELETE" */
	const char *path;   /* with the query, encoded */
	const char *body;   /* or NULL; wiped by its owner */
	size_t body_len;
	const char *type;                /* for the header Content-Type, or NULL */
	const char *const *headers;      /* others, "Name: value", then NULL; or NULL */
	const struct http_signing *sign; /* or NULL; needs the transport's `tls` */
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
	long status;    /* 200, 404, ... */
	bool connected; /* libcurl opened a connection for it: the first one, or a new one
			 * since the old one had ended, perhaps after the server had read
			 * the request */
	struct buf header, body;
};

/* The value of a header, "" without; `n` gets its length. Borrowed from `r`. */
const char *http_reply_header(const struct http_reply *r, const char *name, size_t *n);

/* Wipes; once more, or of one that is all zero, does no harm. */
void http_reply_free(struct http_reply *r);

/*
 * Sends the request and reads the whole reply. Sets up *reply itself; the
 * caller frees it when this succeeds.
 * Errors: ERR_DEADLINE, ERR_UNREACHABLE (connection lost, garbled reply),
 * ERR_LOCAL, ERR_HOST_KEY for a certificate that is not trusted, and those of the
 * transport's dial and explain.
 */
int http_call(struct http *h, const struct http_request *r, struct http_reply *reply,
	      const struct deadline *d, struct err *e);

/* A reply that does not end: lines of JSON as they come (GET /events). It
 * stays with its struct http and is closed before or with it. */
struct http_stream;

/* Sends a GET of `path` and returns once the header of a 2xx reply has come. Other
 * requests may be made on `h` until *out is closed (http_stream_close), by the
 * caller. Errors: those of http_call; ERR_REFUSED with the status of any other
 * reply and the beginning of its text. */
int http_stream_open(struct http_stream **out, struct http *h, const char *path,
		     const struct deadline *d, struct err *e);

enum http_stream_read {
	HTTP_STREAM_LINE,
	HTTP_STREAM_SILENT, /* the deadline has passed without one; no error */
	HTTP_STREAM_FAILED
};

/* Waits for the next line (NUL-terminated, borrowed until the next call). Errors:
 * ERR_UNREACHABLE when the stream ended or broke, ERR_DEADLINE when the stop
 * descriptor fired, ERR_LOCAL. */
enum http_stream_read http_stream_line(struct http_stream *st, const char **line,
				       const struct deadline *d, struct err *e);

/* Ends it. NULL is fine. */
void http_stream_close(struct http_stream *st);

#endif

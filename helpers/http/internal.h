/*
 * internal - what the files of http/ share; nothing else includes it.
 */
#ifndef HTTP_INTERNAL_H
#define HTTP_INTERNAL_H

#include "base/err.h"
#include "http/http.h"

#include <curl/curl.h>

struct http_listener;
struct http_transfer;

struct http {
	CURLM *multi;
	char *base;
	char *socket; /* NULL for none */
	struct http_transport transport;
	struct http_listener *listener; /* owned; NULL without a dial */
	struct http_transfer *streams;  /* each the first member of one, owned */
	bool dial_failed;               /* since the last transfer began */
	struct err dial_error;
};

/* What is the transport's `tls`, apart so that it is linked only where it is named. */
struct http_tls {
	/* Prepares the transfer of a request. */
	CURLcode (*set)(const struct http_transfer *t, const struct http_request *r);
	/* Says why a transfer failed, where it knows. */
	bool (*explain)(const struct http_transfer *t, struct err *e);
};

/* What a callback returns to end its transfer: anything but the number of
 * bytes it was given. */
#define HTTP_STOP ((size_t)-1)

/* One request and what comes back; embedded in a call or a stream. */
struct http_transfer {
	struct http *http;
	struct http_transfer *next; /* stream */
	CURL *easy;
	struct curl_slist *headers;
	char *url;
	char name[128]; /* "GET /info" for messages */
	long status;
	struct buf header;   /* the lines of the last one */
	size_t header_bytes; /* of all of them */
	bool header_done;
	bool done;
	CURLcode code;  /* once done */
	bool refused;   /* a callback of ours has ended it */
	struct err why; /* and why */
	/* Gets the body; returns what a libcurl write callback returns. */
	size_t (*body)(struct http_transfer *t, const char *bytes, size_t n);
};

/* Starts the request on h; `t` must stay where it is until
 * http_transfer_end. Errors: ERR_LOCAL. */
int http_transfer_begin(struct http_transfer *t, struct http *h,
			const struct http_request *r, struct err *e);

/* Ends it, whether finished or not; once more does no harm. */
void http_transfer_end(struct http_transfer *t);

/* Sets the reason why a finished transfer failed. Returns -1. */
int http_transfer_failed(struct http_transfer *t, struct err *e);

/* Ends the transfer from a body callback: sets the reason, returns what the
 * callback has to return. */
size_t http_transfer_refuse(struct http_transfer *t, enum err_kind kind, const char *why);

/* Breaks all streams off, which ends their connections: their readers see that
 * they have failed. */
void http_transfer_break_streams(struct http *h);

/* Moves what can be moved without waiting. */
void http_step(struct http *h, const struct deadline *d);

enum http_waited {
	HTTP_READY, /* there may be something to move */
	HTTP_LATE,  /* the deadline has passed; no error */
	HTTP_WAIT_FAILED
};

/* Waits until then. Errors: ERR_DEADLINE when the stop descriptor fired,
 * ERR_LOCAL. */
enum http_waited http_wait(struct http *h, const struct deadline *d, struct err *e);

/* The private socket that libcurl connects to: only its path is chosen, and what
 * runs that were killed have left beside it is removed. The caller frees *out.
 * Errors: ERR_LOCAL. */
int http_listener_new(struct http_listener **out, struct err *e);

/* NULL is fine. */
void http_listener_free(struct http_listener *l);

/* Opened when libcurl is about to connect, and closed as soon as that has been
 * accepted, which also takes the path away; both may be called when it is so
 * already. Errors: ERR_LOCAL. */
int http_listener_open(struct http_listener *l, struct err *e);
void http_listener_close(struct http_listener *l);

/* Borrowed from `l`. */
const char *http_listener_path(const struct http_listener *l);

/* The listening socket while it is open, else -1. */
int http_listener_fd(const struct http_listener *l);

/* The next connection that this process has made to it, which the caller closes,
 * or -1. */
int http_listener_accept(struct http_listener *l);

#endif

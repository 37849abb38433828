/*
 * mutual - HTTP/2 over TLS with a certificate on either side, as servers of gRPC want it.
 */
#ifndef HTTP_MUTUAL_H
#define HTTP_MUTUAL_H

struct err;
struct http_mutual;
struct http_tls;

/* PEM, borrowed until http_mutual_free. */
struct http_identity {
	const char *ca; /* the only one that is trusted */
	const char *certificate;
	const char *key; /* of the certificate. Secret */
};

/* Whether this machine's libcurl can do that. Errors: ERR_LOCAL. */
int http_mutual_check(struct err *e);

/* The caller frees *out after the struct http that uses it. */
int http_mutual_new(struct http_mutual **out, const struct http_identity *who,
		    struct err *e);

/* NULL is fine. */
void http_mutual_free(struct http_mutual *m);

/* For struct http_transport; the base is https: then. Borrowed from `m`. */
const struct http_tls *http_mutual_tls(const struct http_mutual *m);

#endif

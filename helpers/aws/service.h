/*
 * service - requests to one service of AWS, or to one that speaks like it: signed, and made
 * again while the server is busy.
 */
#ifndef AWS_SERVICE_H
#define AWS_SERVICE_H

#include "http/http.h"

#include <stdbool.h>

struct aws_service;

struct aws_service_params {
	const char *name;     /* "s3" */
	const char *region;   /* NULL: AWS_REGION, AWS_DEFAULT_REGION, the profile's */
	const char *endpoint; /* NULL: the region's own */
	bool allow_http;      /* to an endpoint that is not this machine */
};

/* Nothing is sent yet, no keys are looked for. A file of CAs that is named in AWS_CA_BUNDLE
 * is the one that is trusted. Errors: ERR_USAGE for a region that is missing or none, and for
 * an endpoint that is no URL or would get requests without TLS; those of http_open. The
 * caller frees *out with aws_service_free, NULL is fine. */
int aws_service_open(struct aws_service **out, const struct aws_service_params *p,
		     struct err *e);
void aws_service_free(struct aws_service *s);

#define AWS_MAX_HEADERS 8

struct aws_request {
	const char *action;       /* the right that it needs, "s3:PutObject" */
	struct http_request http; /* without headers and signature */
	const char *headers[AWS_MAX_HEADERS + 1]; /* as in http_request, up to NULL */
	void (*again)(void *ctx); /* before each try: `sink` begins anew; or NULL */
};

/*
 * Makes the request until it has a 2xx reply, which the caller frees. Tried again is what
 * passes: a busy server up to the deadline, one that cannot be reached for some seconds.
 * Errors: those of aws_credentials_read and http_call; ERR_CONFLICT for a condition that did
 * not hold, ERR_NOT_FOUND, ERR_DEADLINE, ERR_REFUSED with the reason.
 */
int aws_service_call(struct aws_service *s, const struct aws_request *r,
		     struct http_reply *reply, const struct deadline *d, struct err *e);

#endif

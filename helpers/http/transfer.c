/* SPDX-License-Identifier: MIT */
/* One libcurl transfer, from its options to its error. */
#include "http/internal.h"

#include "base/secret.h"
#include "net/fd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define MAX_HEADER (64u << 10)

size_t http_transfer_refuse(struct http_transfer *t, enum err_kind kind, const char *why)
{
	t->refused = true;
	err_set(&t->why, kind, "%s: %s", t->name, why);
	return HTTP_STOP;
}

static size_t on_header(char *line, size_t one, size_t n, void *ctx)
{
	struct http_transfer *t = ctx;

	(void)one;
	t->header_bytes += n;
	if (t->header_bytes > MAX_HEADER)
		return http_transfer_refuse(t, ERR_UNREACHABLE,
					    "the reply's header does not end");
	if (n > 5 && !memcmp(line, "HTTP/", 5))
		buf_drop(&t->header, t->header.len);
	if (buf_add(&t->header, line, n))
		return http_transfer_refuse(t, ERR_LOCAL, "out of memory");
	if (n > 2 || (n && *line != '\r' && *line != '\n'))
		return n;
	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &t->status);
	/* 1xx is followed by the real one (RFC 9110 section 15.2). */
	t->header_done = t->status >= 200;
	return n;
}

static size_t on_body(char *bytes, size_t one, size_t n, void *ctx)
{
	struct http_transfer *t = ctx;

	(void)one;
	return t->body(t, bytes, n);
}

static CURLcode set_request(struct http_transfer *t, const struct http_request *r)
{
	CURLcode rc = curl_easy_setopt(t->easy, CURLOPT_URL, t->url);

	if (!rc && strcmp(r->method, "GET"))
		rc = curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, r->method);
	if (rc || (!r->body && strcmp(r->method, "POST")))
		return rc;
	rc = curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE,
			      (curl_off_t)(r->body ? r->body_len : 0));
	if (!rc)
		rc = curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS,
				      r->body ? r->body : "");
	return rc;
}

static CURLcode set_protocol(struct http_transfer *t)
{
	const struct {
		CURLoption option;
		long value;
	} numbers[] = {
		{ CURLOPT_NOSIGNAL, 1 },
		{ CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1 },
		{ CURLOPT_FOLLOWLOCATION, 0 },
		{ CURLOPT_PATH_AS_IS, 1 },
	};
	CURLcode rc = CURLE_OK;

	for (size_t i = 0; !rc && i < sizeof(numbers) / sizeof(numbers[0]); i++)
		rc = curl_easy_setopt(t->easy, numbers[i].option, numbers[i].value);
	/* Otherwise http_proxy in the environment would be asked. */
	if (!rc)
		rc = curl_easy_setopt(t->easy, CURLOPT_PROXY, "");
#if LIBCURL_VERSION_NUM >= 0x075500
	if (!rc)
		rc = curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS_STR, "http");
#else
	if (!rc)
		rc = curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS, (long)CURLPROTO_HTTP);
#endif
	return rc;
}

static CURLcode set_callbacks(struct http_transfer *t)
{
	CURL *c = t->easy;
	CURLcode rc;

	if ((rc = curl_easy_setopt(c, CURLOPT_PRIVATE, t)) ||
	    (rc = curl_easy_setopt(c, CURLOPT_HTTPHEADER, t->headers)) ||
	    (rc = curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header)) ||
	    (rc = curl_easy_setopt(c, CURLOPT_HEADERDATA, t)) ||
	    (rc = curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body)))
		return rc;
	return curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
}

/* libcurl is about to connect: only now there has to be a listener. */
static curl_socket_t on_open(void *ctx, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct http *h = ctx;

	(void)purpose;
	if (http_listener_open(h->listener, &h->dial_error)) {
		h->dial_failed = true;
		return CURL_SOCKET_BAD;
	}
	return fd_ready(socket(a->family, a->socktype, a->protocol));
}

static CURLcode set_transport(struct http_transfer *t)
{
	struct http *h = t->http;
	CURLcode rc;

	if (h->socket)
		return curl_easy_setopt(t->easy, CURLOPT_UNIX_SOCKET_PATH, h->socket);
	if (!h->listener)
		return CURLE_OK;
	h->dial_failed = false;
	if ((rc = curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETFUNCTION, on_open)) ||
	    (rc = curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETDATA, h)))
		return rc;
	return curl_easy_setopt(t->easy, CURLOPT_UNIX_SOCKET_PATH,
				http_listener_path(h->listener));
}

static int add_header(struct http_transfer *t, const char *line)
{
	struct curl_slist *more = curl_slist_append(t->headers, line);

	if (!more)
		return -1;
	t->headers = more;
	return 0;
}

static int make_texts(struct http_transfer *t, const struct http_request *r)
{
	size_t n = strlen(t->http->base) + strlen(r->path) + 1;
	char type[128];

	snprintf(t->name, sizeof(t->name), "%s %.*s", r->method,
		 (int)strcspn(r->path, "?"), r->path);
	t->url = secret_malloc(n);
	if (!t->url)
		return -1;
	snprintf(t->url, n, "%s%s", t->http->base, r->path);
	if (r->type) {
		snprintf(type, sizeof(type), "Content-Type: %s", r->type);
		if (add_header(t, type))
			return -1;
	}
	for (const char *const *h = r->headers; h && *h; h++)
		if (add_header(t, *h))
			return -1;
	/* Without this empty one a large body waits a second for
	 * "100 Continue". In a signature it would count as a header that
	 * is sent (curl#11664). */
	return r->sign ? 0 : add_header(t, "Expect:");
}

int http_transfer_begin(struct http_transfer *t, struct http *h,
			const struct http_request *r, struct err *e)
{
	CURLcode rc;

	t->http = h;
	t->header = BUF_INIT(MAX_HEADER);
	t->easy = curl_easy_init();
	if (!t->easy || make_texts(t, r)) {
		http_transfer_end(t);
		return err_no_memory(e);
	}
	if (!(rc = set_protocol(t)) && !(rc = set_request(t, r)) &&
	    !(rc = set_transport(t)) && !(rc = set_callbacks(t)) &&
	    !(rc = h->transport.tls ? h->transport.tls->set(t, r) : CURLE_OK) &&
	    !curl_multi_add_handle(h->multi, t->easy))
		return 0;
	err_set(e, ERR_LOCAL, "%s: libcurl cannot begin: %s", t->name,
		curl_easy_strerror(rc));
	http_transfer_end(t);
	return -1;
}

void http_transfer_end(struct http_transfer *t)
{
	if (t->easy) {
		curl_multi_remove_handle(t->http->multi, t->easy);
		curl_easy_cleanup(t->easy);
	}
	curl_slist_free_all(t->headers);
	secret_free(t->url);
	buf_free(&t->header);
	t->easy = NULL;
	t->headers = NULL;
	t->url = NULL;
}

void http_transfer_break_streams(struct http *h)
{
	for (struct http_transfer *t = h->streams; t; t = t->next) {
		if (t->done)
			continue;
		http_transfer_end(t);
		t->done = true;
		t->code = CURLE_ABORTED_BY_CALLBACK;
		http_transfer_refuse(t, ERR_UNREACHABLE,
				     "broken off for a "
				     "request, as the server allows one session at "
				     "a time");
	}
}

static bool explained(const struct http_transfer *t, int connect_errno, struct err *e)
{
	const struct http_transport *via = &t->http->transport;
	const struct http_failure f = { .request = t->name,
					.connect_errno = connect_errno };

	return via->explain && via->explain(via->ctx, &f, e);
}

static int no_connection(const struct http_transfer *t, int error, struct err *e)
{
	const struct http *h = t->http;

	return err_set(e, ERR_UNREACHABLE, "cannot connect to %s: %s",
		       h->socket ? h->socket : h->base,
		       error ? strerror(error) : "libcurl does not say why");
}

int http_transfer_failed(struct http_transfer *t, struct err *e)
{
	struct http *h = t->http;
	bool unconnected = t->code == CURLE_COULDNT_CONNECT && !h->listener;
	long error = 0;

	if (t->refused) {
		*e = t->why;
		return -1;
	}
	if (h->dial_failed) {
		*e = h->dial_error;
		return -1;
	}
	if (unconnected)
		curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &error);
	if (explained(t, (int)error, e))
		return -1;
#if LIBCURL_VERSION_NUM >= 0x080600
	if (t->code == CURLE_TOO_LARGE)
		return err_set(e, ERR_REFUSED,
			       "%s: a line of the reply's header does not end", t->name);
#endif
	/* Before 8.6 libcurl also says so of a line of the header over 100 KB. */
	if (t->code == CURLE_OUT_OF_MEMORY)
		return err_set(e, ERR_LOCAL, "%s: no memory%s", t->name,
			       t->header_done ? ""
					      : ", or a line of the reply's "
						"header does not end");
	if (unconnected)
		return no_connection(t, (int)error, e);
	if (h->transport.tls && h->transport.tls->explain(t, e))
		return -1;
	return err_set(e, ERR_UNREACHABLE,
		       "%s: the reply is no whole HTTP reply "
		       "(%s)",
		       t->name,
		       t->code ? curl_easy_strerror(t->code) : "its header is cut off");
}

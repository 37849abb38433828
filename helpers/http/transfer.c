/* SPDX-License-Identifier: MIT */
/* One libcurl transfer, from its options to its error. */
#include "http/internal.h"

#include "base/secret.h"
#include "ssh/ssh.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define MAX_HEADER (64u << 10)
#define HOST "http://docker" /* the engine ignores the name */

size_t http_transfer_refuse(struct http_transfer *t, enum err_kind kind,
			    const char *why)
{
	err_set(&t->why, kind, "%s: %s", t->name, why);
	return HTTP_STOP;
}

static void take_api_version(struct http_transfer *t, const char *line,
			     size_t n)
{
	static const char name[] = "Api-Version:";
	size_t at = sizeof(name) - 1, len = 0;

	if (n < at || strncasecmp(line, name, at))
		return;
	while (at < n && line[at] == ' ')
		at++;
	while (at < n && len + 1 < sizeof(t->api_version) &&
	       (line[at] == '.' || (line[at] >= '0' && line[at] <= '9')))
		t->api_version[len++] = line[at++];
	t->api_version[len] = '\0';
}

static size_t on_header(char *line, size_t one, size_t n, void *ctx)
{
	struct http_transfer *t = ctx;

	(void)one;
	t->header_bytes += n;
	if (t->header_bytes > MAX_HEADER)
		return http_transfer_refuse(t, ERR_UNREACHABLE,
					    "the reply's header does not end");
	take_api_version(t, line, n);
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

static CURLcode set_request(struct http_transfer *t,
			    const struct http_request *r)
{
	CURLcode rc = curl_easy_setopt(t->easy, CURLOPT_URL, t->url);

	if (!rc && strcmp(r->method, "GET"))
		rc = curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST,
				      r->method);
	if (rc || (!r->body && strcmp(r->method, "POST")))
		return rc;
	rc = curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE,
			      (curl_off_t)(r->body ? r->body_len : 0));
	if (!rc)
		rc = curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS,
				      r->body ? r->body : "");
	return rc;
}

static CURLcode set_manners(struct http_transfer *t)
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
		rc = curl_easy_setopt(t->easy, numbers[i].option,
				      numbers[i].value);
	/* Otherwise http_proxy in the environment would be asked. */
	if (!rc)
		rc = curl_easy_setopt(t->easy, CURLOPT_PROXY, "");
#if LIBCURL_VERSION_NUM >= 0x075500
	if (!rc)
		rc = curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS_STR, "http");
#else
	if (!rc)
		rc = curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS,
				      (long)CURLPROTO_HTTP);
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

static CURLcode set_target(struct http_transfer *t)
{
	struct http *h = t->http;

	if (h->tunnel)
		return http_tunnel_use(h->tunnel, t->easy);
	return curl_easy_setopt(t->easy, CURLOPT_UNIX_SOCKET_PATH, h->socket);
}

/* Without the empty Expect a large body waits a second for "100 Continue". */
static int make_texts(struct http_transfer *t, const struct http_request *r)
{
	static const char *const lines[] = { "Expect:",
					     "Content-Type: application/json" };
	size_t n = sizeof(HOST) + strlen(r->path);

	snprintf(t->name, sizeof(t->name), "%s %.*s", r->method,
		 (int)strcspn(r->path, "?"), r->path);
	t->url = secret_malloc(n);
	if (!t->url)
		return -1;
	snprintf(t->url, n, HOST "%s", r->path);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct curl_slist *more = curl_slist_append(t->headers,
							    lines[i]);

		if (!more)
			return -1;
		t->headers = more;
	}
	return 0;
}

int http_transfer_begin(struct http_transfer *t, struct http *h,
			const struct http_request *r, struct err *e)
{
	CURLcode rc;

	t->http = h;
	t->easy = curl_easy_init();
	if (!t->easy || make_texts(t, r)) {
		http_transfer_end(t);
		return err_set(e, ERR_LOCAL, "no memory");
	}
	if (!(rc = set_manners(t)) && !(rc = set_request(t, r)) &&
	    !(rc = set_target(t)) && !(rc = set_callbacks(t)) &&
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
	t->easy = NULL;
	t->headers = NULL;
	t->url = NULL;
}

static int no_local_socket(struct http_transfer *t, struct err *e)
{
	const char *socket = t->http->socket;
	long error = 0;

	curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &error);
	if (error == EACCES || error == EPERM)
		return http_no_permission("running this", socket, NULL, e);
	if (error == ECONNREFUSED)
		return http_no_listener(socket, e);
	if (error == ENOENT || error == ENOTDIR)
		return http_no_socket(socket, e);
	return err_set(e, ERR_UNREACHABLE, "cannot connect to %s: %s", socket,
		       error ? strerror((int)error) : "libcurl does not say "
						      "why");
}

int http_transfer_failed(struct http_transfer *t, struct err *e)
{
	struct http *h = t->http;

	if (t->why.kind) {
		*e = t->why;
		return -1;
	}
	if (h->tunnel && http_tunnel_failed(h, e))
		return -1;
	if (h->ssh && ssh_is_lost(h->ssh))
		return ssh_lost(h->ssh, t->name, e);
	/* libcurl also says so of a line of the header over 100 KB. */
	if (t->code == CURLE_OUT_OF_MEMORY)
		return err_set(e, ERR_LOCAL, "%s: no memory%s", t->name,
			       t->header_done ? "" : ", or a line of the reply's "
						     "header does not end");
	if (t->code == CURLE_COULDNT_CONNECT && !h->tunnel)
		return no_local_socket(t, e);
	return err_set(e, ERR_UNREACHABLE, "%s: the engine's reply is no whole "
		       "HTTP reply (%s)", t->name, t->code ?
		       curl_easy_strerror(t->code) : "its header is cut off");
}

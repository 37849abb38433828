/* SPDX-License-Identifier: MIT */
/* TLS and signed requests, for the programs that name http_tls. */
#include "http/internal.h"

#include <string.h>

static bool is_https(const struct http *h)
{
	return !strncmp(h->base, "https:", 6);
}

static CURLcode set_https(const struct http_transfer *t)
{
	const char *ca_file = t->http->transport.ca_file;
	CURLcode rc;

#if LIBCURL_VERSION_NUM >= 0x075500
	rc = curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS_STR, "https");
#else
	rc = curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS, (long)CURLPROTO_HTTPS);
#endif
	if (!rc && ca_file)
		rc = curl_easy_setopt(t->easy, CURLOPT_CAINFO, ca_file);
	return rc;
}

static CURLcode set_signing(const struct http_transfer *t,
			    const struct http_signing *sign)
{
	CURLcode rc = curl_easy_setopt(t->easy, CURLOPT_AWS_SIGV4, sign->scope);

	if (!rc)
		rc = curl_easy_setopt(t->easy, CURLOPT_USERNAME, sign->key);
	if (!rc)
		rc = curl_easy_setopt(t->easy, CURLOPT_PASSWORD, sign->secret);
	/* Newer versions sign no path that is left as it is. */
	if (!rc)
		rc = curl_easy_setopt(t->easy, CURLOPT_PATH_AS_IS, 0L);
	return rc;
}

static CURLcode set(const struct http_transfer *t, const struct http_request *r)
{
	CURLcode rc = is_https(t->http) ? set_https(t) : CURLE_OK;

	if (!rc && r->sign)
		rc = set_signing(t, r->sign);
	return rc;
}

static bool explain(const struct http_transfer *t, struct err *e)
{
	static const struct {
		CURLcode code;
		enum err_kind kind;
		const char *why;
	} reasons[] = {
		/* A static build may have no TLS. */
		{ CURLE_UNSUPPORTED_PROTOCOL, ERR_LOCAL,
		  "this program was built without TLS; use one that is linked with "
		  "the system's libcurl" },
		{ CURLE_COULDNT_RESOLVE_HOST, ERR_UNREACHABLE,
		  "its name has no address" },
		{ CURLE_PEER_FAILED_VERIFICATION, ERR_HOST_KEY,
		  "its certificate is not trusted, or not of that name" },
		{ CURLE_SSL_CACERT_BADFILE, ERR_LOCAL, "the file of CAs cannot be read" },
		{ CURLE_SSL_CONNECT_ERROR, ERR_UNREACHABLE, "it does not speak TLS" },
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].code == t->code) {
			err_set(e, reasons[i].kind, "%s: %s", t->http->base,
				reasons[i].why);
			return true;
		}
	return false;
}

const struct http_tls http_tls = { set, explain };

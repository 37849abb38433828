/* SPDX-License-Identifier: MIT */
/* Has libcurl speak HTTP/2 and show a certificate, both out of memory. */
#include "http/mutual.h"

#include "base/secret.h"
#include "http/internal.h"

#include <string.h>

/* CURLOPT_CAINFO_BLOB is the youngest of them. */
#define HAS_BLOBS (LIBCURL_VERSION_NUM >= 0x074d00)

struct http_mutual {
	struct http_tls tls; /* first, so that one is the other */
	struct http_identity who;
};

int http_mutual_check(struct err *e)
{
	const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);

	if (HAS_BLOBS && (v->features & CURL_VERSION_HTTP2) &&
	    (v->features & CURL_VERSION_SSL))
		return 0;
	return err_set(e, ERR_LOCAL,
		       "libcurl %s of this program has no HTTP/2 with TLS and certificates "
		       "out of memory; use a program that is linked with the system's "
		       "libcurl, 7.77 or newer",
		       v->version);
}

#if HAS_BLOBS
static CURLcode set_pem(CURL *easy, CURLoption option, const char *pem)
{
	struct curl_blob blob = { .data = (void *)(uintptr_t)pem,
				  .len = strlen(pem),
				  .flags = CURL_BLOB_NOCOPY };

	return curl_easy_setopt(easy, option, &blob);
}

static CURLcode set_identity(CURL *easy, const struct http_identity *who)
{
	CURLcode rc = set_pem(easy, CURLOPT_CAINFO_BLOB, who->ca);

	if (!rc)
		rc = set_pem(easy, CURLOPT_SSLCERT_BLOB, who->certificate);
	return rc ? rc : set_pem(easy, CURLOPT_SSLKEY_BLOB, who->key);
}
#else
static CURLcode set_identity(CURL *easy, const struct http_identity *who)
{
	(void)easy;
	(void)who;
	return CURLE_NOT_BUILT_IN;
}
#endif

static CURLcode set(const struct http_transfer *t, const struct http_request *r)
{
	const struct http_mutual *m = (const struct http_mutual *)t->http->transport.tls;
	CURLcode rc = http_tls.set(t, r);

	if (!rc)
		rc = curl_easy_setopt(t->easy, CURLOPT_HTTP_VERSION,
				      (long)CURL_HTTP_VERSION_2TLS);
	return rc ? rc : set_identity(t->easy, &m->who);
}

static bool explain(const struct http_transfer *t, struct err *e)
{
	return http_tls.explain(t, e);
}

int http_mutual_new(struct http_mutual **out, const struct http_identity *who,
		    struct err *e)
{
	struct http_mutual *m = secret_calloc(1, sizeof(*m));

	if (!m)
		return err_no_memory(e);
	m->tls = (struct http_tls){ set, explain };
	m->who = *who;
	*out = m;
	return 0;
}

void http_mutual_free(struct http_mutual *m)
{
	secret_free(m);
}

const struct http_tls *http_mutual_tls(const struct http_mutual *m)
{
	return &m->tls;
}

/* SPDX-License-Identifier: MIT */
/* An HTTP client of one server, driven by libcurl's multi interface. */
#include "http/internal.h"

#include "base/deadline.h"
#include "base/secret.h"

#include <pthread.h>
#include <string.h>
#include <sys/un.h>

#define MAX_CONNECTIONS 8L

static CURLcode init_result;

static void init_once(void)
{
	init_result = curl_global_init_mem(CURL_GLOBAL_ALL, secret_malloc, secret_free,
					   secret_realloc, secret_strdup, secret_calloc);
}

static int init_library(struct err *e)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, init_once);
	if (init_result)
		return err_set(e, ERR_LOCAL, "libcurl cannot start: %s",
			       curl_easy_strerror(init_result));
	return 0;
}

bool http_signs_prefixed(void)
{
	return curl_version_info(CURLVERSION_NOW)->version_num >= 0x080a00;
}

static char *copy(const char *text)
{
	return text ? secret_strdup(text) : NULL;
}

int http_open(struct http **out, const char *base, const struct http_transport *t,
	      struct err *e)
{
	struct sockaddr_un un;
	struct http *h = NULL;

	if (t->socket && strlen(t->socket) >= sizeof(un.sun_path))
		return err_set(e, ERR_USAGE,
			       "the socket's path is longer than "
			       "%zu bytes: %.80s...",
			       sizeof(un.sun_path) - 1, t->socket);
	if (init_library(e))
		return -1;
	h = secret_calloc(1, sizeof(*h));
	if (!h)
		return err_no_memory(e);
	h->transport = *t;
	h->base = copy(base);
	h->socket = copy(t->socket);
	h->multi = curl_multi_init();
	if (!h->base || (t->socket && !h->socket) || !h->multi) {
		err_no_memory(e);
		goto fail;
	}
	if (t->dial && http_listener_new(&h->listener, e))
		goto fail;
	curl_multi_setopt(h->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, MAX_CONNECTIONS);
	*out = h;
	return 0;
fail:
	http_close(h);
	return -1;
}

void http_close(struct http *h)
{
	if (!h)
		return;
	while (h->streams)
		http_stream_close((struct http_stream *)h->streams);
	if (h->multi)
		curl_multi_cleanup(h->multi);
	http_listener_free(h->listener);
	secret_free(h->base);
	secret_free(h->socket);
	secret_free(h);
}

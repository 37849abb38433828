/* SPDX-License-Identifier: MIT */
/* An HTTP client over one Docker socket, driven by libcurl's multi
 * interface. */
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
	init_result = curl_global_init_mem(CURL_GLOBAL_ALL, secret_malloc,
					   secret_free, secret_realloc,
					   secret_strdup, secret_calloc);
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

static int open_any(struct http **out, struct ssh *ssh, const char *socket,
		    struct err *e)
{
	struct http *h;

	if (init_library(e))
		return -1;
	h = secret_calloc(1, sizeof(*h));
	if (!h)
		return err_set(e, ERR_LOCAL, "no memory");
	h->ssh = ssh;
	h->make_room = http_stream_break_all;
	h->socket = secret_strdup(socket);
	h->multi = curl_multi_init();
	if (!h->socket || !h->multi) {
		http_close(h);
		return err_set(e, ERR_LOCAL, "no memory");
	}
	curl_multi_setopt(h->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
			  MAX_CONNECTIONS);
	*out = h;
	return 0;
}

int http_open_local(struct http **out, const char *socket, struct err *e)
{
	struct sockaddr_un un;

	if (strlen(socket) >= sizeof(un.sun_path))
		return err_set(e, ERR_USAGE, "the socket's path is longer than "
			       "%zu bytes: %.80s...", sizeof(un.sun_path) - 1,
			       socket);
	return open_any(out, NULL, socket, e);
}

int http_open_ssh(struct http **out, struct ssh *ssh, const char *socket,
		  struct err *e)
{
	struct http *h = NULL;

	if (open_any(&h, ssh, socket, e))
		return -1;
	if (http_tunnel_new(&h->tunnel, e)) {
		http_close(h);
		return -1;
	}
	*out = h;
	return 0;
}

void http_close(struct http *h)
{
	if (!h)
		return;
	while (h->streams)
		http_stream_close(h->streams);
	if (h->multi)
		curl_multi_cleanup(h->multi);
	http_tunnel_free(h->tunnel);
	secret_free(h->socket);
	secret_free(h);
}

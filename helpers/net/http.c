#include "net/http_own.h"

#include "base/deadline.h"
#include "base/secret.h"
#include "net/ssh_conn.h"

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

static void take_finished(struct http *h)
{
	struct http_transfer *t;
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(h->multi, &left))) {
		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t);
		t->code = m->data.result;
		t->done = true;
	}
}

void http_turn(struct http *h, const struct deadline *d)
{
	int running;

	curl_multi_perform(h->multi, &running);
	if (h->tunnel) {
		http_tunnel_serve(h, d);
		ssh_serve(h->ssh, false, d);
	}
	take_finished(h);
}

static unsigned int extra_fds(const struct http *h, struct curl_waitfd *out)
{
	struct pollfd p[SSH_MAX_POLL];
	size_t n = ssh_poll_set(h->ssh, false, false, p);

	for (size_t i = 0; i < n; i++) {
		short events = 0;

		if (p[i].events & POLLIN)
			events |= CURL_WAIT_POLLIN;
		if (p[i].events & POLLOUT)
			events |= CURL_WAIT_POLLOUT;
		out[i] = (struct curl_waitfd){ .fd = p[i].fd,
					       .events = events };
	}
	return (unsigned int)n;
}

int http_wait(struct http *h, const struct deadline *d, struct err *e)
{
	struct curl_waitfd extra[SSH_MAX_POLL + 2];
	int64_t left = deadline_left_ms(d);
	unsigned int n = 0;
	int listener = h->tunnel ? http_tunnel_fd(h->tunnel) : -1;

	if (deadline_stopped(d))
		return err_set(e, ERR_DEADLINE, "stopped");
	if (!left)
		return 1;
	if (h->tunnel)
		n = extra_fds(h, extra);
	if (d->stop_fd >= 0)
		extra[n++] = (struct curl_waitfd){ .fd = d->stop_fd,
						   .events = CURL_WAIT_POLLIN };
	if (listener >= 0)
		extra[n++] = (struct curl_waitfd){ .fd = listener,
						   .events = CURL_WAIT_POLLIN };
	if (curl_multi_poll(h->multi, extra, n, (int)left, NULL))
		return err_set(e, ERR_LOCAL, "libcurl cannot wait");
	return 0;
}

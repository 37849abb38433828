/* SPDX-License-Identifier: MIT */
/* The poll loop of an HTTP client and of the connection below it. */
#include "http/internal.h"

#include "base/deadline.h"
#include "ssh/ssh.h"

#include <poll.h>

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
		ssh_serve(h->ssh, d);
	}
	take_finished(h);
}

static unsigned int extra_fds(const struct http *h, struct curl_waitfd *out)
{
	struct pollfd p[SSH_MAX_POLL];
	size_t n = ssh_poll_set(h->ssh, p);

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

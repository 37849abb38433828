/* SPDX-License-Identifier: MIT */
/* The poll loop of an HTTP client and of its transport. */
#include "http/internal.h"

#include "base/deadline.h"

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

/* A request counts for more than streams: they make room for it. */
static void dial(struct http *h, int fd, const struct deadline *d)
{
	const struct http_transport *t = &h->transport;
	enum http_dialed dialed;

	dialed = t->dial(t->ctx, fd, !h->streams, d, &h->dial_error);
	if (dialed == HTTP_NO_ROOM) {
		http_transfer_break_streams(h);
		dialed = t->dial(t->ctx, fd, true, d, &h->dial_error);
	}
	if (dialed != HTTP_DIALED)
		h->dial_failed = true;
}

/* Gives every connection that libcurl has just made its way to the server. */
static void dial_new(struct http *h, const struct deadline *d)
{
	bool any = false;
	int fd;

	if (http_listener_fd(h->listener) < 0)
		return;
	while ((fd = http_listener_accept(h->listener)) >= 0) {
		any = true;
		dial(h, fd, d);
	}
	if (any)
		http_listener_close(h->listener);
}

void http_step(struct http *h, const struct deadline *d)
{
	int running;

	curl_multi_perform(h->multi, &running);
	if (h->listener) {
		dial_new(h, d);
		h->transport.serve(h->transport.ctx, d);
	}
	take_finished(h);
}

static unsigned int extra_fds(const struct http *h, struct curl_waitfd *out)
{
	struct pollfd p[HTTP_MAX_POLL];
	size_t n = h->transport.poll_set(h->transport.ctx, p);

	for (size_t i = 0; i < n; i++) {
		short events = 0;

		if (p[i].events & POLLIN)
			events |= CURL_WAIT_POLLIN;
		if (p[i].events & POLLOUT)
			events |= CURL_WAIT_POLLOUT;
		out[i] = (struct curl_waitfd){ .fd = p[i].fd, .events = events };
	}
	return (unsigned int)n;
}

/* Sets the error of a wait that has failed. */
static enum http_waited no_wait(enum err_kind kind, const char *why, struct err *e)
{
	err_set(e, kind, "%s", why);
	return HTTP_WAIT_FAILED;
}

enum http_waited http_wait(struct http *h, const struct deadline *d, struct err *e)
{
	struct curl_waitfd extra[HTTP_MAX_POLL + 2];
	int64_t left = deadline_left_ms(d);
	unsigned int n = 0;
	int listener = h->listener ? http_listener_fd(h->listener) : -1;

	if (deadline_stopped(d))
		return no_wait(ERR_DEADLINE, "stopped", e);
	if (!left)
		return HTTP_LATE;
	if (h->listener)
		n = extra_fds(h, extra);
	if (d->stop_fd >= 0)
		extra[n++] = (struct curl_waitfd){ .fd = d->stop_fd,
						   .events = CURL_WAIT_POLLIN };
	if (listener >= 0)
		extra[n++] = (struct curl_waitfd){ .fd = listener,
						   .events = CURL_WAIT_POLLIN };
	if (curl_multi_poll(h->multi, extra, n, (int)left, NULL))
		return no_wait(ERR_LOCAL, "libcurl cannot wait", e);
	return HTTP_READY;
}

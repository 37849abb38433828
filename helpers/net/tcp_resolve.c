/* SPDX-License-Identifier: MIT */
/* Looks up names in a thread, so that a deadline holds. */
#include "net/tcp.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/secret.h"
#include "net/fd.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Shared by the caller and the thread; the last of the two frees it. */
struct lookup {
	pthread_mutex_t lock;
	int refs;
	int ready[2]; /* the thread closes its end when it is done */
	char host[256];
	char port[8];
	int code; /* EAI_* */
	struct addrinfo *list;
};

static int ask(struct lookup *l, int flags)
{
	struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV | flags,
	};

	return getaddrinfo(l->host, l->port, &hints, &l->list);
}

static void lookup_drop(struct lookup *l)
{
	int left;

	pthread_mutex_lock(&l->lock);
	left = --l->refs;
	pthread_mutex_unlock(&l->lock);
	if (left)
		return;
	pthread_mutex_destroy(&l->lock);
	fd_close(&l->ready[0]);
	fd_close(&l->ready[1]);
	if (l->list)
		freeaddrinfo(l->list);
	secret_free(l);
}

static void *lookup_thread(void *arg)
{
	struct lookup *l = arg;

	l->code = ask(l, 0);
	/* The mutex of lookup_drop publishes what was found. */
	pthread_mutex_lock(&l->lock);
	fd_close(&l->ready[1]);
	pthread_mutex_unlock(&l->lock);
	lookup_drop(l);
	return NULL;
}

static struct lookup *lookup_new(const char *host, uint16_t port)
{
	struct lookup *l = secret_calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->refs = 1;
	l->ready[0] = l->ready[1] = -1;
	pthread_mutex_init(&l->lock, NULL);
	snprintf(l->host, sizeof(l->host), "%s", host);
	snprintf(l->port, sizeof(l->port), "%u", port);
	return l;
}

/* Signals go to the thread that knows what to do with them. */
static int lookup_start(struct lookup *l)
{
	sigset_t all, old;
	pthread_t thread;
	int rc;

	if (pipe(l->ready))
		return errno;
	l->ready[0] = fd_ready(l->ready[0]);
	l->ready[1] = fd_ready(l->ready[1]);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	l->refs++;
	rc = pthread_create(&thread, NULL, lookup_thread, l);
	if (rc)
		l->refs--;
	else
		pthread_detach(thread);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return rc;
}

static int lookup_wait(const struct lookup *l, const struct deadline *d, struct err *e)
{
	struct pollfd p[2] = {
		{ .fd = l->ready[0], .events = POLLIN },
		{ .fd = d->stop_fd, .events = POLLIN },
	};
	int64_t left;

	while ((left = deadline_left_ms(d)) > 0)
		if (poll(p, 2, (int)left) > 0 && p[0].revents)
			return 0;
	if (deadline_stopped(d))
		return err_set(e, ERR_DEADLINE, "stopped");
	return err_set(e, ERR_UNREACHABLE,
		       "the name servers did not "
		       "answer in time");
}

static int take(struct lookup *l, struct addrinfo **out, struct err *e)
{
	int ret = -1;

	pthread_mutex_lock(&l->lock);
	if (!l->code) {
		*out = l->list;
		l->list = NULL;
		ret = 0;
	} else if (l->code == EAI_AGAIN) {
		err_set(e, ERR_UNREACHABLE,
			"the name servers do not "
			"answer");
	} else if (l->code == EAI_MEMORY || l->code == EAI_SYSTEM) {
		err_set(e, ERR_LOCAL, "cannot look the name up: %s",
			gai_strerror(l->code));
	} else {
		err_set(e, ERR_UNREACHABLE,
			"no host of this name is known "
			"(%s)",
			gai_strerror(l->code));
	}
	pthread_mutex_unlock(&l->lock);
	return ret;
}

int tcp_resolve(struct addrinfo **out, const char *host, uint16_t port,
		const struct deadline *d, struct err *e)
{
	struct lookup *l = lookup_new(host, port);
	int ret = -1, rc;

	if (!l)
		return err_no_memory(e);
	l->code = ask(l, AI_NUMERICHOST);
	if (!l->code) {
		ret = take(l, out, e);
	} else if ((rc = lookup_start(l))) {
		err_set(e, ERR_LOCAL, "cannot start a name look-up: %s", strerror(rc));
	} else if (!lookup_wait(l, d, e)) {
		ret = take(l, out, e);
	}
	lookup_drop(l);
	return ret;
}

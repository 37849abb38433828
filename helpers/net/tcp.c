/* SPDX-License-Identifier: MIT */
/* Connects by TCP, trying the addresses of a name side by side. */
#include "net/tcp.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/text.h"
#include "base/timing.h"
#include "net/addr.h"
#include "net/fd.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define MAX_TRIES 8

struct race {
	const struct addrinfo *ai[MAX_TRIES];
	int fd[MAX_TRIES]; /* -1 once it has failed */
	size_t n, started;
	int64_t next_at;
	int error;     /* errno of the failure that tells most */
	int won;       /* the connected descriptor, or -1 */
	size_t winner; /* which of them that is */
};

static const struct addrinfo *next_of(const struct addrinfo *ai, int family, bool same)
{
	while (ai && (ai->ai_family == family) != same)
		ai = ai->ai_next;
	return ai;
}

static void interleave(struct race *r, const struct addrinfo *list)
{
	int family = list->ai_family;
	const struct addrinfo *a = list;
	const struct addrinfo *b = next_of(list, family, false);

	while ((a || b) && r->n < MAX_TRIES) {
		if (a) {
			r->ai[r->n++] = a;
			a = next_of(a->ai_next, family, true);
		}
		if (b && r->n < MAX_TRIES) {
			r->ai[r->n++] = b;
			b = next_of(b->ai_next, family, false);
		}
	}
}

/* "Refused" came from the host itself, so it says more than a silence. */
static void failed(struct race *r, size_t i, int error)
{
	fd_close(&r->fd[i]);
	if (!r->error || error == ECONNREFUSED)
		r->error = error;
	r->next_at = 0;
}

/* A connect to a free local port may meet itself (simultaneous open). */
static bool met_itself(int fd)
{
	struct sockaddr_storage a = { 0 }, b = { 0 };
	socklen_t n = sizeof(a), m = sizeof(b);

	return !getsockname(fd, (struct sockaddr *)&a, &n) &&
	       !getpeername(fd, (struct sockaddr *)&b, &m) && n == m &&
	       !memcmp(&a, &b, n);
}

static void connected(struct race *r, size_t i)
{
	if (met_itself(r->fd[i])) {
		failed(r, i, ECONNREFUSED);
		return;
	}
	r->won = r->fd[i];
	r->winner = i;
	r->fd[i] = -1;
}

static void start(struct race *r)
{
	size_t i = r->started++;
	const struct addrinfo *ai = r->ai[i];

	r->next_at = deadline_now_ms() + TIMING_TCP_STAGGER_MS;
	r->fd[i] = fd_ready(socket(ai->ai_family, ai->ai_socktype, ai->ai_protocol));
	if (r->fd[i] < 0)
		failed(r, i, errno);
	else if (!connect(r->fd[i], ai->ai_addr, ai->ai_addrlen))
		connected(r, i);
	else if (errno != EINPROGRESS)
		failed(r, i, errno);
}

static void finish(struct race *r, size_t i)
{
	int error = 0;
	socklen_t n = sizeof(error);

	if (getsockopt(r->fd[i], SOL_SOCKET, SO_ERROR, &error, &n))
		error = errno;
	if (error)
		failed(r, i, error);
	else
		connected(r, i);
}

/* Waits for one of those under way, or until the next may start. */
static void wait_any(struct race *r, const struct deadline *d)
{
	struct pollfd p[MAX_TRIES + 1];
	int64_t ms = deadline_left_ms(d);
	int64_t next = r->next_at - deadline_now_ms();

	for (size_t i = 0; i < r->started; i++)
		p[i] = (struct pollfd){ .fd = r->fd[i], .events = POLLOUT };
	p[r->started] = (struct pollfd){ .fd = d->stop_fd, .events = POLLIN };
	if (r->started < r->n && next < ms)
		ms = next < 0 ? 0 : next;
	if (poll(p, (nfds_t)r->started + 1, (int)ms) <= 0)
		return;
	for (size_t i = 0; i < r->started && r->won < 0; i++)
		if (p[i].fd >= 0 && p[i].revents)
			finish(r, i);
}

static bool under_way(const struct race *r)
{
	for (size_t i = 0; i < r->started; i++)
		if (r->fd[i] >= 0)
			return true;
	return false;
}

static void race(struct race *r, const struct deadline *d)
{
	while (r->won < 0 && deadline_left_ms(d) > 0) {
		if (r->started < r->n && deadline_now_ms() >= r->next_at)
			start(r);
		else if (under_way(r))
			wait_any(r, d);
		else if (r->started == r->n)
			return;
		else
			r->next_at = 0;
	}
}

static void tune(int fd)
{
	static const struct {
		int level, name, value;
	} options[] = {
		{ IPPROTO_TCP, TCP_NODELAY, 1 },
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
#ifdef TCP_KEEPIDLE
		{ IPPROTO_TCP, TCP_KEEPIDLE, 10 },
#elif defined(TCP_KEEPALIVE)
		{ IPPROTO_TCP, TCP_KEEPALIVE, 10 },
#endif
#ifdef TCP_KEEPINTVL
		{ IPPROTO_TCP, TCP_KEEPINTVL, 5 },
		{ IPPROTO_TCP, TCP_KEEPCNT, 3 },
#endif
#ifdef TCP_USER_TIMEOUT
		{ IPPROTO_TCP, TCP_USER_TIMEOUT, TIMING_TCP_SILENT_MS },
#endif
	};

	/* Only comfort: a system that refuses one still has a deadline. */
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		setsockopt(fd, options[i].level, options[i].name, &options[i].value,
			   sizeof(options[i].value));
	tcp_quickack(fd);
}

static const char *in_words(int error)
{
	static const struct {
		int error;
		const char *words;
	} table[] = {
		{ ECONNREFUSED, "nothing listens there (connection refused)" },
		{ EHOSTUNREACH, "no route to it, or it is down" },
		{ ENETUNREACH, "no route to its network" },
		{ ETIMEDOUT, "no answer" },
		{ EACCES, "a rule of this machine forbids the connection" },
		{ EPERM, "a rule of this machine forbids the connection" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].error == error)
			return table[i].words;
	return strerror(error);
}

static int lost(const struct race *r, uint16_t port, int64_t ms, const struct deadline *d,
		struct err *e)
{
	if (deadline_stopped(d))
		return err_set(e, ERR_DEADLINE, "stopped");
	if (r->error && !under_way(r) && r->started == r->n)
		return err_set(e, ERR_UNREACHABLE, "port %u: %s", port,
			       in_words(r->error));
	return err_set(e, ERR_UNREACHABLE,
		       "port %u: no answer within %lld.%lld "
		       "s; power it on, or let this machine through to that port",
		       port, (long long)ms / 1000, (long long)ms / 100 % 10);
}

int tcp_connect(int *fd, const char *host, uint16_t port, const struct deadline *d,
		struct err *e)
{
	int64_t since = deadline_now_ms();
	struct race r = { .won = -1 };
	struct addrinfo *list = NULL;
	int ret = -1;

	if (tcp_resolve(&list, host, port, d, e))
		return -1;
	interleave(&r, list);
	race(&r, d);
	if (r.won >= 0) {
		tune(r.won);
		*fd = r.won;
		ret = 0;
	} else {
		lost(&r, port, deadline_now_ms() - since, d, e);
	}
	for (size_t i = 0; i < r.started; i++)
		fd_close(&r.fd[i]);
	freeaddrinfo(list);
	return ret;
}

struct probe {
	struct race race;
	struct addrinfo *lists[MAX_TRIES];
	size_t positions[MAX_TRIES]; /* in the list */
	uint16_t port;
};

static void look_up_all(struct probe *p, const char *list, const struct deadline *d,
			struct err *e)
{
	struct race *r = &p->race;
	const char *item;
	size_t n;

	for (size_t i = 0; r->n < MAX_TRIES && text_next_item(&list, &item, &n); i++) {
		struct addr a;

		if (addr_parse(&a, item, n, e) ||
		    tcp_resolve(&p->lists[r->n], a.host, a.port, d, e))
			continue;
		p->port = a.port;
		p->positions[r->n] = i;
		r->ai[r->n] = p->lists[r->n];
		r->n++;
	}
}

int tcp_probe(const char *list, size_t *which, const struct deadline *d, struct err *e)
{
	struct probe p = { .race = { .won = -1 } };
	int64_t since = deadline_now_ms();
	struct race *r = &p.race;
	int ret = -1;

	look_up_all(&p, list, d, e);
	race(r, d);
	if (r->won >= 0) {
		*which = p.positions[r->winner];
		ret = 0;
	} else if (r->n) {
		lost(r, p.port, deadline_now_ms() - since, d, e);
	}
	fd_close(&r->won);
	for (size_t i = 0; i < r->started; i++)
		fd_close(&r->fd[i]);
	for (size_t i = 0; i < r->n; i++)
		freeaddrinfo(p.lists[i]);
	return ret;
}

void tcp_quickack(int fd)
{
#ifdef TCP_QUICKACK
	setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &(int){ 1 }, sizeof(int));
#else
	(void)fd;
#endif
}

void tcp_name(char *out, size_t size, const char *host, uint16_t port)
{
	snprintf(out, size, strchr(host, ':') ? "[%s]:%u" : "%s:%u", host, port);
}

/* SPDX-License-Identifier: MIT */
/* Leads Docker clients of this machine to whichever manager answers. */
#include "swarm/tunnel.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/timing.h"
#include "docker/link.h"
#include "net/fd.h"
#include "swarm/search.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define LINKS 4 /* the current one, and those whose streams have not ended yet */
#define CLIENTS DOCKER_LINK_STREAMS
#define FIXED_FDS 3 /* stop, the listener, the search */

struct swarm_tunnel {
	const struct swarm_hosts *managers; /* borrowed */
	int64_t timeout_ms;
	struct docker_link *links[LINKS]; /* the first is current, or NULL */
	size_t last;                      /* which manager was used last */
	struct swarm_search *search;
	int64_t search_at;    /* when to begin the next one */
	int waiting[CLIENTS]; /* sockets that have no link yet */
	size_t count;
	int64_t waiting_since; /* the first of them */
	struct err why;        /* why there is no manager */
	bool full;             /* accept has failed */
	bool eager;            /* to find one, though no client waits */
	struct pollfd fds[LINKS * DOCKER_LINK_POLL + FIXED_FDS];
	size_t fds_at[LINKS]; /* where each link's begin */
};

/* ---- clients ---- */

static size_t clients(const struct swarm_tunnel *t)
{
	size_t n = t->count;

	for (size_t i = 0; i < LINKS; i++)
		if (t->links[i])
			n += docker_link_count(t->links[i]);
	return n;
}

static void serve_client(struct swarm_tunnel *t, int fd)
{
	if (t->links[0]) {
		docker_link_add(t->links[0], fd);
		return;
	}
	if (!t->count)
		t->waiting_since = deadline_now_ms();
	if (t->count < CLIENTS)
		t->waiting[t->count++] = fd;
	else
		docker_link_refuse(fd, "too many clients wait for a manager");
}

static void accept_clients(struct swarm_tunnel *t, int listener)
{
	int fd;

	t->full = false;
	while (clients(t) < CLIENTS) {
		fd = fd_ready(accept(listener, NULL, NULL));
		if (fd < 0) {
			t->full = errno != EAGAIN && errno != EINTR &&
				  errno != ECONNABORTED;
			return;
		}
		serve_client(t, fd);
	}
}

static void serve_waiting(struct swarm_tunnel *t)
{
	for (size_t i = 0; i < t->count; i++)
		docker_link_add(t->links[0], t->waiting[i]);
	t->count = 0;
}

static void refuse_waiting(struct swarm_tunnel *t)
{
	for (size_t i = 0; i < t->count; i++)
		docker_link_refuse(t->waiting[i], t->why.msg);
	t->count = 0;
}

/* ---- links ---- */

static void free_link(struct swarm_tunnel *t, size_t i)
{
	docker_link_free(t->links[i]);
	t->links[i] = NULL;
}

static size_t position(const struct swarm_tunnel *t, const char *label)
{
	for (size_t i = 0; i < t->managers->count; i++)
		if (t->managers->list[i].label == label)
			return i;
	return 0;
}

/* The current link gets no new streams from now on; those that it has go on as long
 * as it does. Sockets of which nothing has been sent yet wait for the next one. */
static void retire(struct swarm_tunnel *t)
{
	struct docker_link *old = t->links[0];
	size_t i = 1;
	int fd;

	t->links[0] = NULL;
	while ((fd = docker_link_take_back(old)) >= 0)
		serve_client(t, fd);
	while (i + 1 < LINKS && t->links[i])
		i++;
	docker_link_free(t->links[i]);
	t->links[i] = old;
}

static int use(struct swarm_tunnel *t, struct docker_engine *g, struct err *e)
{
	size_t at = position(t, docker_label(g));
	struct docker_link *l = NULL;

	if (docker_link_new(&l, g, e))
		return -1;
	if (t->links[0])
		retire(t);
	t->links[0] = l;
	t->last = at;
	serve_waiting(t);
	return 0;
}

/* Returns how many streams have been ended. */
static size_t say_ended(struct docker_link *l, const struct err *why)
{
	char text[sizeof(why->msg) + 100];
	size_t n;

	snprintf(text, sizeof(text), "%s: %s", docker_link_label(l), why->msg);
	n = docker_link_end(l, text);
	if (n)
		log_warn("%s; %zu stream%s ended", text, n, n == 1 ? "" : "s");
	return n;
}

/* What became of the link that is in use. True when it is not any more. */
static bool look_at_current(struct swarm_tunnel *t)
{
	struct docker_link *l = t->links[0];
	struct err why;

	if (!l || !docker_link_failed(l, &why))
		return false;
	retire(t);
	t->search_at = deadline_now_ms();
	t->eager = true;
	err_set(&t->why, why.kind, "%s: %s", docker_link_label(l), why.msg);
	/* Else it is said with how many streams that has ended. */
	if (!docker_link_lost(l) || !docker_link_count(l))
		log_warn("%s", t->why.msg);
	return true;
}

/* True when its streams have been ended, and so have something to say. */
static bool look_at_old(struct swarm_tunnel *t, size_t i)
{
	struct docker_link *l = t->links[i];
	bool ended = false;
	struct err why;

	if (docker_link_lost(l) && docker_link_failed(l, &why))
		ended = say_ended(l, &why);
	if (!docker_link_count(l))
		free_link(t, i);
	return ended;
}

/* Returns for how long to poll at most, -1 for as long as it takes. */
static int serve_links(struct swarm_tunnel *t)
{
	bool again = false;
	int ms = -1, most;

	for (size_t i = 0; i < LINKS; i++) {
		struct docker_link *l = t->links[i];

		if (!l)
			continue;
		most = docker_link_serve(l);
		if (most >= 0 && (ms < 0 || most < ms))
			ms = most;
		if (docker_link_silent_ms(l) >= TIMING_GONE_MS)
			docker_link_give_up(l, "it does not answer any more");
		if (i)
			again |= look_at_old(t, i);
	}
	again |= look_at_current(t);
	return again ? 0 : ms;
}

/* ---- the next manager ---- */

static bool in_doubt(const struct swarm_tunnel *t)
{
	return t->links[0] && t->managers->count > 1 &&
	       docker_link_silent_ms(t->links[0]) >= TIMING_DOUBT_MS;
}

static void begin_search(struct swarm_tunnel *t)
{
	struct deadline d = deadline_in(t->timeout_ms);
	int64_t now = deadline_now_ms();

	if (t->search || now < t->search_at)
		return;
	t->eager = false;
	if (swarm_search_start(&t->search, t->managers, t->last, &d, &t->why))
		t->search_at = now + TIMING_RETRY_MS;
}

/* What only a person can mend is told at once; the next client has it tried again. */
static void search_failed(struct swarm_tunnel *t, const struct err *why)
{
	t->search_at = deadline_now_ms() + TIMING_MANAGER_MS;
	if (t->links[0])
		return;
	t->why = *why;
	log_progress("%s", why->msg);
	if (err_is(why, ERR_NOT_TRUSTED | ERR_KIND(ERR_USAGE) | ERR_KIND(ERR_LOCKED)))
		refuse_waiting(t);
}

static void end_search(struct swarm_tunnel *t)
{
	struct swarm_manager m = { 0 };
	struct err why;
	int ret = swarm_search_finish(t->search, &m, &why);

	t->search = NULL;
	if (ret) {
		search_failed(t, &why);
	} else if (t->links[0] && !in_doubt(t)) {
		/* The one that was in doubt has answered meanwhile. */
		docker_close(m.engine);
	} else if (use(t, m.engine, &why)) {
		search_failed(t, &why);
	} else {
		log_note("now at manager %s", docker_link_label(t->links[0]));
	}
}

/* Returns for how long to poll at most, as above. */
static int find_manager(struct swarm_tunnel *t)
{
	if (t->count && deadline_now_ms() - t->waiting_since >= t->timeout_ms)
		refuse_waiting(t);
	if (t->links[0] ? in_doubt(t) : t->count || t->eager)
		begin_search(t);
	return t->count ? TIMING_LEASE_MS : -1;
}

/* ---- the loop ---- */

static size_t list_fds(struct swarm_tunnel *t, int listener, int stop_fd)
{
	size_t n = FIXED_FDS;

	t->fds[0] = (struct pollfd){ .fd = stop_fd, .events = POLLIN };
	t->fds[1] = (struct pollfd){ .fd = t->full || clients(t) >= CLIENTS ? -1
									    : listener,
				     .events = POLLIN };
	t->fds[2] = (struct pollfd){ .fd = t->search ? swarm_search_fd(t->search) : -1,
				     .events = POLLIN };
	for (size_t i = 0; i < LINKS; i++) {
		t->fds_at[i] = n;
		if (t->links[i])
			n += docker_link_poll(t->links[i], t->fds + n);
	}
	return n;
}

static int sooner(int a, int b)
{
	if (a < 0 || (b >= 0 && b < a))
		return b;
	return a;
}

/* Waits, and has the links take in what poll has said of their entries. */
static int wait_for_more(struct swarm_tunnel *t, int listener, int stop_fd, int ms,
			 struct err *e)
{
	size_t n = list_fds(t, listener, stop_fd);

	if (t->full)
		ms = sooner(ms, TIMING_NO_DESCRIPTOR_MS);
	if (poll(t->fds, (nfds_t)n, ms) < 0) {
		if (errno != EINTR)
			return err_set(e, ERR_LOCAL, "cannot wait: %s", strerror(errno));
		for (size_t i = 0; i < n; i++)
			t->fds[i].revents = 0;
	}
	for (size_t i = 0; i < LINKS; i++)
		if (t->links[i])
			docker_link_polled(t->links[i], t->fds + t->fds_at[i]);
	return 0;
}

int swarm_tunnel_serve(struct swarm_tunnel *t, int listener, int stop_fd, struct err *e)
{
	for (;;) {
		int ms = serve_links(t);

		ms = sooner(ms, find_manager(t));
		if (wait_for_more(t, listener, stop_fd, ms, e))
			return -1;
		if (t->fds[0].revents)
			return 0;
		if (t->search && t->fds[2].revents)
			end_search(t);
		if (t->fds[1].revents || t->full)
			accept_clients(t, listener);
	}
}

/* ---- beginning and end ---- */

int swarm_tunnel_open(struct swarm_tunnel **out, const struct swarm_hosts *managers,
		      int64_t timeout_ms, const struct deadline *d, struct err *e)
{
	struct swarm_tunnel *t = secret_calloc(1, sizeof(*t));
	struct swarm_manager m = { 0 };

	if (!t)
		return err_no_memory(e);
	t->managers = managers;
	t->timeout_ms = timeout_ms;
	if (swarm_manager_find(&m, managers, NULL, SWARM_MANAGER, d, e) ||
	    use(t, m.engine, e)) {
		swarm_tunnel_close(t);
		return -1;
	}
	*out = t;
	return 0;
}

const char *swarm_tunnel_manager(const struct swarm_tunnel *t)
{
	return t->managers->list[t->last].label;
}

void swarm_tunnel_close(struct swarm_tunnel *t)
{
	if (!t)
		return;
	swarm_search_cancel(t->search);
	for (size_t i = 0; i < LINKS; i++)
		free_link(t, i);
	for (size_t i = 0; i < t->count; i++)
		fd_close(&t->waiting[i]);
	secret_free(t);
}

#include "swarm/init.h"

#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "base/secret.h"
#include "swarm/catch_up.h"
#include "swarm/opening.h"
#include "swarm/unfinished.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#define ASK_AGAIN_MS 500

/* What the peers said, as they end one by one. */
struct survey {
	const struct swarm_hosts *peers;
	struct swarm_opening **open;
	struct pollfd *fds;
	struct docker_engine *with_swarm; /* the first that has one */
	struct docker_info info;          /* its */
};

/* Pending is what dockerd says while it starts or still looks for a leader. */
static int settled_info(struct docker_engine *g, struct docker_info *info,
			const struct deadline *d, struct err *e)
{
	for (;;) {
		if (docker_info(g, info, d, e))
			return -1;
		if (info->state != DOCKER_PENDING)
			return 0;
		log_progress("%s: its swarm state is pending%s%s; waiting",
			     docker_label(g), info->error[0] ? ": " : "",
			     info->error);
		if (deadline_pause(d, ASK_AGAIN_MS))
			return err_set(e, ERR_DEADLINE, "%s: its swarm state is "
				       "still pending: %s", docker_label(g),
				       info->error);
	}
}

static int refuse_unusable(const char *label, const struct docker_info *info,
			   struct err *e)
{
	if (info->state == DOCKER_LOCKED)
		return err_set(e, ERR_LOCKED, "%s: its swarm is locked; unlock it "
			       "there with `docker swarm unlock`", label);
	if (info->state == DOCKER_ERROR)
		return err_set(e, ERR_REFUSED, "%s: its swarm state is in error "
			       "(%s); mend it, or give it up there with `docker "
			       "swarm leave --force`", label, info->error);
	return 0;
}

/* Takes in one peer's answer. */
static int take(struct survey *s, struct docker_engine *g,
		const struct docker_info *info, const struct deadline *d,
		struct err *e)
{
	s->info = *info;
	if (settled_info(g, &s->info, d, e) ||
	    refuse_unusable(docker_label(g), &s->info, e))
		goto out;
	if (s->info.state == DOCKER_INACTIVE) {
		docker_close(g);
		return 0;
	}
	if (s->info.manager) {
		s->with_swarm = g;
		return 0;
	}
	err_set(e, ERR_REFUSED, "%s: already a worker of a swarm (managers %s); "
		"name one of these among the peers", docker_label(g),
		s->info.managers);
out:
	docker_close(g);
	return -1;
}

/* The fds of those still open; how many. */
static size_t watch(struct survey *s)
{
	size_t open = 0;

	for (size_t i = 0; i < s->peers->count; i++) {
		s->fds[i].fd = s->open[i] ? swarm_opening_fd(s->open[i]) : -1;
		s->fds[i].events = POLLIN;
		open += s->open[i] != NULL;
	}
	return open;
}

static int begin_all(struct survey *s, const struct deadline *d, struct err *e)
{
	size_t n = s->peers->count;

	s->open = secret_calloc(n + 1, sizeof(*s->open));
	s->fds = secret_calloc(n + 1, sizeof(*s->fds));
	if (!s->open || !s->fds)
		return err_set(e, ERR_LOCAL, "out of memory");
	for (size_t i = 0; i < n; i++)
		if (swarm_opening_start(&s->open[i], &s->peers->list[i],
					SWARM_ANY_ENGINE, d, e))
			return -1;
	return 0;
}

/* Asks all peers at once, until one has a swarm or all have answered. */
static int ask_peers(struct survey *s, const struct deadline *d, struct err *e)
{
	size_t n = s->peers->count;

	if (begin_all(s, d, e))
		return -1;
	while (!s->with_swarm && watch(s)) {
		s->fds[n] = (struct pollfd){ .fd = d->stop_fd, .events = POLLIN };
		poll(s->fds, (nfds_t)n + 1, (int)deadline_left_ms(d) + 1000);
		for (size_t i = 0; i < n && !s->with_swarm; i++) {
			struct swarm_opening *o = s->open[i];
			struct docker_engine *g = NULL;
			struct docker_info info;

			if (!o || (!swarm_opening_wait(o, 0) && deadline_left_ms(d)))
				continue;
			s->open[i] = NULL;
			if (swarm_opening_finish(o, &g, &info, e))
				return err_wrap(e, "cannot rule out that this peer "
						"has a swarm already");
			if (take(s, g, &info, d, e))
				return -1;
		}
	}
	return 0;
}

static void survey_end(struct survey *s)
{
	for (size_t i = 0; s->open && i < s->peers->count; i++)
		swarm_opening_cancel(s->open[i]);
	secret_free(s->open);
	secret_free(s->fds);
	docker_close(s->with_swarm);
}

static int join_peer(struct docker_engine *host, const struct survey *s,
		     const struct docker_init *init, const struct deadline *d,
		     struct err *e)
{
	struct docker_swarm swarm = { 0 };
	struct docker_join join = {
		.remote_addrs = s->info.managers,
		.advertise_addr = init->advertise_addr,
		.listen_addr = init->listen_addr,
		.data_path_addr = init->data_path_addr,
	};
	int ret = -1;

	log_note("%s has a swarm already; joining that one",
		 docker_label(s->with_swarm));
	if (docker_swarm_read(s->with_swarm, &swarm, d, e))
		goto out;
	join.token = swarm.manager_token;
	ret = docker_swarm_join(host, &join, d, e);
	/* in a swarm by now: what was sent twice was done the first time */
	if (ret && e->kind == ERR_CONFLICT)
		ret = 0;
out:
	docker_swarm_wipe(&swarm);
	return ret;
}

static int make(struct docker_engine *host, const struct docker_init *init,
		const struct deadline *d, struct err *e)
{
	return swarm_unfinished_begin(host, d, e) ||
	       docker_swarm_init(host, init, d, e) ? -1 : 0;
}

/* A join goes on in the background after dockerd has answered. */
static int wait_active(struct docker_engine *host, struct docker_info *info,
		       const struct deadline *d, struct err *e)
{
	if (settled_info(host, info, d, e) ||
	    refuse_unusable(docker_label(host), info, e))
		return -1;
	if (info->state == DOCKER_INACTIVE)
		return err_set(e, ERR_REFUSED, "%s: still in no swarm after init or "
			       "join; see dockerd's log there", docker_label(host));
	return 0;
}

/* Whoever joins after this is to find a manager that has the raft's log. It takes
 * no turn: nobody joins before it has ended. */
static int follow_peer(struct docker_engine *host, const struct survey *s,
		       const struct docker_init *init, struct docker_info *info,
		       const struct deadline *d, struct err *e)
{
	struct err why;

	if (join_peer(host, s, init, d, e) || wait_active(host, info, d, e))
		return -1;
	if (swarm_catch_up(s->with_swarm, host, info->node_id, NULL, d, &why))
		log_warn("it has joined, but perhaps not caught up: %s", why.msg);
	return 0;
}

static int make_or_join(struct docker_engine *host,
			const struct swarm_init_want *want,
			enum swarm_init_outcome *outcome,
			struct docker_info *info, const struct deadline *d,
			struct err *e)
{
	struct survey s = { .peers = &want->peers };
	int ret = -1;

	if (ask_peers(&s, d, e))
		goto out;
	*outcome = s.with_swarm ? SWARM_JOINED_PEER : SWARM_CREATED;
	if (s.with_swarm)
		ret = follow_peer(host, &s, &want->init, info, d, e);
	else if (!make(host, &want->init, d, e))
		ret = wait_active(host, info, d, e);
out:
	survey_end(&s);
	return ret;
}

static int init_once(struct docker_engine *host,
		     const struct swarm_init_want *want, bool again,
		     enum swarm_init_outcome *outcome, struct docker_info *info,
		     const struct deadline *d, struct err *e)
{
	bool undone = false;

	if (settled_info(host, info, d, e) ||
	    refuse_unusable(want->host->label, info, e))
		return -1;
	if (info->state == DOCKER_ACTIVE &&
	    swarm_unfinished_undo(host, info, !again, &undone, d, e))
		return -1;
	if (info->state == DOCKER_ACTIVE && !undone) {
		*outcome = SWARM_WAS_MEMBER;
		return 0;
	}
	if (make_or_join(host, want, outcome, info, d, e))
		return -1;
	return swarm_unfinished_end(host, d, e);
}

int swarm_init(const struct swarm_init_want *want,
	       enum swarm_init_outcome *outcome, struct docker_info *info,
	       const struct deadline *d, struct err *e)
{
	struct docker_engine *host = NULL;
	bool again = false;
	int ret;

	if (docker_open(&host, want->host, d, e))
		return -1;
	/* In a swarm all of a sudden: the request was sent twice, and what the
	 * first one has made may be worth nothing. */
	while ((ret = init_once(host, want, again, outcome, info, d, e)) &&
	       e->kind == ERR_CONFLICT && !deadline_pause(d, ASK_AGAIN_MS))
		again = true;
	docker_close(host);
	return ret;
}

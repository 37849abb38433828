/* SPDX-License-Identifier: MIT */
/* What a feed asks a manager, when, and which manager. */
#include "watch/feed_internal.h"

#include "base/deadline.h"
#include "base/log.h"
#include "base/timing.h"
#include "docker/event.h"
#include "swarm/search.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOWER 4 /* times as long as any look before may one take */
#define SHARE 3  /* pauses are so many times as long as the look before */

/* ---- the manager ---- */

static void tell_status(struct watch_feed *f)
{
	const struct watch_listener *l = &f->params.listener;

	if (l->linked)
		l->linked(l->ctx, &f->status);
	watch_feed_tell(f);
}

static size_t position(const struct watch_feed *f, const char *label)
{
	for (size_t i = 0; i < f->params.managers->count; i++)
		if (f->params.managers->list[i].label == label)
			return i;
	return 0;
}

void watch_feed_use(struct watch_feed *f, struct swarm_manager *m)
{
	f->engine = m->engine;
	f->last = position(f, docker_label(m->engine));
	f->all_at = f->tasks_at = 0;
	watch_feed_lock(f);
	f->status.connected = true;
	f->status.manager = docker_label(m->engine);
	f->status.position = f->last;
	snprintf(f->status.node, sizeof(f->status.node), "%s", m->info.node_id);
	snprintf(f->status.cluster, sizeof(f->status.cluster), "%s", m->info.cluster_id);
	tell_status(f);
	watch_feed_unlock(f);
}

/* The end of the feed is no loss. */
void watch_feed_lose(struct watch_feed *f, const struct err *why)
{
	struct deadline d = watch_feed_deadline(f, 0);

	docker_events_close(f->events);
	docker_close(f->engine);
	f->events = NULL;
	f->engine = NULL;
	f->no_events = false;
	if (deadline_stopped(&d))
		return;
	log_warn("%s; looking for a manager", why->msg);
	watch_feed_lock(f);
	f->status.connected = false;
	f->status.why = *why;
	tell_status(f);
	watch_feed_unlock(f);
}

static void not_found(struct watch_feed *f, const struct err *why)
{
	struct deadline d = watch_feed_deadline(f, 2 * TIMING_RETRY_MS);

	watch_feed_lock(f);
	f->status.why = *why;
	watch_feed_tell(f);
	watch_feed_unlock(f);
	log_progress("%s", why->msg);
	deadline_pause(&d, TIMING_RETRY_MS);
}

bool watch_feed_find(struct watch_feed *f)
{
	struct deadline d = watch_feed_deadline(f, f->params.timeout_ms);
	struct pollfd p[2] = { { .fd = f->stop[0], .events = POLLIN },
			       { .events = POLLIN } };
	struct swarm_search *s = NULL;
	struct swarm_manager m = { 0 };
	struct err why;

	if (swarm_search_start(&s, f->params.managers, f->last, &d, &why)) {
		not_found(f, &why);
		return false;
	}
	p[1].fd = swarm_search_fd(s);
	while (poll(p, 2, -1) < 0)
		;
	if (p[0].revents) {
		swarm_search_cancel(s);
		return false;
	}
	if (swarm_search_finish(s, &m, &why)) {
		not_found(f, &why);
		return false;
	}
	watch_feed_use(f, &m);
	log_note("now at manager %s", docker_label(f->engine));
	return true;
}

/* ---- a look ---- */

struct looked {
	bool all;
	struct docker_view_nodes nodes;
	struct docker_view_services services;
	struct docker_view_tasks tasks;
};

static void free_looked(struct looked *l)
{
	free(l->nodes.list);
	free(l->services.list);
	free(l->tasks.list);
}

/* Nodes come first: a task whose node is not known yet would look lost. */
static int read_lists(struct watch_feed *f, struct looked *l, struct err *e)
{
	int64_t most = f->slowest_ms ? TIMING_WATCH_ANSWER_MS + SLOWER * f->slowest_ms
				     : f->params.timeout_ms;
	struct deadline d = watch_feed_deadline(f, most);

	if (l->all && (docker_view_read_nodes(f->engine, &l->nodes, &d, e) ||
		       docker_view_read_services(f->engine, &l->services, &d, e)))
		return -1;
	return docker_view_read_tasks(f->engine, &l->tasks, &d, e);
}

/* Under the lock. */
static int take_lists(struct watch_feed *f, struct looked *l, bool *differs)
{
	const struct watch_listener *to = &f->params.listener;
	struct watch_model *m = &f->model;

	if (l->all) {
		*differs |= watch_model_take_nodes(m, &l->nodes, to->changed, to->ctx);
		*differs |= watch_model_take_services(m, &l->services, to->changed,
						      to->ctx);
	}
	*differs |= watch_model_take_tasks(m, &l->tasks, to->changed, to->ctx);
	if (watch_model_count(m))
		return -1;
	m->whole = true;
	return 0;
}

/* When to look again. */
static void plan(struct watch_feed *f, const struct looked *l, int64_t took)
{
	int64_t now = deadline_now_ms(), pause = SHARE * took, still = pause;
	bool moving = now - f->moved_ms < TIMING_WATCH_CALM_MS ||
		      watch_model_moves(&f->model);

	if (pause < TIMING_WATCH_MOVING_MS - took)
		pause = TIMING_WATCH_MOVING_MS - took;
	if (still < TIMING_WATCH_STILL_MS - took)
		still = TIMING_WATCH_STILL_MS - took;
	if (l->all)
		f->all_at = now + still;
	f->tasks_at = moving ? now + pause : f->all_at;
	f->status.moving = moving;
}

/* What happens before is not told, so that this comes before the first look. */
static int open_events(struct watch_feed *f, struct err *e)
{
	struct deadline d = watch_feed_deadline(f, TIMING_WATCH_ANSWER_MS);

	if (f->events || f->no_events ||
	    !docker_events_open(&f->events, f->engine, DOCKER_EVENT_SWARM, &d, e))
		return 0;
	f->no_events = e->kind == ERR_REFUSED;
	return f->no_events ? 0 : -1;
}

/* What has been read becomes the model, and is told. -1 without memory. */
static int show_lists(struct watch_feed *f, struct looked *l, int64_t took)
{
	const struct watch_listener *to = &f->params.listener;
	bool differs = false;
	int ret;

	watch_feed_lock(f);
	ret = take_lists(f, l, &differs);
	if (differs)
		f->moved_ms = f->begun_ms;
	plan(f, l, took);
	f->status.seen_ms = deadline_now_ms();
	f->status.took_ms = took;
	if (to->looked && !ret)
		to->looked(to->ctx, &f->model);
	watch_feed_tell(f);
	watch_feed_unlock(f);
	return ret;
}

int watch_feed_look(struct watch_feed *f, struct err *e)
{
	int64_t begun = deadline_now_ms(), took;
	struct looked l = { .all = begun >= f->all_at };
	int ret;

	if (!l.all && begun < f->tasks_at)
		return 0;
	f->begun_ms = begun;
	if (open_events(f, e))
		return -1;
	ret = read_lists(f, &l, e);
	took = deadline_now_ms() - begun;
	if (!ret && took >= f->slowest_ms)
		f->slowest_ms = took + 1;
	if (!ret && show_lists(f, &l, took))
		ret = err_no_memory(e);
	free_looked(&l);
	return ret;
}

/* ---- between looks ---- */

/* What came is looked at soon; many events that follow each other are no more looks than that. */
static void note_event(struct watch_feed *f)
{
	int64_t now = deadline_now_ms(), pause = (SHARE + 1) * f->status.took_ms, soon;

	if (pause < TIMING_WATCH_EVENT_MS)
		pause = TIMING_WATCH_EVENT_MS;
	soon = f->begun_ms + pause;
	f->moved_ms = now;
	f->all_at = f->tasks_at = soon > now ? soon : now;
}

static int64_t until_due(const struct watch_feed *f)
{
	int64_t at = f->all_at < f->tasks_at ? f->all_at : f->tasks_at;
	int64_t ms = at - deadline_now_ms();

	return ms > 0 ? ms : 0;
}

int watch_feed_wait(struct watch_feed *f, struct err *e)
{
	int64_t ms = until_due(f);
	struct deadline d = deadline_in(ms + TIMING_RETRY_MS);

	d.stop_fd = f->knock[0];
	if (!f->events) {
		deadline_pause(&d, ms);
		return 0;
	}
	switch (docker_events_wait(f->events, ms, &d, e)) {
	case DOCKER_EVENTS_CAME:
		note_event(f);
		return 0;
	case DOCKER_EVENTS_NONE:
		return 0;
	case DOCKER_EVENTS_FAILED:
		break;
	}
	return deadline_stopped(&d) ? 0 : -1;
}

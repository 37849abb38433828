/* SPDX-License-Identifier: MIT */
/* Says why a stack is not whole. */
#include "swarm/stack_internal.h"

#include "base/log.h"
#include "base/timing.h"
#include "base/utf8.h"
#include "docker/node.h"

#include <stdio.h>
#include <string.h>

#define SERVICES_SHOWN 10
#define LOG_LINES 5
#define LOG_BYTES 65536

/* What there is to say of one service. */
struct reason {
	char text[600];
	char last[200]; /* the last line of its task, "" for none */
};

struct why {
	const struct swarm_stack_wait *w;
	struct docker_nodes nodes;
	struct docker_engine *manager; /* NULL: none answers */
	const struct deadline *d;
};

static const char *node_name(const struct why *y, const char *id)
{
	for (size_t i = 0; i < y->nodes.count; i++)
		if (!strcmp(y->nodes.list[i].id, id))
			return y->nodes.list[i].hostname;
	return *id ? id : "no node";
}

/* The latest that failed, or else the latest that has not run yet. */
static const struct docker_stack_task *worst_task(const struct why *y, size_t service)
{
	const struct docker_stack_task *found = NULL;

	for (size_t i = 0; i < y->w->tasks.count; i++) {
		const struct docker_stack_task *t = &y->w->tasks.list[i];

		if (t->service != service || !t->is_new || (!t->failed && !t->waits))
			continue;
		if (!found || t->failed > found->failed ||
		    (t->failed == found->failed && t->created > found->created))
			found = t;
	}
	return found;
}

static bool is_whole(const struct why *y, size_t service)
{
	struct swarm_stack_wait one = *y->w;
	struct docker_stack_service *s = &one.services.list[service];
	int64_t has = s->completed;

	for (size_t i = 0; i < one.tasks.count && !s->job; i++) {
		const struct docker_stack_task *t = &one.tasks.list[i];

		has += t->service == service && t->running && t->is_new;
	}
	return has >= s->wanted && s->update != DOCKER_UPDATE_GIVEN_UP;
}

static int64_t count(const struct why *y, size_t service)
{
	int64_t n = 0;

	for (size_t i = 0; i < y->w->tasks.count; i++) {
		const struct docker_stack_task *t = &y->w->tasks.list[i];

		n += t->service == service && t->running && t->is_new;
	}
	return n;
}

/* ---- what the task has written ---- */

static void show_lines(const struct buf *log, char *last, size_t size)
{
	const char *line = buf_str(log);

	while (*line) {
		size_t n = strcspn(line, "\n");
		size_t bare = n && line[n - 1] == '\r' ? n - 1 : n;

		if (bare) {
			log_remote(line, (int)bare);
			utf8_copy(last, size, line, bare);
			utf8_mask(last);
		}
		line += n + (line[n] == '\n');
	}
}

static void show_log(const struct why *y, const struct docker_stack_task *t,
		     struct reason *r)
{
	struct buf log = BUF_INIT(LOG_BYTES);
	struct deadline soon = deadline_within(y->d, TIMING_BRIEFLY_MS);
	struct err ignored;

	if (y->manager && t->node_id[0] && t->failed &&
	    !docker_stack_task_log(y->manager, t->id, LOG_LINES, &log, &soon, &ignored))
		show_lines(&log, r->last, sizeof(r->last));
	buf_free(&log);
}

/* ---- a service ---- */

static void explain(const struct why *y, size_t service, struct reason *r)
{
	const struct docker_stack_service *s = &y->w->services.list[service];
	const struct docker_stack_task *t = worst_task(y, service);
	int n = snprintf(r->text, sizeof(r->text), "service %s runs %lld of %lld tasks",
			 s->name, (long long)(s->job ? s->completed : count(y, service)),
			 (long long)s->wanted);
	size_t at = n < 0 ? 0 : (size_t)n;

	r->last[0] = '\0';
	if (at < sizeof(r->text) && s->update == DOCKER_UPDATE_GIVEN_UP && !t)
		snprintf(r->text + at, sizeof(r->text) - at, " (%s)", s->update_message);
	if (at < sizeof(r->text) && t)
		snprintf(r->text + at, sizeof(r->text) - at, "; task %.12s on %s %s%s%s",
			 t->id, node_name(y, t->node_id),
			 t->failed ? t->state : "is still ", t->failed ? "" : t->state,
			 t->error[0] ? ": " : "");
	at = strlen(r->text);
	if (t)
		snprintf(r->text + at, sizeof(r->text) - at, "%s", t->error);
	utf8_mask(r->text);
	log_warn("%s", r->text);
	if (t)
		show_log(y, t, r);
}

static int read_nodes(void *ctx, struct docker_engine *manager, const struct deadline *d,
		      struct err *e)
{
	struct why *y = ctx;

	y->manager = manager;
	docker_nodes_free(&y->nodes);
	return docker_nodes_list(manager, &y->nodes, d, e);
}

void swarm_stack_why(const struct swarm_stack_wait *w, struct swarm_stack_ask *a,
		     const struct deadline *d, struct err *e)
{
	struct why y = { .w = w, .d = d };
	struct reason first = { 0 }, r;
	size_t said = 0;
	struct err ignored;

	if (!w->services.count)
		return;
	if (swarm_stack_asking(a, read_nodes, &y, d, &ignored))
		y.manager = NULL;
	for (size_t i = 0; i < w->services.count && said < SERVICES_SHOWN; i++) {
		if (is_whole(&y, i))
			continue;
		explain(&y, i, &r);
		if (!said++ || i == w->bad)
			first = r;
	}
	docker_nodes_free(&y.nodes);
	if (said)
		err_set(e, e->kind, "%s%s%s%s", first.text,
			first.last[0] ? "; its last line: " : "", first.last,
			said > 1 ? "; others are named above" : "");
}

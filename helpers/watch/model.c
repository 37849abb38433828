/* SPDX-License-Identifier: MIT */
/* The picture of a swarm: what is new against the last one, and what its nodes carry. */
#include "watch/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- differences ---- */

/* A list of any of the three kinds; each element begins with its ID. */
struct list {
	const char *at;
	size_t count, size; /* of an element */
};

struct telling {
	const struct watch_model *model;
	enum watch_kind kind;
	watch_change_fn *fn;
	void *ctx;
	bool any;
};

static int by_id(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void tell(struct telling *t, enum watch_change_kind change, const void *now,
		 const void *before)
{
	const struct watch_change c = { .model = t->model,
					.kind = t->kind,
					.change = change,
					.now = now,
					.before = before };

	t->any = true;
	if (t->fn)
		t->fn(t->ctx, &c);
}

/* Both are sorted. Which are new or changed, or (`gone`) not there any more. */
static void compare(struct telling *t, const struct list *old, const struct list *new,
		    bool gone)
{
	const char *a = old->at, *b = new->at;
	const char *a_end = a + old->count * old->size;
	const char *b_end = b + new->count * new->size;

	while (a < a_end || b < b_end) {
		int order = a == a_end ? 1 : b == b_end ? -1 : strcmp(a, b);

		if (order < 0 && gone)
			tell(t, WATCH_REMOVED, a, NULL);
		else if (order > 0 && !gone)
			tell(t, WATCH_ADDED, b, NULL);
		else if (!order && !gone && memcmp(a, b, old->size))
			tell(t, WATCH_CHANGED, b, a);
		a += order <= 0 ? old->size : 0;
		b += order >= 0 ? new->size : 0;
	}
}

static bool differ(struct telling *t, const struct list *old, const struct list *new)
{
	compare(t, old, new, false);
	compare(t, old, new, true);
	return t->any;
}

#define LIST(l) { (const char *)(l)->list, (l)->count, sizeof(*(l)->list) }

/* The lists are of three types, and the same is done to each. */
#define TAKE(name, member, type, kind_) \
	bool name(struct watch_model *m, struct type *list, watch_change_fn *fn, \
		  void *ctx) \
	{ \
		struct telling t = { .model = m, .kind = (kind_), .fn = fn, .ctx = ctx }; \
		struct type old = m->member; \
		const struct list before = LIST(&old), now = LIST(list); \
\
		if (list->count) \
			qsort(list->list, list->count, sizeof(*list->list), by_id); \
		m->member = *list; \
		*list = (struct type){ 0 }; \
		differ(&t, &before, &now); \
		free(old.list); \
		return t.any; \
	}

TAKE(watch_model_take_nodes, nodes, docker_view_nodes, WATCH_NODE)
TAKE(watch_model_take_services, services, docker_view_services, WATCH_SERVICE)
TAKE(watch_model_take_tasks, tasks, docker_view_tasks, WATCH_TASK)

void watch_model_tell(const struct watch_model *m, watch_change_fn *fn, void *ctx)
{
	const struct list none = { 0 }, lists[] = {
		[WATCH_NODE] = LIST(&m->nodes),
		[WATCH_SERVICE] = LIST(&m->services),
		[WATCH_TASK] = LIST(&m->tasks),
	};

	for (int kind = WATCH_NODE; kind <= WATCH_TASK; kind++) {
		struct telling t = {
			.model = m, .kind = (enum watch_kind)kind, .fn = fn, .ctx = ctx
		};

		compare(&t, &none, &lists[kind], false);
	}
}

/* ---- looking up ---- */

static long find(const struct list *l, const char *id)
{
	const char *at = l->count ? bsearch(id, l->at, l->count, l->size, by_id) : NULL;

	return at ? (long)((size_t)(at - l->at) / l->size) : -1;
}

long watch_model_node(const struct watch_model *m, const char *id)
{
	const struct list l = LIST(&m->nodes);

	return find(&l, id);
}

long watch_model_service(const struct watch_model *m, const char *id)
{
	const struct list l = LIST(&m->services);

	return find(&l, id);
}

long watch_model_task(const struct watch_model *m, const char *id)
{
	const struct list l = LIST(&m->tasks);

	return find(&l, id);
}

void watch_model_task_name(const struct watch_model *m, const struct docker_view_task *t,
			   char *out, size_t size)
{
	long service = watch_model_service(m, t->service);
	const char *name = service < 0 ? t->service : m->services.list[service].name;
	long node = watch_model_node(m, t->node);

	if (t->slot)
		snprintf(out, size, "%s.%lld", name, (long long)t->slot);
	else if (node < 0)
		snprintf(out, size, "%s", name);
	else
		snprintf(out, size, "%s.%s", name, m->nodes.list[node].hostname);
}

/* ---- what moves, and what is carried ---- */

/* Of a job's task "complete" is wanted. */
bool watch_task_wanted(const struct docker_view_task *t)
{
	return t->desired == DOCKER_TASK_RUNNING ||
	       (t->desired == DOCKER_TASK_COMPLETE && t->state <= DOCKER_TASK_RUNNING);
}

bool watch_task_moves(const struct docker_view_task *t)
{
	return docker_task_is_live(t->state) &&
	       (t->state != DOCKER_TASK_RUNNING || !watch_task_wanted(t));
}

bool watch_model_moves(const struct watch_model *m)
{
	for (size_t i = 0; i < m->tasks.count; i++)
		if (watch_task_moves(&m->tasks.list[i]))
			return true;
	return false;
}

/* The place in a service that tasks take one after the other: a slot, or of a global
 * service a node. */
static int by_place(const struct docker_view_task *a, const struct docker_view_task *b)
{
	int order = strcmp(a->service, b->service);

	if (!order)
		order = (a->slot > b->slot) - (a->slot < b->slot);
	if (!order && !a->slot)
		order = strcmp(a->node, b->node);
	return order;
}

static int by_place_newest(const void *a, const void *b)
{
	const struct docker_view_task *x = *(const struct docker_view_task *const *)a;
	const struct docker_view_task *y = *(const struct docker_view_task *const *)b;
	int order = by_place(x, y);

	if (!order)
		order = (x->created < y->created) - (x->created > y->created);
	return order ? order : strcmp(x->id, y->id);
}

static void add(struct watch_load *l, const struct docker_view_task *t, bool failed)
{
	if (watch_task_wanted(t)) {
		l->wanted++;
		l->running += t->state == DOCKER_TASK_RUNNING;
		l->pending += t->state < DOCKER_TASK_ASSIGNED;
		l->failed += failed;
	}
	l->moving += watch_task_moves(t);
	if (docker_task_is_live(t->state)) {
		l->cpus += t->cpus;
		l->memory += t->memory;
	}
}

static void count_task(struct watch_model *m, const struct docker_view_task *t,
		       bool failed)
{
	long node = watch_model_node(m, t->node);
	long service = watch_model_service(m, t->service);

	if (node >= 0)
		add(&m->node_loads[node], t, failed);
	if (service >= 0)
		add(&m->service_loads[service], t, failed);
}

/* All tasks of one place, the newest first: those that are there or should be are shown,
 * and the last that failed as long as its successor does not run. */
static void count_place(struct watch_model *m,
			const struct docker_view_task *const *place, size_t n)
{
	bool runs = false, failed = false;

	for (size_t i = 0; i < n; i++)
		runs |= place[i]->state == DOCKER_TASK_RUNNING &&
			watch_task_wanted(place[i]);
	for (size_t i = 0; i < n; i++) {
		const struct docker_view_task *t = place[i];
		bool is_failure = !runs && !failed && docker_task_has_failed(t->state);

		if (docker_task_is_live(t->state) || watch_task_wanted(t) || is_failure)
			m->shown_tasks[m->shown++] = t;
		failed |= is_failure;
	}
	for (size_t i = 0; i < n; i++)
		count_task(m, place[i], failed);
}

static int make_room(struct watch_model *m)
{
	free(m->node_loads);
	free(m->service_loads);
	free(m->shown_tasks);
	m->shown = 0;
	m->node_loads = calloc(m->nodes.count + 1, sizeof(*m->node_loads));
	m->service_loads = calloc(m->services.count + 1, sizeof(*m->service_loads));
	m->shown_tasks = calloc(m->tasks.count + 1, sizeof(*m->shown_tasks));
	return m->node_loads && m->service_loads && m->shown_tasks ? 0 : -1;
}

int watch_model_count(struct watch_model *m)
{
	size_t n = m->tasks.count, end;
	const struct docker_view_task **order = calloc(n + 1, sizeof(*order));

	if (!order || make_room(m)) {
		free(order);
		return -1;
	}
	for (size_t i = 0; i < n; i++)
		order[i] = &m->tasks.list[i];
	qsort(order, n, sizeof(*order), by_place_newest);
	for (size_t i = 0; i < n; i = end) {
		end = i + 1;
		while (end < n && !by_place(order[i], order[end]))
			end++;
		count_place(m, order + i, end - i);
	}
	free(order);
	return 0;
}

void watch_model_free(struct watch_model *m)
{
	free(m->nodes.list);
	free(m->services.list);
	free(m->tasks.list);
	free(m->node_loads);
	free(m->service_loads);
	free(m->shown_tasks);
	*m = (struct watch_model){ 0 };
}

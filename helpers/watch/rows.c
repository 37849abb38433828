/* SPDX-License-Identifier: MIT */
/* Sorts, groups and filters what a model has into the lines of a list. */
#include "watch/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT 1024 /* bytes of what a filter looks at in a row */

/* ---- words ---- */

const char *watch_node_part(const struct docker_view_node *n)
{
	if (!n->manager)
		return docker_role_name(n->role);
	return n->leader ? "leader" : n->reachable ? "manager" : "unreachable";
}

const char *watch_task_word(const struct docker_view_task *t)
{
	if (docker_task_is_live(t->state) && !watch_task_wanted(t))
		return "stopping";
	return docker_task_state_name(t->state);
}

static enum watch_mood node_mood(const struct watch_row *r)
{
	if (r->node->state != DOCKER_NODE_READY ||
	    (r->node->manager && !r->node->reachable))
		return WATCH_BAD;
	if (r->node->availability != DOCKER_AVAILABLE || r->load->moving)
		return WATCH_MOVING;
	return WATCH_GOOD;
}

static enum watch_mood service_mood(const struct watch_row *r)
{
	if (r->load->failed || r->load->pending)
		return WATCH_BAD;
	if (r->load->moving || !strcmp(r->service->update, "updating"))
		return WATCH_MOVING;
	return r->load->running < r->load->wanted ? WATCH_BAD : WATCH_GOOD;
}

static enum watch_mood task_mood(const struct docker_view_task *t)
{
	if (docker_task_has_failed(t->state) || t->state == DOCKER_TASK_ORPHANED)
		return WATCH_BAD;
	if (t->state < DOCKER_TASK_ASSIGNED)
		return watch_task_wanted(t) ? WATCH_BAD : WATCH_ENDED;
	if (watch_task_moves(t))
		return WATCH_MOVING;
	return t->state == DOCKER_TASK_RUNNING ? WATCH_GOOD : WATCH_ENDED;
}

enum watch_mood watch_row_mood(const struct watch_row *r)
{
	switch (r->kind) {
	case WATCH_ROW_NODE:
		return node_mood(r);
	case WATCH_ROW_SERVICE:
		return service_mood(r);
	case WATCH_ROW_TASK:
		return task_mood(r->task);
	case WATCH_ROW_NOWHERE:
		break;
	}
	return WATCH_BAD;
}

char watch_mood_sign(enum watch_mood m)
{
	static const char signs[] = {
		[WATCH_GOOD] = '=',
		[WATCH_MOVING] = '>',
		[WATCH_BAD] = '!',
		[WATCH_ENDED] = '.',
	};

	return signs[m];
}

/* ---- order ---- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Steps past a number; one that is too large is some other. */
static uint64_t number(const char **s)
{
	uint64_t n = 0;

	for (; is_digit(**s); (*s)++)
		n = n * 10 + (uint64_t)(**s - '0');
	return n;
}

/* dev-worker-2 comes before dev-worker-10. */
static int natural(const char *a, const char *b)
{
	while (*a && *b) {
		if (is_digit(*a) && is_digit(*b)) {
			uint64_t x = number(&a), y = number(&b);

			if (x != y)
				return x < y ? -1 : 1;
			continue;
		}
		if (*a != *b)
			break;
		a++;
		b++;
	}
	return (unsigned char)*a - (unsigned char)*b;
}

static int by_node(const void *a, const void *b)
{
	const struct docker_view_node *x = *(const struct docker_view_node *const *)a;
	const struct docker_view_node *y = *(const struct docker_view_node *const *)b;
	int order = (int)x->role - (int)y->role;

	if (!order)
		order = natural(x->hostname, y->hostname);
	return order ? order : strcmp(x->id, y->id);
}

static int by_service(const void *a, const void *b)
{
	const struct docker_view_service *x = *(
		const struct docker_view_service *const *)a;
	const struct docker_view_service *y = *(
		const struct docker_view_service *const *)b;
	int order = natural(x->name, y->name);

	return order ? order : strcmp(x->id, y->id);
}

/* A task with what decides its place. */
struct placed {
	const struct docker_view_task *task;
	size_t group, inner;
};

static int by_group(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;
	int order = (x->group > y->group) - (x->group < y->group);

	if (!order)
		order = (x->inner > y->inner) - (x->inner < y->inner);
	if (!order)
		order = (x->task->slot > y->task->slot) - (x->task->slot < y->task->slot);
	if (!order)
		order = (x->task->created < y->task->created) -
			(x->task->created > y->task->created);
	return order ? order : strcmp(x->task->id, y->task->id);
}

/* ---- making ---- */

struct making {
	const struct watch_model *m;
	const struct watch_rows_params *p;
	const struct docker_view_node **nodes; /* in the order in which they are shown */
	const struct docker_view_service **services;
	size_t *node_rank, *service_rank; /* by their position in the model */
	struct placed *tasks;
	size_t task_count, at; /* the next task that has no row yet */
	struct watch_rows *out;
};

static int sort_heads(struct making *k)
{
	const struct watch_model *m = k->m;

	k->nodes = calloc(m->nodes.count + 1, sizeof(*k->nodes));
	k->services = calloc(m->services.count + 1, sizeof(*k->services));
	k->node_rank = calloc(m->nodes.count + 1, sizeof(*k->node_rank));
	k->service_rank = calloc(m->services.count + 1, sizeof(*k->service_rank));
	if (!k->nodes || !k->services || !k->node_rank || !k->service_rank)
		return -1;
	for (size_t i = 0; i < m->nodes.count; i++)
		k->nodes[i] = &m->nodes.list[i];
	for (size_t i = 0; i < m->services.count; i++)
		k->services[i] = &m->services.list[i];
	qsort(k->nodes, m->nodes.count, sizeof(*k->nodes), by_node);
	qsort(k->services, m->services.count, sizeof(*k->services), by_service);
	for (size_t i = 0; i < m->nodes.count; i++)
		k->node_rank[k->nodes[i] - m->nodes.list] = i;
	for (size_t i = 0; i < m->services.count; i++)
		k->service_rank[k->services[i] - m->services.list] = i;
	return 0;
}

/* What has no node, or a service that has gone, comes last. */
static void place(struct making *k, const struct docker_view_task *t)
{
	long node = watch_model_node(k->m, t->node);
	long service = watch_model_service(k->m, t->service);
	size_t of_node = node < 0 ? k->m->nodes.count : k->node_rank[node];
	size_t of_service = service < 0 ? k->m->services.count : k->service_rank[service];
	bool by_services = k->p->view == WATCH_BY_SERVICE;

	k->tasks[k->task_count++] = (struct placed){
		.task = t,
		.group = by_services ? of_service : of_node,
		/* the tasks of one service have their slots */
		.inner = !by_services ? of_service
			 : t->slot    ? 0
				      : of_node,
	};
}

static int sort_tasks(struct making *k)
{
	const struct watch_model *m = k->m;
	size_t n = k->p->all ? m->tasks.count : m->shown;

	if (k->p->view == WATCH_NODES_ALONE)
		n = 0;
	k->tasks = calloc(n + 1, sizeof(*k->tasks));
	if (!k->tasks)
		return -1;
	for (size_t i = 0; i < n; i++)
		place(k, k->p->all ? &m->tasks.list[i] : m->shown_tasks[i]);
	qsort(k->tasks, n, sizeof(*k->tasks), by_group);
	return 0;
}

static bool has_filter(const struct making *k, const char *text)
{
	return !*k->p->filter || strcasestr(text, k->p->filter);
}

static bool head_matches(const struct making *k, const struct watch_row *r)
{
	char text[TEXT] = "";

	if (r->node)
		snprintf(text, sizeof(text), "%s %s %s %s %s", r->node->hostname,
			 watch_node_part(r->node),
			 docker_availability_name(r->node->availability),
			 docker_node_state_name(r->node->state), r->node->addr);
	else if (r->service)
		snprintf(text, sizeof(text), "%s %s %s", r->service->name,
			 r->service->image, r->service->update);
	return has_filter(k, text);
}

static bool task_matches(const struct making *k, const struct docker_view_task *t)
{
	long node = watch_model_node(k->m, t->node);
	char text[TEXT], name[200];

	if (!*k->p->filter)
		return true;
	watch_model_task_name(k->m, t, name, sizeof(name));
	snprintf(text, sizeof(text), "%s %s %s %s %s", name,
		 node < 0 ? "" : k->m->nodes.list[node].hostname, watch_task_word(t),
		 t->image, t->message);
	return has_filter(k, text);
}

/* A group's head and those of its tasks that are to be shown. */
static void add_group(struct making *k, size_t group, const struct watch_row *head)
{
	struct watch_rows *out = k->out;
	bool whole = head_matches(k, head);
	size_t head_at = out->count++;

	out->list[head_at] = *head;
	for (; k->at < k->task_count && k->tasks[k->at].group == group; k->at++) {
		const struct docker_view_task *t = k->tasks[k->at].task;

		if (!whole && !task_matches(k, t))
			continue;
		out->list[out->count] = (struct watch_row){ .kind = WATCH_ROW_TASK,
							    .task = t };
		memcpy(out->list[out->count++].id, t->id, sizeof(t->id));
	}
	if (out->count == head_at + 1 && (!whole || head->kind == WATCH_ROW_NOWHERE))
		out->count = head_at;
}

static void add_groups(struct making *k)
{
	const struct watch_model *m = k->m;
	bool by_services = k->p->view == WATCH_BY_SERVICE;
	size_t n = by_services ? m->services.count : m->nodes.count;
	struct watch_row nowhere = { .kind = WATCH_ROW_NOWHERE };

	for (size_t i = 0; i < n; i++) {
		struct watch_row head = { 0 };

		if (by_services) {
			head.kind = WATCH_ROW_SERVICE;
			head.service = k->services[i];
			head.load = &m->service_loads[head.service - m->services.list];
		} else {
			head.kind = WATCH_ROW_NODE;
			head.node = k->nodes[i];
			head.load = &m->node_loads[head.node - m->nodes.list];
		}
		memcpy(head.id, by_services ? head.service->id : head.node->id,
		       sizeof(head.id));
		add_group(k, i, &head);
	}
	add_group(k, n, &nowhere);
}

int watch_rows_make(struct watch_rows *out, const struct watch_model *m,
		    const struct watch_rows_params *p)
{
	struct making k = { .m = m, .p = p, .out = out };
	int ret = -1;

	free(out->list);
	*out = (struct watch_rows){ 0 };
	if (sort_heads(&k) || sort_tasks(&k))
		goto out;
	out->list = calloc(m->nodes.count + m->services.count + k.task_count + 1,
			   sizeof(*out->list));
	if (!out->list)
		goto out;
	/* before the first look there are no loads */
	if (m->whole)
		add_groups(&k);
	ret = 0;
out:
	free(k.nodes);
	free(k.services);
	free(k.node_rank);
	free(k.service_rank);
	free(k.tasks);
	return ret;
}

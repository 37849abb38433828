/* SPDX-License-Identifier: MIT */
/* Whether every service of a stack has its tasks, and waiting for it. */
#include "swarm/stack_internal.h"

#include "base/js.h"
#include "base/log.h"
#include "base/timing.h"

#include <string.h>

void swarm_stack_wait_free(struct swarm_stack_wait *w)
{
	json_decref(w->before);
	json_decref(w->failed);
	w->before = w->failed = NULL;
	docker_stack_services_free(&w->services);
	docker_stack_tasks_free(&w->tasks);
}

static int read(struct swarm_stack_wait *w, struct docker_engine *manager,
		const struct deadline *d, struct err *e)
{
	struct docker_stack_services services;
	struct docker_stack_tasks tasks;

	if (docker_stack_services_list(manager, w->stack, &services, d, e))
		return -1;
	if (docker_stack_tasks_list(manager, w->stack, &services, &tasks, d, e)) {
		docker_stack_services_free(&services);
		return -1;
	}
	docker_stack_tasks_free(&w->tasks);
	docker_stack_services_free(&w->services);
	w->services = services;
	w->tasks = tasks;
	return 0;
}

int swarm_stack_wait_begin(struct swarm_stack_wait *w, struct docker_engine *manager,
			   const struct deadline *d, struct err *e)
{
	int ret = read(w, manager, d, e);

	json_decref(w->before);
	json_decref(w->failed);
	w->before = json_object();
	w->failed = json_object();
	w->changed = false;
	w->since_ms = 0;
	for (size_t i = 0; !ret && i < w->tasks.count; i++)
		json_object_set_new(w->before, w->tasks.list[i].id, json_true());
	return ret;
}

/* ---- counting ---- */

static bool was_before(const struct swarm_stack_wait *w,
		       const struct docker_stack_task *t)
{
	return json_object_get(w->before, t->id) != NULL;
}

/* The swarm keeps few of the tasks that have ended: how many have failed adds up here. */
static size_t failures(struct swarm_stack_wait *w, size_t service)
{
	const char *id = w->services.list[service].id;
	json_t *ids = json_object_get(w->failed, id);

	for (size_t i = 0; i < w->tasks.count; i++) {
		const struct docker_stack_task *t = &w->tasks.list[i];

		if (t->service != service || !t->failed || !t->is_new || was_before(w, t))
			continue;
		if (!ids) {
			ids = json_object();
			json_object_set_new(w->failed, id, ids);
		}
		json_object_set_new(ids, t->id, json_true());
	}
	return json_object_size(ids);
}

static int64_t running(struct swarm_stack_wait *w, size_t service)
{
	int64_t n = 0;

	for (size_t i = 0; i < w->tasks.count; i++) {
		const struct docker_stack_task *t = &w->tasks.list[i];

		if (t->service != service || !t->running || !t->is_new)
			continue;
		n++;
		w->changed = w->changed || !was_before(w, t);
	}
	return n;
}

static enum swarm_stack_seen look(struct swarm_stack_wait *w, size_t service)
{
	const struct docker_stack_service *s = &w->services.list[service];
	int64_t has = s->job ? s->completed : running(w, service);
	size_t failed = failures(w, service);

	w->wanted += s->wanted;
	w->running += has < s->wanted ? has : s->wanted;
	if (s->update == DOCKER_UPDATE_GIVEN_UP)
		return SWARM_STACK_FAILS;
	/* An update may go on for minutes, until the swarm has given up old tasks of a node
	 * that is Down. */
	if (has >= s->wanted)
		return SWARM_STACK_WHOLE;
	return w->max_failures && failed >= w->max_failures ? SWARM_STACK_FAILS
							    : SWARM_STACK_NOT_YET;
}

enum swarm_stack_seen swarm_stack_count(struct swarm_stack_wait *w)
{
	enum swarm_stack_seen worst = SWARM_STACK_WHOLE;

	w->running = w->wanted = 0;
	w->bad = 0;
	for (size_t i = 0; i < w->services.count; i++) {
		enum swarm_stack_seen seen = look(w, i);

		if (seen <= worst)
			continue;
		worst = seen;
		w->bad = i;
	}
	return worst;
}

/* ---- waiting ---- */

/* "web 3/6 running" */
static void say(const struct swarm_stack_wait *w)
{
	const struct docker_stack_service *s = &w->services.list[w->bad];

	log_progress("%s %lld/%lld running, waiting for %s%s", w->stack,
		     (long long)w->running, (long long)w->wanted, s->name,
		     s->update == DOCKER_UPDATE_GOES_ON ? " (update)" : "");
}

/* As the error of a wait that ends here; of its end swarm_stack_why says more. */
static int not_whole(const struct swarm_stack_wait *w, enum err_kind kind, struct err *e)
{
	return err_set(e, kind, "%lld of %lld tasks run", (long long)w->running,
		       (long long)w->wanted);
}

/* Whether it has been whole for long enough. */
static bool has_lasted(struct swarm_stack_wait *w)
{
	int64_t now = deadline_now_ms();

	if (!w->since_ms)
		w->since_ms = now;
	if (!w->changed || now - w->since_ms >= w->monitor_ms)
		return true;
	log_progress("%s %lld/%lld running, looking whether they go on", w->stack,
		     (long long)w->running, (long long)w->wanted);
	return false;
}

static int look_once(void *ctx, struct docker_engine *manager, const struct deadline *d,
		     struct err *e)
{
	struct deadline soon = deadline_within(d, TIMING_SILENT_HOST_MS);

	if (!read(ctx, manager, &soon, e))
		return 0;
	/* an engine that is silent, not the end of the run */
	if (e->kind == ERR_DEADLINE && deadline_left_ms(d))
		err_as(e, ERR_BUSY);
	return -1;
}

int swarm_stack_wait(struct swarm_stack_wait *w, struct swarm_stack_ask *a,
		     const struct deadline *d, struct err *e)
{
	enum swarm_stack_seen seen = SWARM_STACK_NOT_YET;

	for (;;) {
		if (swarm_stack_asking(a, look_once, w, d, e)) {
			/* that the time is up tells less than what it was spent on */
			if (e->kind == ERR_DEADLINE && w->services.count)
				break;
			return -1;
		}
		seen = swarm_stack_count(w);
		if (seen == SWARM_STACK_FAILS)
			return not_whole(w, ERR_REFUSED, e);
		if (seen == SWARM_STACK_WHOLE && has_lasted(w))
			return 0;
		if (seen != SWARM_STACK_WHOLE) {
			w->since_ms = 0;
			say(w);
		}
		if (deadline_pause(d, TIMING_MANAGER_MS))
			break;
	}
	return not_whole(w, ERR_DEADLINE, e);
}

/* SPDX-License-Identifier: MIT */
/* Takes a stack away, and waits until nothing of it is left. */
#include "swarm/stack_internal.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/timing.h"
#include "swarm/drain.h"

#include <stdio.h>
#include <string.h>

struct removing {
	const char *stack;
	bool found;
	bool tasks;  /* some are left */
	size_t left; /* of whatever kind */
	char what[200];
};

static void note(struct removing *r, size_t n, const char *what, const char *example)
{
	size_t at = strlen(r->what);

	if (!n)
		return;
	r->found = true;
	r->left += n;
	snprintf(r->what + at, sizeof(r->what) - at, "%s%zu %s%s%.60s%s", at ? ", " : "",
		 n, what, *example ? " (" : "", example, *example ? ")" : "");
}

/* What is in use goes once its tasks have: it is tried again with the next look. */
static int remove_all(struct removing *r, struct docker_engine *manager,
		      enum docker_stack_kind kind, const struct deadline *d,
		      struct err *e)
{
	struct docker_stack_items items;
	int ret = docker_stack_items_list(manager, kind, r->stack, &items, d, e);

	if (ret)
		return -1;
	note(r, items.count, docker_stack_kind_name(kind, items.count > 1),
	     items.count ? items.list[0].name : "");
	for (size_t i = 0; i < items.count && !ret; i++) {
		ret = docker_stack_item_remove(manager, kind, items.list[i].id, d, e);
		if (ret && e->kind == ERR_BUSY)
			ret = 0;
	}
	docker_stack_items_free(&items);
	return ret;
}

static int count_tasks(struct removing *r, struct docker_engine *manager,
		       const struct deadline *d, struct err *e)
{
	struct buf down = BUF_INIT(1u << 20);
	size_t tasks = 0;
	int ret = swarm_drain_list_down(manager, &down, d, e);

	if (!ret)
		ret = docker_stack_tasks_count(manager, r->stack,
					       down.len ? down.data : NULL, &tasks, d, e);
	buf_free(&down);
	note(r, tasks, tasks > 1 ? "tasks" : "task", "");
	r->tasks = tasks > 0;
	return ret;
}

/* A network that goes from the swarm under tasks which are still stopping stays behind on
 * their nodes, and every later stack of that name fails for it. So what services use goes once
 * no task is left. */
static int look(void *ctx, struct docker_engine *manager, const struct deadline *d,
		struct err *e)
{
	static const enum docker_stack_kind rest[] = {
		DOCKER_STACK_SECRET,
		DOCKER_STACK_CONFIG,
		DOCKER_STACK_NETWORK,
	};
	struct deadline soon = deadline_within(d, TIMING_SILENT_HOST_MS);
	struct removing *r = ctx;
	int ret;

	r->left = 0;
	r->what[0] = '\0';
	ret = remove_all(r, manager, DOCKER_STACK_SERVICE, &soon, e);
	if (!ret)
		ret = count_tasks(r, manager, &soon, e);
	for (size_t i = 0; !ret && !r->tasks && i < sizeof(rest) / sizeof(rest[0]); i++)
		ret = remove_all(r, manager, rest[i], &soon, e);
	/* an engine that is silent, not the end of the run */
	if (ret && e->kind == ERR_DEADLINE && deadline_left_ms(d))
		err_as(e, ERR_BUSY);
	return ret;
}

static int wait_gone(struct removing *r, struct swarm_stack_ask *a,
		     const struct deadline *d, struct err *e)
{
	for (;;) {
		struct err why;

		if (swarm_stack_asking(a, look, r, d, &why)) {
			*e = why;
			return -1;
		}
		if (!r->left)
			return 0;
		log_progress("still there: %s", r->what);
		if (deadline_pause(d, TIMING_MANAGER_MS))
			return err_set(e, ERR_DEADLINE,
				       "still there: %s; see what uses it, or give it a "
				       "longer timeout",
				       r->what);
	}
}

int swarm_stack_remove(const struct swarm_hosts *managers, const char *stack, bool *found,
		       const struct deadline *d, struct err *e)
{
	struct swarm_stack_ask ask = { .managers = managers };
	struct removing r = { .stack = stack };
	int ret;

	log_about(stack);
	ret = wait_gone(&r, &ask, d, e);
	*found = r.found;
	swarm_stack_ask_close(&ask);
	return ret;
}

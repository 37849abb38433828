/* SPDX-License-Identifier: MIT */
/* Waits until the tasks of a node, or of the swarm, have stopped. */
#include "swarm/drain.h"

#include "base/buf.h"
#include "base/deadline.h"
#include "base/err.h"
#include "base/log.h"
#include "base/timing.h"
#include "docker/event.h"
#include "docker/node.h"
#include "docker/task.h"

#include <string.h>

#define QUICK_LOOKS 12

/* One wait: what was first seen, what is left. */
struct drain_wait {
	struct docker_engine *manager;
	const char *node_id; /* NULL for all */
	struct docker_events *events;
	struct docker_tasks now;
	size_t most;
	int quick_looks; /* that are left after an event */
	int64_t began_ms;
};

static int timed_out(const struct drain_wait *w, struct err *e)
{
	return err_set(e, ERR_DEADLINE,
		       "%zu of %zu tasks have not stopped after "
		       "%lld s (one of them: %s); a longer drain_timeout, within "
		       "timeout, gives them more time",
		       w->now.live, w->most, deadline_seconds_since(w->began_ms),
		       w->now.example);
}

/* Sleeps until it is worth looking again; -1 when there is no time left. */
static int rest(struct drain_wait *w, const struct deadline *d)
{
	struct err broken;

	if (!w->events)
		return deadline_pause(d, TIMING_MANAGER_MS);
	if (w->quick_looks) {
		w->quick_looks--;
		return deadline_pause(d, TIMING_TASK_MS);
	}
	switch (docker_events_wait(w->events, TIMING_TASK_EVENT_MS, d, &broken)) {
	case DOCKER_EVENTS_CAME:
		w->quick_looks = QUICK_LOOKS;
		break;
	case DOCKER_EVENTS_NONE:
		break;
	case DOCKER_EVENTS_FAILED:
		if (!deadline_left_ms(d))
			return -1;
		/* the node is gone; the manager still answers */
		docker_events_close(w->events);
		w->events = NULL;
	}
	return 0;
}

static int wait_for_tasks(struct drain_wait *w, const char *skip,
			  const struct deadline *d, struct err *e)
{
	w->began_ms = deadline_now_ms();
	for (;;) {
		size_t before = w->now.live;
		struct docker_tasks now;

		if (docker_tasks_count(w->manager, w->node_id, skip, &now, d, e))
			return e->kind == ERR_DEADLINE && w->most ? timed_out(w, e) : -1;
		w->now = now;
		if (!w->now.live)
			return 0;
		if (w->now.live > w->most)
			w->most = w->now.live;
		if (w->now.live != before) /* others may follow at once */
			w->quick_looks = QUICK_LOOKS;
		log_progress("%zu of %zu tasks still stopping (%llds)", w->now.live,
			     w->most, deadline_seconds_since(w->began_ms));
		if (rest(w, d))
			return timed_out(w, e);
	}
}

int swarm_drain_let_start(struct docker_engine *manager, const char *node_id,
			  const struct deadline *d, struct err *e)
{
	struct deadline soon = deadline_within(d, TIMING_TASK_START_MS);
	struct docker_tasks now;
	bool any = false;

	for (;;) {
		if (docker_tasks_count(manager, node_id, NULL, &now, d, e))
			return -1;
		if (!now.starting)
			break;
		if (!any)
			log_note("waiting for tasks that are just starting (%zu), so "
				 "that they hear when they are to stop",
				 now.starting);
		any = true;
		if (deadline_pause(&soon, TIMING_ENGINE_MS))
			break;
	}
	if (any && deadline_pause(d, TIMING_TASK_STARTED_MS))
		return err_set(e, ERR_DEADLINE, "no time is left to drain");
	return 0;
}

int swarm_drain_wait(struct docker_engine *manager, const char *node_id,
		     struct docker_engine *node, const struct deadline *d, struct err *e)
{
	struct drain_wait w = { .manager = manager, .node_id = node_id };
	struct err no_events;
	int ret;

	if (node)
		docker_events_open(&w.events, node, DOCKER_EVENT_TASK, d, &no_events);
	ret = wait_for_tasks(&w, NULL, d, e);
	docker_events_close(w.events);
	return ret;
}

int swarm_drain_list_down(struct docker_engine *manager, struct buf *ids,
			  const struct deadline *d, struct err *e)
{
	struct docker_nodes nodes = { 0 };

	if (docker_nodes_list(manager, &nodes, d, e))
		return -1;
	for (size_t i = 0; i < nodes.count; i++)
		if (nodes.list[i].state == DOCKER_NODE_DOWN)
			buf_addf(ids, "%s%s", ids->len ? "," : "", nodes.list[i].id);
	docker_nodes_free(&nodes);
	return ids->failed ? err_no_memory(e) : 0;
}

int swarm_drain_wait_all(struct docker_engine *manager, const struct deadline *d,
			 struct err *e)
{
	struct drain_wait w = { .manager = manager };
	struct buf down = BUF_INIT(1u << 20);
	int ret = -1;

	if (!swarm_drain_list_down(manager, &down, d, e))
		ret = wait_for_tasks(&w, down.len ? buf_str(&down) : NULL, d, e);
	buf_free(&down);
	return ret;
}

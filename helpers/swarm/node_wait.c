/* SPDX-License-Identifier: MIT */
/* Waits until the swarm sees a node Ready. */
#include "swarm/node_wait.h"

#include "base/err.h"
#include "base/log.h"
#include "base/timing.h"
#include "docker/event.h"
#include "docker/node.h"

static bool is_ready(const struct docker_node *n, enum docker_role role)
{
	if (n->state != DOCKER_NODE_READY || (role && n->role != role))
		return false;
	if (role == DOCKER_MANAGER)
		return n->in_raft && n->reachable;
	return !n->in_raft || !role;
}

/* Until an event or for `ms`; without events, where a server allows no stream
 * beside the requests, just that. Returns -1 when there is no time left. */
static int rest(struct docker_events **ev, int64_t ms, const struct deadline *d,
		struct err *e)
{
	if (*ev && docker_events_wait(*ev, ms, d, e) != DOCKER_EVENTS_FAILED)
		return 0;
	docker_events_close(*ev);
	*ev = NULL;
	return deadline_pause(d, ms) ? err_as(e, ERR_DEADLINE) : 0;
}

static int not_ready(const struct docker_node *n, enum docker_role role, struct err *e)
{
	return err_set(e, ERR_DEADLINE,
		       "the swarm still sees the node %s as %s, not "
		       "Ready%s%s; see dockerd's log there",
		       docker_node_state_name(n->state), docker_role_name(n->role),
		       role ? " as " : "", docker_role_name(role));
}

int swarm_node_wait_ready(struct docker_engine *manager, const char *node_id,
			  enum docker_role role, const struct deadline *d, struct err *e)
{
	struct docker_events *ev = NULL;
	struct docker_node n = { 0 }, before = { 0 };
	struct err no_events;
	bool seen = false;
	int ret = -1;

	docker_events_open(&ev, manager, DOCKER_EVENT_NODE, d, &no_events);
	for (;;) {
		/* The time may be up in the middle of a request. */
		if (docker_node_read(manager, node_id, &n, d, e)) {
			if (seen && e->kind == ERR_DEADLINE)
				not_ready(&before, role, e);
			break;
		}
		if (is_ready(&n, role)) {
			ret = 0;
			break;
		}
		log_progress("waiting to be Ready: %s as %s%s",
			     docker_node_state_name(n.state), docker_role_name(n.role),
			     n.in_raft && !n.reachable ? ", not yet reachable" : "");
		if (rest(&ev, role ? TIMING_ENGINE_MS : TIMING_RETRY_MS, d, e)) {
			if (e->kind == ERR_DEADLINE)
				not_ready(&n, role, e);
			break;
		}
		docker_node_free(&n);
		before = n;
		seen = true;
	}
	docker_node_free(&n);
	docker_events_close(ev);
	return ret;
}
